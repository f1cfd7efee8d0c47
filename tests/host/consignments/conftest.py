"""A post office for all tests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.host.consignments.post import Post, post_in


@pytest.fixture(scope="session")
def post(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Any
) -> Iterator[Post]:
    with post_in(tmp_path_factory.mktemp("post"), authorities, packs, market_mint, zygote) as made:
        yield made


@pytest.fixture(autouse=True)
def present(post: Post) -> Iterator[None]:
    """Every test begins in the present: what it lets pass is taken back."""
    yield
    post.clock.ahead = 0

"""Everybody that a contract among several homes needs, once for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests.host.contracts.notary import Notary, notary_in


@pytest.fixture(scope="module")
def notary(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Any
) -> Iterator[Notary]:
    with notary_in(tmp_path_factory.mktemp("notary"), authorities, packs, market_mint, zygote) as made:
        yield made

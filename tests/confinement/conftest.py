"""One fork server for the whole folder."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from semper_host.confinement.zygote import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    with Zygote.start() as running:
        yield running

"""A fresh world for every kind of exchange."""

from __future__ import annotations

import pytest

from tests.protocol.world import World, every_kind


@pytest.fixture(params=list(every_kind()))
def world(request: pytest.FixtureRequest) -> World:
    return World(request.param)


@pytest.fixture
def purchase() -> World:
    return World("fair-purchase")

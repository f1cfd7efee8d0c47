"""What holds for all tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
from hypothesis import settings

settings.register_profile("house", deadline=None)  # a machine that has other work is slow, not wrong
settings.load_profile("house")


@pytest.fixture(autouse=True)
def no_driver_stays_loaded() -> Iterator[None]:
    """A host refuses a driver that was imported before it was checked; so no test leaves one to the next."""
    yield
    for name in [each for each in sys.modules if each.partition(".")[0] == "semper_scripted"]:
        del sys.modules[name]

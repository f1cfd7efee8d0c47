"""What holds for all tests."""

from __future__ import annotations

from hypothesis import settings

settings.register_profile("house", deadline=None)  # a machine that has other work is slow, not wrong
settings.load_profile("house")

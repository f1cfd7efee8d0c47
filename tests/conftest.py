"""What holds for all tests."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from compileall import compile_dir
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

TESTS = Path(__file__).parent
LONGEST = (
    "marketplace/test_demo.py",
    "docs/test_tutorial.py",
    "marketplace/test_killed.py",
    "marketplace/test_killed_in_every_kind.py",
    "architecture/test_house.py",
    "host/test_bank_killed.py",
    "service_repo/test_killed.py",
    "cli/test_bundle_publishers.py",
    "admission/test_killed.py",
    "confinement/test_each_wall_alone.py",
    "cli/test_trustee.py",
)
"""Files that take half a minute or more, whatever the number of their tests. They begin first where several workers
share the tests: one that is begun last leaves all others waiting."""

# A machine that has other work is slow, not wrong.
settings.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """Compile what some hundred processes of the tests are about to import, where it changed: also where the
    environment keeps Python from writing that down (PYTHONDONTWRITEBYTECODE), and each would compile it for itself."""
    if hasattr(config, "workerinput"):
        return
    if hasattr(config.option, "loadscopereorder"):
        config.option.loadscopereorder = False  # it would begin the files of many tests first
    for package in ("semper_host", "service_repo"):
        compile_dir(TESTS.parent / package, quiet=2)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if not hasattr(config, "workerinput"):
        return
    places = {TESTS / name: place for place, name in enumerate(LONGEST)}
    assert all(path.exists() for path in places), "a file of LONGEST is gone"
    items.sort(key=lambda item: places.get(item.path, len(places)))  # stable: the tests of a file stay together


@pytest.fixture(autouse=True)
def no_driver_stays_loaded() -> Iterator[None]:
    """A host refuses a driver that was imported before it was checked; so no test leaves one to the next."""
    yield
    for name in [each for each in sys.modules if each.partition(".")[0] == "semper_scripted"]:
        del sys.modules[name]

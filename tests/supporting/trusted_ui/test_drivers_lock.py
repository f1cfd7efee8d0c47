"""Only drivers that are locked and unchanged are loaded, and nothing of any other is ever imported."""

from __future__ import annotations

import json
import py_compile
import shutil
import sys
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from typing import Any

import msgspec
import pytest

from semper_host.model.errors import SemperError
from semper_host.supporting.trusted_ui.drivers import load_driver
from semper_host.supporting.trusted_ui.lock import LockedDriver, lock_driver, read_lock, write_lock
from semper_host.supporting.trusted_ui.measure import installed, measure
from semper_host.supporting.trusted_ui.measured_import import claim

ROOT = Path(__file__).resolve().parents[3]
Site = Callable[[str], Path]


def refused(code: str, *rows: LockedDriver, name: str = "reader") -> str:
    """Loading must fail with `code`; return the message. Nothing of the driver may have been imported."""
    with pytest.raises(SemperError) as caught:
        load_driver(name, rows)
    assert caught.value.code == code
    assert str(caught.value).startswith("cannot ")
    assert not [module for module in sys.modules if module.startswith("acme_reader")]
    return str(caught.value)


def test_a_locked_driver_is_loaded(site: Site) -> None:
    site("reader")
    driver: Any = load_driver("reader", [lock_driver("reader")])
    assert (driver.name, driver.label) == ("reader", "as installed")


def test_locking_imports_nothing(site: Site) -> None:
    site("reader")
    lock_driver("reader")
    assert not [module for module in sys.modules if module.startswith("acme_reader")]


def test_a_driver_that_is_not_locked_is_refused(site: Site) -> None:
    site("reader")
    refused("DRIVER_UNLOCKED")


def test_a_driver_that_is_not_installed_is_refused(site: Site) -> None:
    refused("DRIVER_MISSING")


@pytest.mark.parametrize("file", ["acme_reader/buttons.py", "acme_reader/driver.py", "acme_reader/__init__.py"])
def test_one_changed_byte_is_noticed(site: Site, file: str) -> None:
    folder, row = site("reader"), lock_driver("reader")
    (folder / file).write_bytes((folder / file).read_bytes() + b"#")
    assert "changed" in refused("DRIVER_CHANGED", row)


def test_another_entry_point_is_noticed(site: Site) -> None:
    folder, row = site("reader"), lock_driver("reader")
    points = next(folder.glob("acme_reader-*.dist-info")) / "entry_points.txt"
    points.write_text(points.read_text().replace("driver:Reader", "buttons:LABEL"))
    refused("DRIVER_CHANGED", row)


def test_an_added_file_is_noticed(site: Site) -> None:
    folder, row = site("reader"), lock_driver("reader")
    (folder / "acme_reader" / "extra.py").write_text("")
    assert "extra.py was added" in refused("DRIVER_CHANGED", row)


def test_bytecode_without_source_is_an_added_file(site: Site) -> None:
    folder, row = site("reader"), lock_driver("reader")
    py_compile.compile(str(folder / "acme_reader/buttons.py"), cfile=str(folder / "acme_reader/extra.pyc"))
    assert "extra.pyc was added" in refused("DRIVER_CHANGED", row)


def test_a_removed_file_is_noticed(site: Site) -> None:
    folder, row = site("reader"), lock_driver("reader")
    (folder / "acme_reader/buttons.py").unlink()
    refused("DRIVER_CHANGED", row)


def test_another_version_is_noticed(site: Site) -> None:
    site("reader")
    row = lock_driver("reader")
    assert "0.9 is locked" in refused("DRIVER_CHANGED", msgspec.structs.replace(row, version="0.9"))


def test_the_same_driver_name_from_two_packages_is_an_error(site: Site) -> None:
    site("reader")
    row = lock_driver("reader")
    site("rival")
    assert "acme-reader, rival-reader" in refused("DRIVER_CONFLICT", row)


def test_another_package_under_a_locked_name_is_refused(site: Site) -> None:
    folder = site("reader")
    row = lock_driver("reader")
    shutil.rmtree(folder)
    site("rival")
    assert "comes from rival-reader" in refused("DRIVER_CHANGED", row)


def test_an_editable_install_is_refused(site: Site) -> None:
    site("linked")
    with pytest.raises(SemperError, match="editable") as caught:
        lock_driver("reader")
    assert caught.value.code == "DRIVER_CHANGED"


def test_a_package_without_a_record_of_its_files_is_refused(site: Site) -> None:
    folder, row = site("reader"), lock_driver("reader")
    (next(folder.glob("acme_reader-*.dist-info")) / "RECORD").unlink()
    refused("DRIVER_CHANGED", row)


def test_cached_bytecode_is_not_used(site: Site) -> None:
    folder = site("reader")
    module = folder / "acme_reader/buttons.py"
    honest = module.read_bytes()
    module.write_text('LABEL = "from bytecode"\n')
    py_compile.compile(str(module), invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH)
    module.write_bytes(honest)
    assert load_driver("reader", [lock_driver("reader")]).label == "as installed"  # type: ignore[attr-defined]


def test_what_runs_is_what_was_measured(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    folder, row = site("reader"), lock_driver("reader")

    def swap(measured: Any) -> None:
        (folder / "acme_reader/buttons.py").write_text('LABEL = "swapped after the check"\n')
        claim(measured)

    monkeypatch.setattr("semper_host.supporting.trusted_ui.drivers.claim", swap)
    assert load_driver("reader", [row]).label == "as installed"  # type: ignore[attr-defined]


def test_a_driver_imported_before_it_was_checked_is_refused(site: Site) -> None:
    site("reader")
    row = lock_driver("reader")
    __import__("acme_reader.buttons")
    with pytest.raises(SemperError, match="before it was checked"):
        load_driver("reader", [row])


def test_a_driver_that_brings_files_of_the_host_is_refused(site: Site) -> None:
    folder = site("reader")
    (folder / "semper_host").mkdir()
    (folder / "semper_host" / "extra.py").write_text("")
    record = next(folder.glob("acme_reader-*.dist-info")) / "RECORD"
    record.write_text(record.read_text() + "semper_host/extra.py,,\n")
    with pytest.raises(SemperError, match="files of the host"):
        lock_driver("reader")


def test_only_the_named_driver_is_imported(site: Site, tmp_path: Path) -> None:
    folder = site("reader")
    points = next(folder.glob("acme_reader-*.dist-info")) / "entry_points.txt"
    points.write_text(points.read_text() + "bad = acme_reader.absent:Bad\n")
    assert load_driver("reader", [lock_driver("reader")]).name == "reader"


def test_a_lock_file_is_read_back(tmp_path: Path) -> None:
    rows = [LockedDriver("b", "b-dist", "2", "00"), LockedDriver("a", "a-dist", "1", "ff")]
    write_lock(tmp_path / "drivers.lock", rows)
    assert read_lock(tmp_path / "drivers.lock") == (rows[1], rows[0])
    assert read_lock(tmp_path / "absent.lock") == ()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[1]",
        '[{"driver": "a", "distribution": "d", "version": "1"}]',
        '[{"driver": "a", "distribution": "d", "version": "1", "digest": "00", "trusted": true}]',
        '[{"driver":"a","distribution":"d","version":"1","digest":"0"},'
        '{"driver":"a","distribution":"e","version":"1","digest":"0"}]',
        "[\xff]",
    ],
)
def test_a_malformed_lock_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "drivers.lock").write_bytes(text.encode("latin-1"))
    with pytest.raises(SemperError) as caught:
        read_lock(tmp_path / "drivers.lock")
    assert caught.value.code == "CONFIG_INVALID"


@pytest.fixture
def host_installed() -> None:
    try:
        distribution("semper-host")
    except PackageNotFoundError:
        pytest.skip("the host is not installed in this environment; `make test` installs it")


@pytest.mark.usefixtures("host_installed")
@pytest.mark.parametrize("name", ["terminal", "scripted"])
def test_the_shipped_lock_fits_the_shipped_drivers(name: str) -> None:
    shipped = {row.driver: row for row in read_lock(ROOT / "trust_roots/drivers.lock")}
    assert lock_driver(name) == shipped[name], "review the driver, then run `make lock`"


@pytest.mark.usefixtures("host_installed")
@pytest.mark.parametrize("name", ["terminal", "scripted"])
def test_the_installed_drivers_are_those_of_the_checkout(name: str) -> None:
    for path, data in measure(installed(name)).files.items():
        assert (ROOT / "plugins/trusted_io" / name / path).read_bytes() == data, "run `make install`"


@pytest.mark.usefixtures("host_installed")
def test_the_scripted_driver_needs_the_configuration_and_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = read_lock(ROOT / "trust_roots/drivers.lock")
    script = tmp_path / "script.json"
    script.write_text(json.dumps({"schema": "semper.scripted/1"}))
    monkeypatch.delenv("SEMPER_SCRIPTED_UI", raising=False)
    with pytest.raises(SemperError, match="allow_scripted"):
        load_driver("scripted", rows)
    with pytest.raises(SemperError, match="SEMPER_SCRIPTED_UI names no file"):
        load_driver("scripted", rows, allow_scripted=True)
    monkeypatch.setenv("SEMPER_SCRIPTED_UI", str(script))
    assert load_driver("scripted", rows, allow_scripted=True).name == "scripted"
    assert load_driver("scripted", rows, allow_scripted=True).name == "scripted", "a second time as well"

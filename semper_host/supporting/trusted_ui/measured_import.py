"""Imports a driver from the very bytes that were measured: no second look at the disk, no cached bytecode."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import EXTENSION_SUFFIXES, ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from pathlib import PurePosixPath
from types import ModuleType
from typing import Any

from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.trusted_ui.measure import Measured


def claim(measured: Measured) -> None:
    """Make every later import of the driver's packages come from `measured`, and from nothing else.

    Raises AdmissionRefused (DRIVER_CHANGED) if one of them was imported in another way before.
    """
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in measured.packages and not _came_from(module, measured):
            cause = f"{name} was imported before it was checked"
            raise AdmissionRefused("DRIVER_CHANGED", f"cannot load the driver {measured.driver!r}: {cause}")
    sys.meta_path.insert(0, _MeasuredFinder(measured))


class _MeasuredFinder(MetaPathFinder):
    """Finds the modules of one measured driver; every other name under its packages does not exist."""

    def __init__(self, measured: Measured) -> None:
        self._measured = measured

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if fullname.partition(".")[0] not in self._measured.packages:
            return None
        stem = PurePosixPath(*fullname.split("."))
        for file in (stem / "__init__.py", stem.with_suffix(".py")):
            if file in self._measured.files:
                return self._source_spec(fullname, file)
        for suffix in EXTENSION_SUFFIXES:
            if stem.with_name(stem.name + suffix) in self._measured.files:
                return spec_from_file_location(fullname, self._measured.root / f"{stem}{suffix}")
        raise ModuleNotFoundError(f"no module {fullname!r} among the locked files of the driver", name=fullname)

    def _source_spec(self, fullname: str, file: PurePosixPath) -> ModuleSpec | None:
        path = str(self._measured.root / file)
        loader = _MeasuredLoader(fullname, path, self._measured.files[file], self._measured.digest)
        packages = [str(self._measured.root / file.parent)] if file.name == "__init__.py" else None
        return spec_from_file_location(fullname, path, loader=loader, submodule_search_locations=packages)


class _MeasuredLoader(SourceFileLoader):
    """Compiles the bytes given; reads and writes no bytecode."""

    def __init__(self, fullname: str, path: str, source: bytes, digest: bytes) -> None:
        super().__init__(fullname, path)
        self._source = source
        self.digest = digest

    def path_stats(self, path: Any) -> Any:
        """Say that the file has no time stamp: importlib then neither looks for bytecode nor keeps any."""
        raise OSError("measured sources have no time stamp")

    def get_data(self, path: Any) -> bytes:
        return self._source if str(path) == self.path else super().get_data(path)


def _came_from(module: ModuleType, measured: Measured) -> bool:
    return getattr(getattr(module, "__loader__", None), "digest", None) == measured.digest

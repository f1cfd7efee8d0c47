"""What of a driver is locked: the bytes of its installed files, hashed from disk before anything of it is imported.

The digest covers every file of the driver's distribution but bytecode (__pycache__) and dist-info, and its
entry_points.txt. The host's own distribution also holds the host, which needs no lock against itself: there the
digest covers the driver's top-level package and its entry point. An editable install, whose files are elsewhere and
change at any time, is refused, and so is a file in the driver's folders that its installer did not record.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import Distribution, EntryPoint, entry_points
from pathlib import Path, PurePosixPath

from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused

GROUP = "semper.trusted_io.v1"
HOST_DISTRIBUTION = "semper-host"
HOST_PACKAGES = {"semper_host", "service_repo"}


@dataclass(frozen=True)
class Measured:
    """A driver as it lies on disk: where it comes from, its digest (32 bytes), and the bytes that were hashed."""

    driver: str
    distribution: str
    version: str
    digest: bytes
    files: dict[PurePosixPath, bytes]
    """By path relative to `root`."""
    root: Path

    @property
    def packages(self) -> set[str]:
        """The top-level names that the driver's files make importable."""
        return {path.parts[0].partition(".")[0] for path in self.files if path.suffix in (".py", ".so", ".pyd")}


def installed(name: str) -> EntryPoint:
    """Return the one installed entry point of the driver `name`; nothing is imported.

    Raises AdmissionRefused: DRIVER_MISSING, DRIVER_CONFLICT.
    """
    found = [entry for entry in entry_points(group=GROUP) if entry.name == name]
    if not found:
        raise AdmissionRefused("DRIVER_MISSING", f"cannot load the driver {name!r}: no installed package provides it")
    if len(found) > 1:
        names = ", ".join(sorted(str(entry.dist and entry.dist.name) for entry in found))
        cause = f"several packages provide it: {names}"
        raise AdmissionRefused("DRIVER_CONFLICT", f"cannot load the driver {name!r}: {cause}")
    return found[0]


def measure(entry: EntryPoint) -> Measured:
    """Return the measure of the driver behind `entry`. Raises AdmissionRefused (DRIVER_CHANGED, DRIVER_CONFLICT)."""
    distribution = entry.dist
    if distribution is None or distribution.read_text("RECORD") is None:
        raise _changed(entry, "its package has no record of its files")
    own = _canonical(distribution.name) == HOST_DISTRIBUTION
    root = Path(str(distribution.locate_file("")))
    paths = sorted(_covered(distribution, _top(entry) if own else None))
    _refuse_editable(entry, distribution, paths, own)
    files = {path: _read(entry, root / path) for path in paths}
    _refuse_unrecorded(entry, root, set(paths))
    said = f"{entry.name} = {entry.value}" if own else distribution.read_text("entry_points.txt")
    rows = [[str(path), hashlib.sha256(data).digest()] for path, data in files.items()]
    digest = hashlib.sha256(encode(["semper.driver/1", said, rows])).digest()
    measured = Measured(entry.name, _canonical(distribution.name), distribution.version, digest, files, root)
    if measured.packages & HOST_PACKAGES:
        raise AdmissionRefused("DRIVER_CONFLICT", f"cannot load the driver {entry.name!r}: it brings files of the host")
    return measured


def _covered(distribution: Distribution, only: str | None) -> Iterator[PurePosixPath]:
    for path in distribution.files or ():
        bookkeeping = path.parts[0].endswith(".dist-info") or "__pycache__" in path.parts
        if not bookkeeping and (only is None or path.parts[0] == only):
            yield PurePosixPath(path)


def _refuse_editable(entry: EntryPoint, distribution: Distribution, paths: list[PurePosixPath], own: bool) -> None:
    direct = json.loads(distribution.read_text("direct_url.json") or "{}")
    editable = not own and direct.get("dir_info", {}).get("editable", False)
    linked = any(path.suffix == ".pth" for path in paths)
    top = _top(entry)
    present = any(path.parts[0] in (top, f"{top}.py") for path in paths)
    if editable or linked or not present:
        raise _changed(entry, "it is not installed but linked (an editable install); install it without -e")


def _refuse_unrecorded(entry: EntryPoint, root: Path, recorded: set[PurePosixPath]) -> None:
    for top in {path.parts[0] for path in recorded if len(path.parts) > 1 and path.parts[0] != ".."}:
        for folder, folders, names in os.walk(root / top):
            folders[:] = [each for each in folders if each != "__pycache__"]
            for name in names:
                path = PurePosixPath((Path(folder) / name).relative_to(root).as_posix())
                if path not in recorded:
                    raise _changed(entry, f"{path} was added after it was installed")


def _read(entry: EntryPoint, path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise _changed(entry, f"{path.name} can't be read ({error.strerror})") from None


def _top(entry: EntryPoint) -> str:
    return entry.module.partition(".")[0]


def _canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _changed(entry: EntryPoint, cause: str) -> AdmissionRefused:
    return AdmissionRefused("DRIVER_CHANGED", f"cannot load the driver {entry.name!r}: {cause}")

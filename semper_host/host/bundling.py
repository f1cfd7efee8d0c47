"""From a directory of sources to a bundle archive: the same bytes on every machine."""

from __future__ import annotations

from pathlib import Path

from semper_host.admission import build

KINDS = ("items", "payment", "commerce", "demo")
"""The folders of plugins/ that hold bundles. Drivers (trusted_io) are pip packages."""


def read_source(directory: Path) -> dict[str, bytes]:
    """Return the files of a bundle's source directory by relative name; bytecode and hidden files are left out."""
    files = {}
    for file in sorted(directory.rglob("*")):
        name = file.relative_to(directory).as_posix()
        if file.is_file() and "__pycache__" not in name and not any(part.startswith(".") for part in name.split("/")):
            files[name] = file.read_bytes()
    return files


def build_all(plugins: Path, out: Path | None = None) -> dict[str, bytes]:
    """Return all first-party bundles below `plugins` as unpublished archives, by name ("payment-ecash").

    An unpublished archive names no publisher yet; `build.publish_as` stamps one. Written to `out` as NAME.smp if given.
    """
    archives = {}
    for kind in KINDS:
        for directory in sorted((plugins / kind).iterdir()):
            if (directory / "manifest.yaml").is_file():
                archives[f"{kind}-{directory.name}"] = build.build(read_source(directory))
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        for name, archive in archives.items():
            (out / f"{name}.smp").write_bytes(archive)
    return archives

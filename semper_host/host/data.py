"""Where the shipped data lies: one answer for a checkout and for an installed wheel."""

from __future__ import annotations

from importlib import resources
from pathlib import Path

from semper_host.host import bundling

_PACKAGE = resources.files("semper_host")


def checkout() -> Path | None:
    """Return the root of the source checkout that this package runs from, or None when installed from a wheel."""
    root = Path(str(_PACKAGE)).parent
    return root if (root / "plugins" / "payment").is_dir() and (root / "pyproject.toml").is_file() else None


def archives() -> dict[str, bytes]:
    """Return the first-party bundles, by name: unpublished archives, the same bytes from a checkout and a wheel."""
    root = checkout()
    if root is not None:
        return bundling.build_all(root / "plugins")
    folder = Path(str(_PACKAGE)) / "_data" / "bundles"
    return {file.stem: file.read_bytes() for file in sorted(folder.glob("*.smp"))}


def trust_roots() -> Path:
    """Return the directory of the shipped trust roots: a policy that names no authority."""
    root = checkout()
    return root / "trust_roots" if root is not None else Path(str(_PACKAGE)) / "_data" / "trust_roots"

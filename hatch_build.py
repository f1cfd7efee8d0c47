"""The build hook: bundle archives and trust roots become package data of the wheel.

Archives (.smp) are built from plugins/ by the same code as in a checkout, so their digests are equal; as
archives their sources are never byte-compiled by pip. An editable install needs none: the host finds
plugins/ and trust_roots/ in the checkout.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

DATA = "semper_host/_data"


class BundleBuildHook(BuildHookInterface[Any]):
    """Builds every first-party bundle into a scratch folder and forces it into the wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before the wheel is put together; `version` is "standard" or "editable"."""
        if version == "editable":
            return
        self._scratch = tempfile.TemporaryDirectory(prefix="semper-bundles-")
        bundles = Path(self._scratch.name)
        _build_bundles(Path(self.root), bundles)
        build_data["force_include"][str(bundles)] = f"{DATA}/bundles"
        build_data["force_include"][str(Path(self.root) / "trust_roots")] = f"{DATA}/trust_roots"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Called by hatchling when the wheel is written."""
        if version != "editable":
            self._scratch.cleanup()


def _build_bundles(root: Path, target: Path) -> None:
    sys.path.insert(0, str(root))
    try:
        from semper_host.host import bundling

        bundling.build_all(root / "plugins", target)
    finally:
        sys.path.remove(str(root))

"""The bundles that a deal under way runs on: each as it was decided when the deal began, whatever came since."""

from __future__ import annotations

from semper_host.admission.admit import Admitted
from semper_host.admission.archive_format import unpack
from semper_host.admission.manifest import MANIFEST, parse_manifest
from semper_host.host import installed
from semper_host.host.heads import Heads
from semper_host.host.home import Home
from semper_host.host.installed import Decided

_IDS: dict[bytes, str] = {}
"""The ids of bundles that were looked at, by their digest, which fixes them: reading a manifest takes milliseconds."""


def bundle_of(home: Home, earlier: tuple[Decided, ...], id: str, now: int, heads: Heads | None = None) -> Admitted:
    """Return the bundle `id` as was decided on it `earlier`; where nothing was, the installed one as of now.

    Raises AdmissionRefused, UsageError BUNDLE_UNKNOWN.
    """
    for each in earlier:
        if _id_of(home, each.subject) == id:
            return installed.as_decided(home, each.subject, earlier, now, heads)
    return installed.admit_pack(home, installed.pack_of(home, installed.current(home, id)), now, heads)


def _id_of(home: Home, subject: bytes) -> str:
    if subject not in _IDS:
        _IDS[subject] = parse_manifest(unpack(installed.pack_of(home, subject).archive)[MANIFEST]).id
    return _IDS[subject]

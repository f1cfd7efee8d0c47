"""An anchor's files by name, and which of two anchors claims to be newer: what needs no verification yet."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from hashlib import sha256

from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.anchor.state import MAX_METADATA, MAX_ROOT, AnchorState

Fetch = Callable[[str, int], bytes | None]
"""Returns the file of a name ("timestamp.json", "2.root.json", "targets/HASH.log.cbor"), of at most so many bytes, or
None where there is none. May raise SemperError, which passes through."""

_HASHED = re.compile(r"(targets/(?:[^/]+/)*)[0-9a-f]{64}[.]([^/]+)")


def from_files(files: Iterable[tuple[str, bytes]]) -> Fetch:
    """Return a `Fetch` from files in memory by name: those of a `Head`, or those that came stapled."""
    named = dict(files)
    return lambda name, most: named.get(name, named.get(plain_name(name)))


def plain_name(name: str) -> str:
    """Return the name of a file without the digest that consistent snapshots put in front of a target's (TUF §6.2)."""
    found = _HASHED.fullmatch(name)
    return found[1] + found[2] if found else name


def is_newer(state: AnchorState, fetch: Fetch) -> bool:
    """Say whether what `fetch` gives claims (unverified) to be newer: another root, or a later timestamp."""
    known = _claimed(state.root)
    if fetch(f"{known + 1}.root.json", MAX_ROOT) is not None:
        return True
    return _claimed(fetch("timestamp.json", MAX_METADATA)) > _claimed(state.timestamp)


def _claimed(data: bytes | None) -> int:
    """Return the version that metadata claims, 0 where it can't be read."""
    try:
        return int(json.loads(data or b"{}")["signed"]["version"])
    except (ValueError, KeyError, TypeError, RecursionError):
        return 0


def check_claimed_root(root: bytes, fingerprint: str) -> None:
    """Refuse what is not the root with this fingerprint (hex SHA-256), or is none at all.

    Its signatures are verified when it is first used, by `client.begin`. Raises AdmissionRefused ANCHOR_INVALID.
    """
    cause = ""
    if sha256(root).hexdigest() != fingerprint:
        cause = "its root is not the one with the fingerprint that you gave"
    elif not _claimed(root):
        cause = "its root is malformed"
    if cause:
        raise AdmissionRefused("ANCHOR_INVALID", f"cannot use the repository's anchor: {cause}")


def is_older(state: AnchorState, other: AnchorState) -> bool:
    """Say whether the verified `state` is older than the verified `other`: by its root, then by its timestamp."""
    ages = [(_claimed(each.root), _claimed(each.timestamp)) for each in (state, other)]
    return ages[0] < ages[1]

"""What a home keeps of a repository's anchor, and what it learns from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from semper_host.model.encoding import Record

LOG, STATUS, MINIMUM_HOST = "log.cbor", "status.cbor", "minimum-host.txt"
AUTHORITIES = "authorities/"
REQUIRED = (LOG, STATUS)
"""Without these targets an anchor is of no use."""
MAX_TARGETS = 20
"""The most targets that an anchor names."""
MAX_TARGET = 256 * 1024
"""The most bytes of one target."""
MAX_ROOT, MAX_METADATA = 64 * 1024, 64 * 1024
"""The most bytes of a root, and of any other metadata."""
STATUS_ROLE = "status"
"""The delegated role that signs STATUS, with a key that is on-line; all other targets are signed off-line."""


class KeptTarget(Record, frozen=True):
    """One target, as verified."""

    name: str
    data: bytes


class AnchorState(Record, frozen=True):
    """The newest metadata of one anchor that was verified: exact bytes, b"" where there is none yet.

    `root` is what everything else rests on: at first the one that the user trusted by its digest. What is kept here
    is what a rollback is measured against, so it is never thrown away.
    """

    root: bytes
    timestamp: bytes = b""
    snapshot: bytes = b""
    targets: bytes = b""
    status: bytes = b""
    kept: tuple[KeptTarget, ...] = ()


class Head(Record, frozen=True):
    """Every file of the anchor that a client needs, by name; a target's name is "targets/" and its plain name.

    The same bytes for everybody, so that one request for them says nothing about who asks and why.
    """

    files: tuple[KeptTarget, ...]


@dataclass(frozen=True)
class Anchor:
    """An anchor that was verified as of some moment: versions of root and timestamp, its end, its targets by name.

    `expires` is in seconds since 1970: at that time the timestamp ends, and with it what is said here.
    """

    root_version: int
    version: int
    expires: int
    targets: Mapping[str, bytes]
    names: tuple[str, ...]  # all targets, also those that were not fetched

    @property
    def log(self) -> bytes:
        """The encoded policy of the log: keys, witnesses, quorum."""
        return self.targets[LOG]

    @property
    def status(self) -> bytes:
        """The signed status: everything negative that was said."""
        return self.targets[STATUS]

    @property
    def minimum_host(self) -> str:
        """The oldest version of this host that the repository wants to be used; "" where it does not say."""
        return self.targets.get(MINIMUM_HOST, b"").decode("ascii", "replace").strip()

"""On what a bundle ran: its digest, the dialect's version and the interpreter's minor version, recorded once a deal.

The same three give the same requests for the same answers. Another build may go on with a deal as long as replay
reproduces the recorded requests; who judges a deal by running code again can tell from here that it is another build.
"""

from __future__ import annotations

from semper_host.confinement.source import DIALECT, INTERPRETER
from semper_host.model.encoding import Record, encode
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Transaction

_SCOPE = "builds"


class Build(Record, frozen=True):
    """One bundle (32-byte digest of its archive) on one version of the dialect and one interpreter ("cpython 3.11")."""

    bundle: bytes
    dialect: str
    interpreter: str

    def __str__(self) -> str:
        return f"{self.dialect} on {self.interpreter}"


def build_of(bundle: bytes) -> Build:
    """Return what the bundle with this digest runs on here and now."""
    return Build(bundle, DIALECT, INTERPRETER)


def record(archive: Archive, tx: Transaction, deal: bytes, bundle: bytes) -> Build:
    """Record on what `bundle` runs in `deal`, unless that is recorded already; return what is recorded."""
    now = build_of(bundle)
    standing = archive.write_once(tx, _SCOPE, deal + bundle, encode(now))
    return now if standing is None else Build.decode(standing)


def recorded(archive: Archive, deal: bytes, bundle: bytes, tx: Transaction | None = None) -> Build | None:
    """Return on what `bundle` first ran in `deal`; None if it never did."""
    standing = archive.written(_SCOPE, deal + bundle, tx)
    return None if standing is None else Build.decode(standing)

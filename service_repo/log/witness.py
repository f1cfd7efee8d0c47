"""A witness: cosigns a log's checkpoint only if it continues the one that it cosigned before, and if every entry holds.

It keeps the newest checkpoint of each log durably before its word leaves, and it replays the entries themselves: the
root that it signs is one that it computed. The protocol is C2SP tlog-witness; `log.witness_server` speaks it over HTTP.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import BigInteger, Column, Connection, LargeBinary, MetaData, String, Table, bindparam, select

from semper_host.model.encoding import Record, decode, encode
from semper_host.model.errors import AdmissionRefused, SemperError, UsageError
from semper_host.supporting.cryptographic.checkpoint import Checkpoint, parse_checkpoint
from semper_host.supporting.cryptographic.merkle import EMPTY, verify_consistency
from semper_host.supporting.cryptographic.signed_note import Note, cosign, parse
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo.fetch import Source
from service_repo.layout import LOG, limit
from service_repo.log.cosigning import Conflict, Request
from service_repo.log.replay import Replayed, replay
from service_repo.log.store import Store
from service_repo.log.tables import Found
from service_repo.log.tiles import Edge

TABLES = MetaData()
_logs = Table(
    "witnessed_logs",
    TABLES,
    Column("origin", String, primary_key=True),
    Column("size", BigInteger, nullable=False),
    Column("root", LargeBinary, nullable=False),
    Column("note", LargeBinary, nullable=False),
    Column("open_tiles", LargeBinary, nullable=False),
)
_newest = Table(
    "witnessed_newest",
    TABLES,
    Column("origin", String, primary_key=True),
    Column("id", String, primary_key=True),
    Column("leaf", LargeBinary, nullable=False),
)


_LOG = select(_logs).where(_logs.c.origin == bindparam("of_log"))
_NEWEST = select(_newest.c.leaf).where(_newest.c.origin == bindparam("of_log"), _newest.c.id == bindparam("of_id"))
_FORGET_LOG = _logs.delete().where(_logs.c.origin == bindparam("of_log"))
_FORGET_NEWEST = _newest.delete().where(
    _newest.c.origin == bindparam("of_log"), _newest.c.id.in_(bindparam("ids", expanding=True))
)
_KEEP_LOG, _KEEP_NEWEST = _logs.insert(), _newest.insert()


class WatchedLog(NamedTuple):
    """A log that a witness cosigns: its key, and where its entries are read."""

    key: bytes
    source: Source


class Equivocated(Record, frozen=True):
    """Two notes of one log that cannot both be true, as a witness keeps them."""

    one: bytes
    other: bytes


class Witness:
    """Cosigns as `name` with `key`. `clock` gives seconds; the state lies in `folder`."""

    def __init__(
        self, name: str, key: SigningKey, folder: Path, logs: Mapping[str, WatchedLog], clock: Callable[[], int],
        *, durable: bool = True,
    ) -> None:  # fmt: skip
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.name, self._signer, self._logs, self._clock = name, key, logs, clock
        self.key, self._folder = key.public, folder
        self._store = Store.open(folder / "witness.db", folder, durable=durable, tables=TABLES)
        self._turn = threading.Lock()

    def add_checkpoint(self, body: bytes) -> bytes:
        """Return the signature line for the checkpoint in `body`, kept durably first.

        Raises Conflict, UsageError (the request is malformed), AdmissionRefused ANCHOR_MISSING (no log of this name),
        SIG_INVALID (not its key), LOG_EQUIVOCATION, LOG_INVALID, LOG_CHAIN, and Unavailable (entries out of reach).
        """
        request, note, new = _read(body)
        watched = self._logs.get(new.origin)
        if watched is None:
            raise AdmissionRefused("ANCHOR_MISSING", f"cannot cosign for {new.origin[:80]}: it is not watched here")
        if not note.signed_by(new.origin, watched.key):
            raise AdmissionRefused("SIG_INVALID", f"cannot cosign for {new.origin}: the log did not sign this")
        with self._turn:
            seen = self._seen(new.origin)
            self._check_continues(request, new, seen)
            replayed = self._replayed(new, seen, watched.source)
            # COMMIT POINT: from here on nothing else of this size is ever cosigned
            self._keep(new, request.note, replayed)
        return Note(note.text, (cosign(note.text, self.name, self._signer, self._clock()),)).encode()[
            len(note.text.encode()) + 1 :
        ]

    def size(self, origin: str) -> int:
        """Return how many entries of a log were cosigned."""
        return self._seen(origin).size

    def close(self) -> None:
        """Close the state."""
        self._store.close()

    def _check_continues(self, request: Request, new: Checkpoint, seen: _Seen) -> None:
        if new.size == seen.size and new.root != seen.root and seen.note:
            evidence = encode(Equivocated(seen.note, request.note))
            (self._folder / f"equivocation-{seen.size}-{new.root.hex()[:16]}.cbor").write_bytes(evidence)
            cause = f"it signed two histories of {new.size} entries"
            raise AdmissionRefused("LOG_EQUIVOCATION", f"cannot cosign for {new.origin}: {cause}", evidence=evidence)
        if request.old != seen.size or new.size < seen.size:
            raise Conflict(seen.size)
        if not verify_consistency(seen.size, new.size, seen.root, new.root, request.proof):
            raise AdmissionRefused("LOG_INVALID", f"cannot cosign for {new.origin}: the proof does not hold")

    def _replayed(self, new: Checkpoint, seen: _Seen, source: Source) -> Replayed:
        """Replay what is new, as an auditor does."""

        def read(name: str) -> bytes | None:
            return source.read(LOG + name, limit(LOG + name) or 0)

        def newest(id: str) -> bytes | None:
            return self._store.read(lambda tx: tx.execute(_NEWEST, {"of_log": new.origin, "of_id": id}).scalar())

        found = replay(seen.edge, new.size, read, newest)
        if found.root != new.root:
            raise AdmissionRefused("LOG_INVALID", f"cannot cosign for {new.origin}: its entries have another root")
        return found

    def _keep(self, new: Checkpoint, note: bytes, replayed: Replayed) -> None:
        row = {
            "origin": new.origin, "size": new.size, "root": new.root, "note": note,
            "open_tiles": encode(list(replayed.edge.open)),
        }  # fmt: skip
        leaves = [{"origin": new.origin, "id": id, "leaf": leaf} for id, leaf in replayed.newest.items()]

        def work(tx: Connection) -> None:
            tx.execute(_FORGET_LOG, {"of_log": new.origin})
            tx.execute(_KEEP_LOG, row)
            if leaves:
                tx.execute(_FORGET_NEWEST, {"of_log": new.origin, "ids": list(replayed.newest)})
                tx.execute(_KEEP_NEWEST, leaves)

        self._store.write(work)

    def _seen(self, origin: str) -> _Seen:
        row: Found | None = self._store.read(
            lambda tx: tx.execute(_LOG, {"of_log": origin}).first()
        )
        if row is None:
            return _Seen(0, EMPTY, b"", Edge(0))
        return _Seen(row.size, row.root, row.note, Edge(row.size, tuple(decode(row.open_tiles))))


class _Seen(NamedTuple):
    """What was cosigned last."""

    size: int
    root: bytes
    note: bytes
    edge: Edge


def _read(body: bytes) -> tuple[Request, Note, Checkpoint]:
    try:
        request = Request.parse(body)
        note = parse(request.note)
        checkpoint = parse_checkpoint(note.text)
    except (SemperError, ValueError, UnicodeDecodeError) as error:
        raise UsageError("USAGE_INVALID", f"cannot read the request: {error}") from None
    if request.old > checkpoint.size:
        raise UsageError("USAGE_INVALID", "cannot cosign a checkpoint that is older than what it is to continue")
    return request, note, checkpoint

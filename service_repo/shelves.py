"""What readers look up, made from the database: packs with their proofs, and the index of each bundle id."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from semper_host.admission import versions as order
from semper_host.admission.log_evidence import AnchorFile, LogPolicy, Proven, Staple, verify_checkpoint
from semper_host.admission.pack import MAX_EVALUATIONS, Pack, write_pack
from semper_host.admission.statements import EVALUATION, RELEASE, WITHDRAWAL, digest
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.supporting.cryptographic import cose
from service_repo import layout
from service_repo.log.growth import Waiting
from service_repo.log.prepared import Prepared
from service_repo.log.sequencer import first_note
from service_repo.log.tables import OPINIONS, Found, archives, checkpoints, entries, versions
from service_repo.log.tiles import Read
from service_repo.log.tree import Node, inclusion
from service_repo.reader import read_index

_RELEASED = (
    select(versions, archives.c.data.label("archive"), entries.c.leaf, entries.c.data)
    .join_from(versions, archives, versions.c.number == archives.c.number)
    .join(entries, versions.c.number == entries.c.number)
    .where(versions.c.number < bindparam("end"))
)
_BUNDLES = Prepared(_RELEASED.where(versions.c.bundle.in_(bindparam("bundles", expanding=True))))
_EVALUATIONS = Prepared(
    select(entries.c.number, entries.c.subject, entries.c.leaf, entries.c.data)
    .where(
        entries.c.subject.in_(bindparam("bundles", expanding=True)), OPINIONS, entries.c.kind == EVALUATION,
        entries.c.number < bindparam("end"),
    )
    .order_by(entries.c.number)
)  # fmt: skip
_NEWEST = Prepared(
    select(entries.c.number, entries.c.leaf, entries.c.data)
    .where(entries.c.id == bindparam("of_id"), entries.c.kind == RELEASE, entries.c.number < bindparam("end"))
    .order_by(entries.c.sequence.desc())
    .limit(1)
)
_WITHDRAWN = (
    select(entries.c.number)
    .where(
        entries.c.subject == versions.c.bundle, OPINIONS, entries.c.kind == WITHDRAWAL,
        entries.c.number < bindparam("end"),
    )
    .exists()
)  # fmt: skip
_OFFERED = Prepared(
    select(versions.c.version).where(
        versions.c.id == bindparam("of_id"), versions.c.number < bindparam("end"), ~_WITHDRAWN
    )
)
_SIZES = Prepared(
    select(checkpoints.c.size).where(checkpoints.c.size > bindparam("after")).order_by(checkpoints.c.size)
)
_NOTE = Prepared(select(checkpoints.c.note).where(checkpoints.c.size == bindparam("of_size")))


_NOTHING: Mapping[str, Sequence[Found]] = {}


class Fresh(NamedTuple):
    """What a staple carries besides proofs: the newest signed status, and the anchor's files."""

    status: bytes = b""
    anchor: tuple[AnchorFile, ...] = ()


class Placed(NamedTuple):
    """An entry to be proven: its number and leaf, and the first checkpoint over it, if that is to be shown as well."""

    number: int
    leaf: bytes
    first: Found | None


class Released(NamedTuple):
    """A version as _BUNDLES finds it: `data` is its signed release, `leaf` that one's entry."""

    number: int
    id: str
    version: str
    bundle: bytes
    release: bytes
    archive: bytes
    leaf: bytes
    data: bytes


class Shown(NamedTuple):
    """What becomes a pack and its index entry."""

    row: Released
    evaluations: tuple[bytes, ...]
    head: bytes
    placed: tuple[Placed, ...]


class Files(NamedTuple):
    """Files to write, by path, and the indices among them, by bundle id."""

    files: dict[str, bytes]
    indices: dict[str, layout.Index]


class Gathered(NamedTuple):
    """What was read from the database: versions to show, and of each bundle id an index without entries.

    `begun` are ids of which readers have seen nothing yet.
    """

    shown: tuple[Shown, ...]
    indices: tuple[layout.Index, ...]
    begun: Collection[str] = ()


class Shelves:
    """Makes the files; `fresh` gives what is stapled to every pack, `policy` says which witnesses count today.

    `read` gives the files that readers see: an index keeps what it says of versions that did not change.
    """

    def __init__(self, fresh: Callable[[], Fresh], policy: LogPolicy, read: Read) -> None:
        self._fresh, self._policy, self._read = fresh, policy, read
        self._counting_from = 0

    def follow(self, policy: LogPolicy) -> None:
        """From now on have the witnesses of `policy` count."""
        self._policy, self._counting_from = policy, 0

    def changed(self, tx: Connection, waiting: Waiting, released: Sequence[Found] = ()) -> Gathered:
        """Return all that the entries in `waiting` change for those who look things up.

        `released` are rows as _BUNDLES finds them, of bundles that it need not look up.
        """
        bundles = {row.subject for row in waiting if row.kind in (RELEASE, EVALUATION)}
        ids = {row.id for row in waiting if "/" in row.id}
        begun = {row.id for row in waiting if not row.sequence}  # all that is said of these ids waits here
        here_said = _by((row for row in waiting if row.id in begun), "id")
        size = waiting[-1].number + 1
        return self.gathered(tx, bundles, ids, size, waiting[0].number, here_said, released)

    def gathered(
        self, tx: Connection, bundles: Collection[bytes], ids: Iterable[str], size: int, since: int | None = None,
        known: Mapping[str, Sequence[Found]] = _NOTHING, released: Sequence[Found] = (),
    ) -> Gathered:  # fmt: skip
        """Return what the log of `size` entries says of these archives (by digest) and bundle ids.

        The checkpoint under which it will be proven is the first one over the entries from `since` on (none of them
        unless given). `known` holds all entries of some ids, by id: nothing more is looked up of those.
        """
        since, end = size if since is None else since, size
        asked = set(bundles).difference([row.bundle for row in released])
        rows = [*released, *(_BUNDLES.all(tx, bundles=list(asked), end=end) if asked else [])]
        every = sorted({row.id for row in rows} | set(ids))
        said = _said(tx, rows, end, known)
        newest: dict[str, Found] = {id: _newest(tx, id, end, known) for id in every}
        offered = _offered(tx, rows, every, end, known)
        shown = []
        for row in rows:
            about = said.get(row.bundle, [])
            later = [newest[row.id]] if _is_followed(row, newest[row.id]) else []
            placed = tuple(self._placed(tx, each, since) for each in (row, *about, *later))
            shown.append(Shown(row, tuple(each.data for each in about), later[0].data if later else b"", placed))
        indices = tuple(
            layout.Index(id, tuple(sorted(found, key=order.order))) for id, found in offered.items() if "/" in id
        )
        return Gathered(tuple(shown), indices, known)

    def files(self, gathered: Gathered, note: bytes, size: int, nodes: Node) -> Files:
        """Return packs and indices, proven under the cosigned `note` over the tree of `size` entries."""
        fresh = self._fresh()
        files: dict[str, bytes] = {}
        made: dict[str, list[layout.Entry]] = {}
        for each in gathered.shown:
            entries = tuple([_proven(placed, size, nodes) for placed in sorted(each.placed)])
            pack, entry = _version(each, Staple(note, entries, each.head, fresh.anchor, fresh.status))
            files[layout.pack_path(entry.bundle)] = pack
            made.setdefault(entry.id, []).append(entry)
        indices: dict[str, layout.Index] = {}
        for bare in gathered.indices:
            kept = () if bare.id in gathered.begun else self._kept(bare.id)
            indices[bare.id] = index = with_entries(bare, kept, made.get(bare.id, ()))
            files[layout.index_path(bare.id)] = encode(index)
        return Files(files, indices)

    def _kept(self, bundle_id: str) -> Sequence[layout.Entry]:
        """Return the entries of an id that readers see; none where its index is damaged (`semper repo fsck`)."""
        try:
            return read_index(self._read(layout.index_path(bundle_id)) or b"", bundle_id).entries
        except SemperError:
            return ()

    def _placed(self, tx: Connection, row: Found, since: int) -> Placed:
        """Return the entry, with the first checkpoint that held it if that is an earlier one."""
        return Placed(row.number, row.leaf, self._first(tx, row.number) if row.number < since else None)

    def _first(self, tx: Connection, number: int) -> Found | None:
        """Return the first checkpoint over an entry that today's witnesses cosigned, or None."""
        found = first_note(tx, max(number, self._counting_from - 1))
        if found is None or self._counts(found.note):
            return found
        sizes = [row.size for row in _SIZES.all(tx, after=found.size)]
        at = bisect_left(sizes, True, key=lambda size: self._counts(_NOTE.scalar(tx, of_size=size) or b""))
        self._counting_from = sizes[at] if at < len(sizes) else self._counting_from
        return first_note(tx, sizes[at] - 1) if at < len(sizes) else None

    def _counts(self, note: bytes) -> bool:
        try:
            return bool(not self._policy.quorum or verify_checkpoint(note, self._policy))
        except SemperError:
            return False


def with_entries(index: layout.Index, kept: Iterable[layout.Entry], made: Iterable[layout.Entry]) -> layout.Index:
    """Return the index with the entries `kept`, those of them replaced or added that were `made` anew."""
    every = {each.version: each for each in (*kept, *made)}
    entries = tuple([every[version] for version in sorted(every, key=order.order)])
    return layout.Index(index.id, index.versions, entries)


def _proven(placed: Placed, size: int, nodes: Node) -> Proven:
    """Return the proof of an entry, and the one under the first checkpoint that held it, if that is another."""
    proof, first = inclusion(placed.number, size, nodes), placed.first
    if first is None or first.size >= size:
        return Proven(placed.leaf, placed.number, proof)
    return Proven(placed.leaf, placed.number, proof, first.note, inclusion(placed.number, first.size, nodes))


def _version(shown: Shown, staple: Staple) -> tuple[bytes, layout.Entry]:
    row, evaluations = shown.row, shown.evaluations[:MAX_EVALUATIONS]
    pack = write_pack(Pack(row.archive, row.data, evaluations, encode(staple)))
    return pack, layout.Entry(
        row.id, row.version, row.bundle, row.release, tuple(map(digest, evaluations)), digest(pack)
    )


def _said(
    tx: Connection, rows: Iterable[Found], end: int, known: Mapping[str, Sequence[Found]]
) -> dict[bytes, list[Found]]:
    """Return the evaluations of these versions, by bundle, in the log's order."""
    asked = [row.bundle for row in rows if row.id not in known]
    found = _EVALUATIONS.all(tx, bundles=asked, end=end) if asked else []
    return _by([*found, *(row for each in known.values() for row in each if row.kind == EVALUATION)], "subject")


def _newest(tx: Connection, id: str, end: int, known: Mapping[str, Sequence[Found]]) -> Found | None:
    """Return the entry of the newest release."""
    if id not in known:
        return _NEWEST.first(tx, of_id=id, end=end)
    return next((row for row in reversed(known[id]) if row.kind == RELEASE), None)


def _is_followed(row: Found, newest: Found) -> bool:
    """Say whether the newest release is a later one by the same key: of another's, readers can't tell what it means."""
    return bool(newest.number != row.number and cose.signer_of(newest.data) == cose.signer_of(row.data))


def _offered(
    tx: Connection, rows: Iterable[Found], ids: Iterable[str], end: int, known: Mapping[str, Sequence[Found]]
) -> dict[str, list[str]]:
    """Return the versions of each id that were not withdrawn. Of an id in `known`, `rows` has all versions."""
    offered = {id: [] if id in known else [row.version for row in _OFFERED.all(tx, of_id=id, end=end)] for id in ids}
    gone = {row.subject for each in known.values() for row in each if row.kind == WITHDRAWAL}
    for row in rows:
        if row.id in known and row.bundle not in gone:
            offered[row.id].append(row.version)
    return offered


def _by(rows: Iterable[Found], column: str) -> dict[Any, list[Found]]:
    found: dict[Any, list[Found]] = {}
    for row in rows:
        found.setdefault(getattr(row, column), []).append(row)
    return found

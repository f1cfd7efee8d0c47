"""What readers find by name, made from the database: archives, packs with their proofs, and the index."""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from sqlalchemy import Connection, bindparam, select

from semper_host.admission import versions as order
from semper_host.admission.log_evidence import AnchorFile, LogPolicy, Proven, Staple, verify_checkpoint
from semper_host.admission.pack import MAX_EVALUATIONS, Pack, write_pack
from semper_host.admission.statements import EVALUATION, HEAD, RELEASE, WITHDRAWAL, digest
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from service_repo import layout
from service_repo.log.sequencer import Waiting, first_note
from service_repo.log.tables import Found, archives, checkpoints, entries, statements, versions
from service_repo.log.tiles import Tiles
from service_repo.log.tree import inclusion

_ARCHIVES = select(archives).where(archives.c.digest.in_(bindparam("bundles", expanding=True)))
_VERSIONS = select(versions).where(versions.c.bundle.in_(bindparam("bundles", expanding=True)))
_BY_RELEASE = select(versions.c.bundle).where(versions.c.release.in_(bindparam("releases", expanding=True)))
_OF_IDS = select(versions).where(
    versions.c.id.in_(bindparam("ids", expanding=True)), versions.c.number < bindparam("end")
)
_SAID = (
    select(entries.c.number, entries.c.id, entries.c.kind, entries.c.subject, entries.c.leaf, statements.c.data)
    .join_from(entries, statements, entries.c.statement == statements.c.digest)
    .where(entries.c.number < bindparam("end"))
    .order_by(entries.c.number)
)
_ABOUT = _SAID.where(
    entries.c.subject.in_(bindparam("bundles", expanding=True)), entries.c.kind.in_((RELEASE, EVALUATION))
)
_SIZES = select(checkpoints.c.size).where(checkpoints.c.size > bindparam("after")).order_by(checkpoints.c.size)
_NOTE = select(checkpoints.c.note).where(checkpoints.c.size == bindparam("of_size"))
_HEADS = _SAID.where(entries.c.id.in_(bindparam("ids", expanding=True)), entries.c.kind == HEAD)
_WITHDRAWN = select(entries.c.subject).where(
    entries.c.id.in_(bindparam("ids", expanding=True)),
    entries.c.kind == WITHDRAWAL,
    entries.c.number < bindparam("end"),
)


class Fresh(NamedTuple):
    """What a staple carries besides proofs: the newest signed status, and the anchor's files."""

    status: bytes = b""
    anchor: tuple[AnchorFile, ...] = ()


class Shelves:
    """Makes the files; `fresh` gives what is stapled to every pack, `policy` says which witnesses count today."""

    def __init__(self, fresh: Callable[[], Fresh], policy: LogPolicy) -> None:
        self._fresh, self._policy = fresh, policy
        self._counting_from = 0

    def before(self, tx: Connection, waiting: Waiting) -> dict[str, bytes]:
        """Return the archives of the releases among `waiting`, by path."""
        released = [row.subject for row in waiting if row.kind == RELEASE]
        found = tx.execute(_ARCHIVES, {"bundles": released}).all() if released else []
        return {layout.bundle_path(row.digest): row.data for row in found}

    def after(self, tx: Connection, waiting: Waiting, note: bytes, tree: Tiles) -> Mapping[str, bytes]:
        """Return packs, index entries and heads that the entries in `waiting` change."""
        bundles = {row.subject for row in waiting if row.kind in (RELEASE, EVALUATION)}
        here = {row.statement for row in waiting}
        releases = [row.subject for row in waiting if row.kind == HEAD and row.subject not in here]
        if releases:
            bundles.update(tx.execute(_BY_RELEASE, {"releases": releases}).scalars())
        return self.files(tx, bundles, {row.id for row in waiting if "/" in row.id}, note, tree, waiting[0].number)

    def files(
        self, tx: Connection, bundles: Collection[bytes], ids: Iterable[str], note: bytes, tree: Tiles,
        since: int | None = None,
    ) -> dict[str, bytes]:  # fmt: skip
        """Return the files of these archives (by digest) and bundle ids, proven under the cosigned `note`.

        It is the first checkpoint over the entries from `since` on (none of them unless given).
        """
        since = tree.size if since is None else since
        named = {"bundles": list(bundles), "end": tree.size}
        rows = tx.execute(_VERSIONS, named).all() if bundles else []
        data = {row.digest: row.data for row in tx.execute(_ARCHIVES, named)} if bundles else {}
        said = _by(tx.execute(_ABOUT, named).all() if bundles else [], "subject")
        every = sorted({row.id for row in rows} | set(ids))
        heads = {row.id: row for row in tx.execute(_HEADS, {"ids": every, "end": tree.size})}
        fresh = self._fresh()
        files: dict[str, bytes] = {}
        for row in rows:
            about, head = said[row.bundle], heads.get(row.id)
            shown = about if head is None else [*about, head]
            staple = Staple(
                note, tuple(self._proven(tx, each, tree, since) for each in shown), b"" if head is None else head.data,
                fresh.anchor, fresh.status,
            )  # fmt: skip
            files |= _version_files(row, data[row.bundle], about, staple)
        return files | self._heads(tx, every, {id: row.data for id, row in heads.items()}, tree.size)

    def _heads(self, tx: Connection, ids: list[str], heads: Mapping[str, bytes], size: int) -> dict[str, bytes]:
        """Return the lists of versions that are offered, and the publishers' own heads."""
        gone = set(tx.execute(_WITHDRAWN, {"ids": ids, "end": size}).scalars())
        offered = _by(tx.execute(_OF_IDS, {"ids": ids, "end": size}).all(), "id")
        files = {layout.signed_head_path(id): data for id, data in heads.items()}
        for id, rows in offered.items():
            kept = sorted((row.version for row in rows if row.bundle not in gone), key=order.order)
            files[layout.head_path(id)] = encode(layout.Head(id, tuple(kept)))
        return files

    def _proven(self, tx: Connection, row: Found, tree: Tiles, since: int) -> Proven:
        """Return the proof of an entry, and the one under the first checkpoint that held it, if that is another."""
        proof = inclusion(row.number, tree.size, tree.node)
        first = self._first(tx, row.number) if row.number < since else None
        if first is None or first.size >= tree.size:
            return Proven(row.leaf, row.number, proof)
        then = inclusion(row.number, first.size, tree.node)
        return Proven(row.leaf, row.number, proof, first.note, then)

    def _first(self, tx: Connection, number: int) -> Found | None:
        """Return the first checkpoint over an entry that today's witnesses cosigned, or None."""
        found = first_note(tx, max(number, self._counting_from - 1))
        if found is None or self._counts(found.note):
            return found
        sizes = list(tx.execute(_SIZES, {"after": found.size}).scalars())
        at = bisect_left(sizes, True, key=lambda size: self._counts(_note(tx, size)))
        self._counting_from = sizes[at] if at < len(sizes) else self._counting_from
        return first_note(tx, sizes[at] - 1) if at < len(sizes) else None

    def _counts(self, note: bytes) -> bool:
        try:
            return bool(not self._policy.quorum or verify_checkpoint(note, self._policy))
        except SemperError:
            return False


def _note(tx: Connection, size: int) -> bytes:
    return tx.execute(_NOTE, {"of_size": size}).scalar() or b""


def _version_files(row: Found, archive: bytes, about: list[Found], staple: Staple) -> dict[str, bytes]:
    [release] = [each.data for each in about if digest(each.data) == row.release]
    evaluations = tuple(each.data for each in about if each.kind == EVALUATION)[:MAX_EVALUATIONS]
    pack = write_pack(Pack(archive, release, evaluations, encode(staple)))
    entry = layout.Entry(row.id, row.version, row.bundle, row.release, tuple(map(digest, evaluations)), digest(pack))
    return {layout.pack_path(row.bundle): pack, layout.entry_path(row.id, row.version): encode(entry)}


def _by(rows: Iterable[Found], column: str) -> dict[Any, list[Found]]:
    found: dict[Any, list[Found]] = defaultdict(list)
    for row in rows:
        found[getattr(row, column)].append(row)
    return found

"""Who may say what in the log: judged in the transaction that enters it, against all that was entered before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, func, select

from semper_host.admission import lineage
from semper_host.admission.lineage import Approval, Move
from semper_host.admission.log_entries import read
from semper_host.admission.pack import MAX_EVALUATIONS
from semper_host.admission.statements import (
    BUNDLE_TARGET,
    EVALUATION,
    MAX_STATEMENT,
    MAX_STATUS,
    REVOCATION,
    ROTATION,
    ROTATION_APPROVAL,
    STATUS,
    Evaluation,
    Release,
    Revocation,
    Rotation,
    RotationApproval,
    Withdrawal,
    digest,
    open_spoken,
)
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.x509 import TrustedRoot
from service_repo.log.append import Said
from service_repo.log.heard import KEY, NAMESPACE, Heard, hear
from service_repo.log.prepared import Prepared
from service_repo.log.sequencer import first_note
from service_repo.log.tables import OPINIONS, Found, entries, namespaces, one_of, versions

_MOVES = select(func.count()).where(entries.c.id == bindparam("of_namespace")).scalar_subquery().label("moves")
_OWNED = select(namespaces.c.owner).where(namespaces.c.name == bindparam("name"))
_OWNER = Prepared(_OWNED.add_columns(_MOVES))
_BEFORE = Prepared(
    select(
        select(entries.c.number).where(entries.c.id == bindparam("of_id")).limit(1).scalar_subquery().label("any"),
        select(func.max(entries.c.number)).scalar_subquery().label("last"),
        _OWNED.scalar_subquery().label("owner"),
        _MOVES,
    )
)
_ALIKE = Prepared(select(namespaces.c.name, namespaces.c.owner).where(namespaces.c.skeleton == bindparam("skeleton")))
_OWN = Prepared(namespaces.insert())
_RELEASES = Prepared(
    select(func.count().label("count"), func.max(versions.c.number).label("last")).where(
        versions.c.id == bindparam("of_id")
    )
)
_RELEASE_AT = Prepared(select(versions.c.release).where(versions.c.number == bindparam("at")))
_EVALUATED = Prepared(
    select(entries.c.statement).where(
        entries.c.subject == bindparam("subject"), entries.c.kind == EVALUATION, OPINIONS
    )
)
_BUNDLE = Prepared(select(versions.c.id).where(versions.c.bundle == bindparam("subject")))
_MOVED = Prepared(
    select(entries.c.id).where(entries.c.statement == bindparam("rotation"), entries.c.kind == ROTATION)
)
_SAID = Prepared(
    select(entries.c.number, entries.c.kind, entries.c.data)
    .where(entries.c.id == bindparam("of_id"), one_of((ROTATION, ROTATION_APPROVAL, REVOCATION)))
    .order_by(entries.c.number)
)


class Before(NamedTuple):
    """What the log holds before a release: its size, whether it has nothing of the id, who first had the namespace.

    `moves` counts what was said of the namespace since; `owner` is b"" where nobody has it.
    """

    size: int
    is_new: bool
    owner: bytes
    moves: int


def before(tx: Connection, bundle_id: str) -> Before:
    """Return what the log holds before a release of this id."""
    name = lineage.namespace_of(bundle_id)
    found = _BEFORE.first(tx, of_id=bundle_id, name=name, of_namespace=f"{NAMESPACE}{name}")
    assert found is not None  # there is one row, whatever is in it
    return Before(0 if found.last is None else found.last + 1, found.any is None, found.owner or b"", found.moves)


def opened(data: bytes, roots: Sequence[TrustedRoot], now: int) -> Heard:
    """Return a statement if its signature holds: under the key it names, or a certificate of `roots`.

    Without roots a certified signer is anybody: readers judge. Raises AdmissionRefused SIG_*, CHAIN_*.
    """
    most = MAX_STATEMENT
    if len(data) <= MAX_STATUS:
        heard = hear(data)
        most = MAX_STATUS if heard.kind == STATUS else most
    if len(data) > most:
        raise AdmissionRefused("SIG_INVALID", f"cannot accept the statement: it has more than {most} bytes")
    try:
        if heard.key:
            cose.open1(data, heard.kind, heard.key)
        elif roots:
            open_spoken(data, type(heard.said), roots, now)
    except AdmissionRefused:
        raise
    except SemperError as error:
        raise AdmissionRefused(error.code, error.message, evidence=data) from None
    return heard


def placed(tx: Connection, heard: Heard, now: int) -> Said:
    """Return under which id the statement goes, if it may be said after all that the log holds at time `now`.

    Raises AdmissionRefused: NAMESPACE_OWNER, LOG_CHAIN, SIG_INVALID, EVAL_INVALID.
    """
    data, said = heard.data, heard.said
    if isinstance(said, Withdrawal):
        check_owner(tx, said.id, heard.key, now)
        _check_published(tx, said.subject, said.id)
    elif isinstance(said, Rotation):
        _check_rotation(tx, said, heard.key, now)
    elif isinstance(said, Evaluation):
        check_room(tx, said.subject, [heard.digest])
        return Said(_check_published(tx, said.subject), data, heard)
    elif isinstance(said, RotationApproval):
        return Said(_rotation_id(tx, said.rotation), data, heard)
    elif isinstance(said, Revocation):
        if said.target == BUNDLE_TARGET:
            return Said(_check_published(tx, said.digest), data, heard)
        if len(said.digest) != 32 or not heard.own_id:
            raise AdmissionRefused("SIG_INVALID", "cannot accept the revocation: it names nothing that can be revoked")
    else:
        raise AdmissionRefused("SIG_INVALID", "cannot accept the statement: publish a release with its bundle")
    return Said(heard.own_id, data, heard)


def check_release(tx: Connection, release: Release, signer: bytes, now: int, before: Before) -> None:
    """Refuse a release by another key than its namespace's owner, or that does not follow its predecessor.

    The first key to publish in a namespace becomes its owner. `before` is what the log holds of it. Raises
    AdmissionRefused NAMESPACE_OWNER, LOG_CHAIN.
    """
    name = lineage.namespace_of(release.id)
    if before.owner:
        if before.owner != signer or before.moves:
            lineage.check_owner(name, signer, owners(tx, name, before.owner, now))
    else:
        skeleton = lineage.skeleton(name)
        alike = {row.name: row.owner for row in _ALIKE.all(tx, skeleton=skeleton)}
        lineage.check_look_alike(name, signer, alike)
        _OWN.insert(tx, [{"name": name, "owner": signer, "skeleton": skeleton}])
    count, last = (0, b"") if before.is_new else last_release(tx, release.id)
    if (release.sequence, release.previous) != (count, last):
        cause = f"it is number {release.sequence} of its id, number {count} is due"
        cause += f", after the release of digest {last.hex()}" if count else ""
        raise AdmissionRefused("LOG_CHAIN", f"cannot publish {release.id} {release.version}: {cause}")


def check_room(tx: Connection, subject: bytes, evaluations: Sequence[bytes]) -> None:
    """Refuse more evaluations (given by their digests) of one archive than its pack can hold. Raises EVAL_INVALID."""
    known = [row.statement for row in _EVALUATED.all(tx, subject=subject)] if evaluations else []
    if len({*known, *evaluations}) > MAX_EVALUATIONS:
        cause = f"cannot publish more than {MAX_EVALUATIONS} evaluations of one bundle"
        raise AdmissionRefused("EVAL_INVALID", cause)


def last_release(tx: Connection, bundle_id: str) -> tuple[int, bytes]:
    """Return how many releases an id has, and the digest of the newest one, b"" where there is none."""
    [found] = _RELEASES.all(tx, of_id=bundle_id)
    return found.count, _RELEASE_AT.scalar(tx, at=found.last) or b"" if found.count else b""


def check_owner(tx: Connection, bundle_id: str, signer: bytes, now: int) -> None:
    """Refuse a signer who does not own the namespace at `now`, if anybody owns it. Raises NAMESPACE_OWNER."""
    name = lineage.namespace_of(bundle_id)
    first = _OWNER.first(tx, name=name, of_namespace=f"{NAMESPACE}{name}")
    if first is not None and (first.owner != signer or first.moves):
        lineage.check_owner(name, signer, owners(tx, name, first.owner, now))


def owners(tx: Connection, name: str, first: bytes, now: int) -> lineage.Lineage:
    """Return the owners of a namespace whose first one was `first`, up to the time `now`."""
    rows = _said(tx, f"{NAMESPACE}{name}")
    approved: dict[bytes, list[Approval]] = {}
    for row in rows:
        if row.kind == ROTATION_APPROVAL:
            said = read(row.data)
            assert isinstance(said, RotationApproval)
            approved.setdefault(said.rotation, []).append(Approval(cose.peek(row.data).kid, _logged(tx, row, now)))
    moves = []
    for row in rows:
        if row.kind == ROTATION:
            rotation = read(row.data)
            assert isinstance(rotation, Rotation)
            moves.append(Move(rotation, _logged(tx, row, now), tuple(approved.get(digest(row.data), ()))))
    revoked: dict[bytes, int] = {}
    for key in {first, *(move.rotation.old for move in moves)}:
        for row in _said(tx, f"{KEY}{key.hex()}"):
            revocation = read(row.data)
            if isinstance(revocation, Revocation) and cose.peek(row.data).kid == key:
                revoked[key] = min(revocation.since, revoked.get(key, revocation.since))
    return lineage.trace(first, moves, revoked, now)


def _said(tx: Connection, id: str) -> Sequence[Found]:
    return _SAID.all(tx, of_id=id)


def _logged(tx: Connection, row: Found, now: int) -> int:
    """Return when the log had the entry: the time of its first checkpoint, `now` while it has none."""
    note = first_note(tx, row.number)
    return now if note is None else int(note.at)


def _check_rotation(tx: Connection, rotation: Rotation, signer: bytes, now: int) -> None:
    name = rotation.namespace
    first = _OWNER.first(tx, name=name, of_namespace=f"{NAMESPACE}{name}")
    if first is None or rotation.old != signer:
        cause = "nobody owns it" if first is None else "the key that it takes it from did not sign it"
        raise AdmissionRefused("NAMESPACE_OWNER", f"cannot rotate the key of {name[:80]}: {cause}")
    lineage.check_owner(name, signer, owners(tx, name, first.owner, now))


def _check_published(tx: Connection, subject: bytes, bundle_id: str = "") -> str:
    """Return the id of the published archive of digest `subject`. Raises AdmissionRefused EVAL_INVALID."""
    found = _BUNDLE.scalar(tx, subject=subject)
    if found is None or (bundle_id and found != bundle_id):
        raise AdmissionRefused("EVAL_INVALID", "cannot accept the statement: it is about a bundle not published here")
    return str(found)


def _rotation_id(tx: Connection, rotation: bytes) -> str:
    found = _MOVED.scalar(tx, rotation=rotation)
    if found is None:
        raise AdmissionRefused("SIG_INVALID", "cannot accept the approval: the log has no rotation of this digest")
    return str(found)

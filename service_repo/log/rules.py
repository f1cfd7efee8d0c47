"""Who may say what in the log: judged in the transaction that enters it, against all that was entered before."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Connection, bindparam, func, select

from semper_host.admission import lineage
from semper_host.admission.lineage import Approval, Move
from semper_host.admission.log_entries import KEY, NAMESPACE, id_of, read
from semper_host.admission.pack import MAX_EVALUATIONS
from semper_host.admission.statements import (
    BUNDLE_TARGET,
    EVALUATION,
    MAX_STATEMENT,
    REVOCATION,
    ROTATION,
    ROTATION_APPROVAL,
    Evaluation,
    Head,
    Release,
    Revocation,
    Rotation,
    RotationApproval,
    Withdrawal,
    digest,
    open_by,
    open_spoken,
)
from semper_host.model.encoding import Record
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.x509 import TrustedRoot
from service_repo.log.append import Said
from service_repo.log.sequencer import first_note
from service_repo.log.tables import Found, entries, namespaces, statements, versions

_OWNER = select(namespaces.c.owner).where(namespaces.c.name == bindparam("name"))
_ALIKE = select(namespaces.c.name, namespaces.c.owner).where(namespaces.c.skeleton == bindparam("skeleton"))
_OWN = namespaces.insert()
_ROTATED = select(entries.c.number).where(entries.c.id == bindparam("of_id")).limit(1)
_RELEASES = select(func.count(), func.max(versions.c.number)).where(versions.c.id == bindparam("of_id"))
_RELEASE_AT = select(versions.c.release).where(versions.c.number == bindparam("number"))
_VERSIONS = select(versions.c.version).where(versions.c.id == bindparam("of_id"))
_EVALUATED = select(entries.c.statement).where(entries.c.subject == bindparam("subject"), entries.c.kind == EVALUATION)
_BUNDLE = select(versions.c.id).where(versions.c.bundle == bindparam("subject"))
_MOVED = select(entries.c.id).where(entries.c.statement == bindparam("rotation"), entries.c.kind == ROTATION)
_SAID = (
    select(entries.c.number, entries.c.kind, statements.c.data)
    .join_from(entries, statements, entries.c.statement == statements.c.digest)
    .where(entries.c.id == bindparam("of_id"), entries.c.kind.in_((ROTATION, ROTATION_APPROVAL, REVOCATION)))
    .order_by(entries.c.number)
)


def opened(data: bytes, roots: Sequence[TrustedRoot], now: int) -> Record:
    """Return what a statement says if its signature holds: under the key it names, or a certificate of `roots`.

    Without roots a certified signer is anybody: readers judge. Raises AdmissionRefused SIG_*, CHAIN_*.
    """
    try:
        said, claimed = read(data), cose.peek(data)
        if claimed.kid:
            return open_by(data, type(said), claimed.kid)
        if roots:
            return open_spoken(data, type(said), roots, now)[0]
    except AdmissionRefused:
        raise
    except SemperError as error:
        raise AdmissionRefused("SIG_INVALID", error.message, evidence=data) from None
    if len(data) > MAX_STATEMENT:
        raise AdmissionRefused("SIG_INVALID", f"cannot accept the statement: it has more than {MAX_STATEMENT} bytes")
    return said


def placed(tx: Connection, data: bytes, said: Record, now: int) -> Said:
    """Return under which id the statement goes, if it may be said after all that the log holds at time `now`.

    Raises AdmissionRefused: NAMESPACE_OWNER, LOG_CHAIN, SIG_INVALID, EVAL_INVALID.
    """
    signer = cose.peek(data).kid
    if isinstance(said, Head | Withdrawal):
        check_owner(tx, said.id, signer, now)
        _check_head(tx, said) if isinstance(said, Head) else _check_published(tx, said.subject, said.id)
    elif isinstance(said, Rotation):
        _check_rotation(tx, said, signer, now)
    elif isinstance(said, Evaluation):
        check_room(tx, said.subject, [data])
        return Said(_check_published(tx, said.subject), data)
    elif isinstance(said, RotationApproval):
        return Said(_rotation_id(tx, said.rotation), data)
    elif isinstance(said, Revocation):
        if said.target == BUNDLE_TARGET:
            return Said(_check_published(tx, said.digest), data)
        if len(said.digest) != 32 or not id_of(data):
            raise AdmissionRefused("SIG_INVALID", "cannot accept the revocation: it names nothing that can be revoked")
    else:
        raise AdmissionRefused("SIG_INVALID", "cannot accept the statement: publish a release with its bundle")
    return Said(id_of(data), data)


def check_release(tx: Connection, release: Release, data: bytes, now: int) -> None:
    """Refuse a release by another key than its namespace's owner, or that does not follow its predecessor.

    The first key to publish in a namespace becomes its owner. Raises AdmissionRefused NAMESPACE_OWNER, LOG_CHAIN.
    """
    signer = cose.peek(data).kid
    name = lineage.namespace_of(release.id)
    if not check_owner(tx, release.id, signer, now):
        skeleton = lineage.skeleton(name)
        alike = {row.name: row.owner for row in tx.execute(_ALIKE, {"skeleton": skeleton})}
        lineage.check_look_alike(name, signer, alike)
        tx.execute(_OWN, {"name": name, "owner": signer, "skeleton": skeleton})
    count, last = last_release(tx, release.id)
    if (release.sequence, release.previous) != (count, last):
        cause = f"it is number {release.sequence} of its id, number {count} is due"
        cause += f", after the release of digest {last.hex()}" if count else ""
        raise AdmissionRefused("LOG_CHAIN", f"cannot publish {release.id} {release.version}: {cause}")


def fits(tx: Connection, head: Head, data: bytes, release: Release, released: bytes) -> bool:
    """Say whether the head in `data` is the same publisher's of this very release, which is about to be entered."""
    if (head.id, head.sequence, head.release) != (release.id, release.sequence, digest(released)):
        return False
    if cose.peek(data).kid != cose.peek(released).kid:
        return False
    others = set(head.versions) - {release.version}
    return not others or others <= set(tx.execute(_VERSIONS, {"of_id": head.id}).scalars())


def check_room(tx: Connection, subject: bytes, evaluations: Sequence[bytes]) -> None:
    """Refuse more evaluations of one archive than its pack can hold. Raises AdmissionRefused EVAL_INVALID."""
    known = tx.execute(_EVALUATED, {"subject": subject}).scalars() if evaluations else ()
    if len({*known, *map(digest, evaluations)}) > MAX_EVALUATIONS:
        cause = f"cannot publish more than {MAX_EVALUATIONS} evaluations of one bundle"
        raise AdmissionRefused("EVAL_INVALID", cause)


def last_release(tx: Connection, bundle_id: str) -> tuple[int, bytes]:
    """Return how many releases an id has, and the digest of the newest one, b"" where there is none."""
    count, number = tx.execute(_RELEASES, {"of_id": bundle_id}).one()
    return count, tx.execute(_RELEASE_AT, {"number": number}).scalar() or b"" if count else b""


def check_owner(tx: Connection, bundle_id: str, signer: bytes, now: int) -> bool:
    """Refuse a signer who does not own the namespace at `now`; say whether anybody owns it. Raises NAMESPACE_OWNER."""
    name = lineage.namespace_of(bundle_id)
    first = tx.execute(_OWNER, {"name": name}).scalar()
    if first is None:
        return False
    if first != signer or _rotated(tx, name):
        lineage.check_owner(name, signer, owners(tx, name, first, now))
    return True


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


def _rotated(tx: Connection, name: str) -> bool:
    return tx.execute(_ROTATED, {"of_id": f"{NAMESPACE}{name}"}).first() is not None


def _said(tx: Connection, id: str) -> Sequence[Found]:
    return tx.execute(_SAID, {"of_id": id}).all()


def _logged(tx: Connection, row: Found, now: int) -> int:
    """Return when the log had the entry: the time of its first checkpoint, `now` while it has none."""
    note = first_note(tx, row.number)
    return now if note is None else int(note.at)


def _check_head(tx: Connection, head: Head) -> None:
    """Refuse a head that does not name the newest release, or a version that was never published."""
    count, last = last_release(tx, head.id)
    known = set(tx.execute(_VERSIONS, {"of_id": head.id}).scalars())
    if (head.sequence, head.release) != (count - 1, last) or not set(head.versions) <= known:
        raise AdmissionRefused("LOG_CHAIN", f"cannot accept the head of {head.id}: it does not fit what was released")


def _check_rotation(tx: Connection, rotation: Rotation, signer: bytes, now: int) -> None:
    first = tx.execute(_OWNER, {"name": rotation.namespace}).scalar()
    if first is None or rotation.old != signer:
        cause = "nobody owns it" if first is None else "the key that it takes it from did not sign it"
        raise AdmissionRefused("NAMESPACE_OWNER", f"cannot rotate the key of {rotation.namespace[:80]}: {cause}")
    lineage.check_owner(rotation.namespace, signer, owners(tx, rotation.namespace, first, now))


def _check_published(tx: Connection, subject: bytes, bundle_id: str = "") -> str:
    """Return the id of the published archive of digest `subject`. Raises AdmissionRefused EVAL_INVALID."""
    found = tx.execute(_BUNDLE, {"subject": subject}).scalar()
    if found is None or (bundle_id and found != bundle_id):
        raise AdmissionRefused("EVAL_INVALID", "cannot accept the statement: it is about a bundle not published here")
    return str(found)


def _rotation_id(tx: Connection, rotation: bytes) -> str:
    found = tx.execute(_MOVED, {"rotation": rotation}).scalar()
    if found is None:
        raise AdmissionRefused("SIG_INVALID", "cannot accept the approval: the log has no rotation of this digest")
    return str(found)

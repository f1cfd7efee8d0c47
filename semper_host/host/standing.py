"""Where this home stands with the repositories that its user trusts: what they last said of revocations, how fresh that
is, and whether their logs tell everybody the same.

What is learnt is collected first and kept with what was decided by it, in one commit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import NamedTuple

from semper_host.admission import versions
from semper_host.admission.log_evidence import (
    AnchorFile,
    LogPolicy,
    Staple,
    check_consistent,
    of_its_log,
    origin_of,
    read_staple,
    verify_checkpoint,
)
from semper_host.admission.pack import Pack
from semper_host.admission.standing import DAY, Standing, check_continues, open_status
from semper_host.admission.statements import Release
from semper_host.admission.trust import TrustedRepository, TrustPolicy
from semper_host.host import known_heads
from semper_host.host.home import Home
from semper_host.host.known_heads import MOST_UNPROVEN, KnownHead, Row
from semper_host.model.encoding import MalformedEncoding
from semper_host.model.errors import AdmissionRefused, SemperError, Unavailable, UsageError
from semper_host.supporting.anchor.files import from_files, is_newer, is_older
from semper_host.supporting.anchor.state import LOG, MINIMUM_HOST, STATUS
from semper_host.supporting.archive.store import Transaction
from semper_host.supporting.cryptographic import cose, merkle, signed_note
from semper_host.supporting.cryptographic.checkpoint import Checkpoint, parse_checkpoint

_FOREVER = 2**62


class Prefix(NamedTuple):
    """What a log's tiles say of its first entries: their root, and the proof that the whole log continues them."""

    root: bytes
    proof: Sequence[bytes]


Prove = Callable[[int, int], Prefix]
"""Returns what the tiles say of the first `old` of `new` entries. Nobody has to believe it."""


@dataclass
class Learnt:
    """What was learnt and is to be kept: rows, those in dispute among them; and what was refused where we asked."""

    rows: list[Row] = field(default_factory=list)
    refusals: list[SemperError] = field(default_factory=list)
    began: dict[TrustedRepository, KnownHead] = field(default_factory=dict)  # what was known before
    found: list[Row] = field(default_factory=list)  # what was read to see whether to ask; so it is read once

    def keep(self, home: Home, tx: Transaction) -> None:
        """Keep what was learnt, in the commit of what is decided by it. What is newer by now stays."""
        for row in self.rows:
            now, known = known_heads.load(home, row.repository, tx).known, row.known
            if now.dispute or (now != known and is_older(known.anchor, now.anchor)):
                continue
            before = self.began.get(row.repository, known)
            others = tuple(note for note in now.notes if note not in (*before.notes, *known.notes))
            if others:  # another process saw them meanwhile: they must come to be compared too
                known = KnownHead(known.anchor, known.note, (*known.unproven, *others)[:MOST_UNPROVEN], known.dispute)
            known_heads.keep(home, tx, Row(row.repository, known))
            if row.known.dispute:
                home.archive.put_document(tx, row.known.dispute)


def known_to(home: Home, policy: TrustPolicy, learnt: Learnt) -> list[Row]:
    """Return what is known of each trusted repository after all that was `learnt`."""
    return learnt.found if learnt.found and not learnt.rows else rows(home, policy, learnt.rows)


def rows(home: Home, policy: TrustPolicy, pending: Iterable[Row] = ()) -> list[Row]:
    """Return what is known of each repository that `policy` trusts; `pending` rows are not kept yet."""
    return [current(home, repository, pending) for repository in policy.repositories]


def standings(known: Iterable[Row]) -> tuple[Standing, ...]:
    """Return where the home stands with the repositories of these rows; a disputed one has no standing."""
    return tuple(standing for row in known if (standing := known_heads.standing_of(row)) is not None)


@lru_cache(maxsize=64)
def staple_of(data: bytes) -> Staple:
    """Return the staple in `data`: read once for all the bundles and calls that ask. Raises as `read_staple`."""
    return read_staple(data)


def is_fresh(known: Iterable[Row], policy: TrustPolicy, pack: Pack, now: int) -> bool:
    """Say whether, at `now`, these rows stand well enough with the repository of the pack's staple to grant a right."""
    try:
        staple = staple_of(pack.staple)
        kind = Release.decode(cose.peek(pack.release).payload).kind
    except SemperError:
        return False
    fitting = of_its_log(staple, standings(known), lambda standing: standing.log)
    return any(now < standing.fresh_until(kind, policy.staleness) for standing in fitting)


def learn(home: Home, policy: TrustPolicy, staple: Staple, now: int, learnt: Learnt) -> None:
    """Take from a staple what is newer than what the home knows of its repository.

    A staple that is older, expired or of a repository that is not trusted teaches nothing. Raises AdmissionRefused
    LOG_EQUIVOCATION, with the dispute kept.
    """
    taught = Learnt(learnt.rows, began=learnt.began)  # why a staple teaches nothing, nobody has to know
    for repository in policy.repositories:
        row = current(home, repository, taught.rows)
        if not row.known.dispute and _may_be_from(staple, row.known):
            take(row, staple.anchor, staple.checkpoint, policy, now, taught)
    stop_at_dispute(home, taught)


def check_undisputed(known: Sequence[Row], staple: Staple | None) -> None:
    """Refuse what is stapled from a log that told two histories. Raises AdmissionRefused LOG_EQUIVOCATION."""
    if staple is not None and any(row.known.dispute for row in known):
        for row in of_its_log(staple, known, lambda row: row.known.policy):
            if row.known.dispute:
                raise _dispute(row)


def resolve(home: Home, repository: TrustedRepository, chosen: bytes) -> None:
    """End a dispute as a person decided: the history of the note `chosen`, one of the two, is the one to go on with.

    Whoever shows the other one is refused again. Raises UsageError where there is no such dispute.
    """

    def work(tx: Transaction) -> None:
        known = known_heads.load(home, repository, tx).known
        disputed = known.disputed
        if disputed is None or chosen not in (disputed.one, disputed.other):
            raise UsageError("USAGE_INVALID", f"cannot resolve: {repository.name} has no such dispute")
        known_heads.keep(home, tx, Row(repository, KnownHead(known.anchor, chosen)))

    home.archive.commit(work)


def take(
    row: Row,
    files: Iterable[AnchorFile],
    note: bytes,
    policy: TrustPolicy,
    now: int,
    learnt: Learnt,
    *,
    asked: bool = False,
    prove: Prove | None = None,
) -> None:
    """Take anchor and checkpoint into what is known; add the row to `learnt` where that changes it.

    Where the repository itself was `asked`, what is older is a rollback; else it is passed over.
    """
    fetch = from_files((each.name, each.data) for each in files)
    known = row.known
    try:
        if asked or is_newer(known.anchor, fetch):
            from semper_host.supporting.anchor.client import update  # here: python-tuf takes its time to load

            updated = update(known.anchor, fetch, _as_of(policy, now))
            if updated.anchor is not None:
                _check_said(updated.anchor.targets, known, now)
            known = KnownHead(updated.state, known.note, known.unproven)
            learnt.refusals += [updated.refusal] if updated.refusal is not None else []
        log = known.policy
        if log is not None:
            known = _with_note(known, log, note, asked, prove)
    except (Unavailable, AdmissionRefused) as error:
        if error.code == "LOG_EQUIVOCATION":
            known = KnownHead(known.anchor, known.note, known.unproven, error.evidence)
        learnt.refusals.append(error)
    if known != row.known:
        learnt.began.setdefault(row.repository, row.known)
        learnt.rows[:] = [each for each in learnt.rows if each.repository != row.repository]
        learnt.rows.append(Row(row.repository, known))


def _with_note(known: KnownHead, log: LogPolicy, note: bytes, asked: bool, prove: Prove | None) -> KnownHead:
    """Return what is known with one more checkpoint, which must fit all others.

    Raises AdmissionRefused LOG_INVALID, LOG_QUORUM, LOG_EQUIVOCATION; ROLLBACK where the repository itself shows less
    than was seen before.
    """
    if note == known.note and not (known.unproven and prove):
        return known
    if not asked and note in known.unproven:
        return known
    size = verify_checkpoint(note, log).checkpoint.size
    others = [each for each in known.notes if each != note and _is_of(each, log)]
    for other in others:
        check_consistent(other, note, log)
    newest = max([note, *others], key=lambda each: _checkpoint(each).size)
    if asked and _checkpoint(newest).size > size:
        cause = f"it shows {size} entries, and {_checkpoint(newest).size} were there before"
        raise AdmissionRefused("ROLLBACK", f"cannot use the head of the log {log.origin}: {cause}", evidence=note)
    if prove is None:
        left = [each for each in [note, *others] if each != newest]
        return KnownHead(known.anchor, newest, tuple(left[-MOST_UNPROVEN:]))  # those that nobody can wash away stay
    for other in others:
        _check_continued(other, note, log, prove)
    return KnownHead(known.anchor, note)


def _check_continued(older: bytes, newer: bytes, log: LogPolicy, prove: Prove) -> None:
    """Refuse a newer note that does not continue the older one.

    A server with false tiles must not be able to accuse a log: what it gives counts only if it leads to the root
    that the log signed. Raises AdmissionRefused LOG_INVALID, LOG_EQUIVOCATION.
    """
    old, new = _checkpoint(older), _checkpoint(newer)
    if not 0 < old.size < new.size:
        return
    prefix = prove(old.size, new.size)
    if not merkle.verify_consistency(old.size, new.size, prefix.root, new.root, prefix.proof):
        cause = f"cannot compare what {log.origin} showed: the tiles that came are not those of its log"
        raise AdmissionRefused("LOG_INVALID", cause, evidence=newer)
    check_consistent(older, newer, log, prefix.proof)


def _check_said(targets: Mapping[str, bytes], known: KnownHead, now: int) -> None:
    """Refuse an anchor whose log, status or oldest host can't be understood, or whose status takes back what is known.

    Raises AdmissionRefused ANCHOR_INVALID, STATUS_*, ROLLBACK.
    """
    try:
        policy = LogPolicy.decode(targets[LOG])
    except MalformedEncoding as error:
        cause = f"cannot use the repository's anchor: {error.message}"
        raise AdmissionRefused("ANCHOR_INVALID", cause, evidence=targets[LOG]) from None
    oldest = targets.get(MINIMUM_HOST, b"")
    if oldest.strip() and not versions.is_version(oldest.decode("ascii", "replace").strip()):
        cause = "cannot use the repository's anchor: what it says of the oldest host is no version"
        raise AdmissionRefused("ANCHOR_INVALID", cause, evidence=oldest)
    said = open_status(targets[STATUS], policy, now)
    if known.policy is not None and known.policy.origin == policy.origin:
        before = next(each.data for each in known.anchor.kept if each.name == STATUS)
        check_continues(open_status(before, known.policy, _FOREVER), said, targets[STATUS])


def _may_be_from(staple: Staple, known: KnownHead) -> bool:
    """Say whether the staple claims to be of this repository, or nothing is known of it yet."""
    try:
        return known.policy is None or known.policy.origin == origin_of(staple)
    except AdmissionRefused:
        return False


def _is_of(note: bytes, policy: LogPolicy) -> bool:
    """Say whether the log's key signed the note: after a change of keys there is nothing to compare."""
    return signed_note.parse(note).signed_by(policy.origin, policy.key)


def _checkpoint(note: bytes) -> Checkpoint:
    return parse_checkpoint(signed_note.parse(note).text)


def current(home: Home, repository: TrustedRepository, pending: Iterable[Row]) -> Row:
    """Return what is known of a repository, pending or kept."""
    found = next((row for row in pending if row.repository == repository), None)
    return known_heads.load(home, repository) if found is None else found


def _as_of(policy: TrustPolicy, now: int) -> int:
    """Return the time that an anchor has to be valid at: earlier where the user bears more than a day's staleness."""
    return now - max(0, (policy.staleness.most or 0) - DAY)


def stop_at_dispute(home: Home, learnt: Learnt) -> None:
    """Keep a dispute that was found, and refuse to go on. Raises AdmissionRefused LOG_EQUIVOCATION."""
    disputed = [row for row in learnt.rows if row.known.dispute]
    if disputed:
        home.archive.commit(lambda tx: learnt.keep(home, tx))
        raise _dispute(disputed[0])


def _dispute(row: Row) -> AdmissionRefused:
    name = row.repository.name
    cause = f"its log showed two histories that can't both be true; `semper trust resolve {name}` shows both notes"
    return AdmissionRefused("LOG_EQUIVOCATION", f"cannot rely on {name}: {cause}", evidence=row.known.dispute)

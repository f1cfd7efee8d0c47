"""What proves that statements are in a log which witnesses saw: the staple, and how it is verified.

A checkpoint counts if the log's own key signed it and a quorum of the policy's witnesses cosigned it; each stapled
entry must lie under its root. When a quorum had seen an entry first is what the validity of its signer is judged
at, so a staple may carry, for an entry, an earlier cosigned checkpoint that held it already.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple, NoReturn, TypeVar

from semper_host.admission.log_entries import LogEntry, check_next, open_entry
from semper_host.admission.statements import MAX_STATUS
from semper_host.model.encoding import MalformedEncoding, Record, encode
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.supporting.cryptographic import merkle, signed_note
from semper_host.supporting.cryptographic.checkpoint import Checkpoint, parse_checkpoint

T = TypeVar("T")

MAX_ENTRIES = 64
"""The most entries that a staple may prove."""
MAX_ORIGIN = 200
"""The most bytes that the name of a log may have."""
MAX_STAPLE = MAX_STATUS + 512 * 1024
"""The most bytes that an encoded staple may have."""


class WitnessKey(Record, frozen=True):
    """A witness: the name it cosigns under and its Ed25519 key (32 bytes)."""

    name: str
    key: bytes


class LogPolicy(Record, frozen=True):
    """A log: its origin (also its key's name), its key, its witnesses, how many must have seen it, its status key."""

    origin: str
    key: bytes  # Ed25519, 32 bytes
    witnesses: tuple[WitnessKey, ...]
    quorum: int
    status_key: bytes  # Ed25519, 32 bytes


class Proven(Record, frozen=True):
    """An entry's leaf, its number, and its inclusion proof under the staple's checkpoint.

    `first` may be an earlier cosigned checkpoint (a note) that held the entry already, with its `first_proof`.
    """

    entry: bytes
    index: int
    proof: tuple[bytes, ...]
    first: bytes = b""
    first_proof: tuple[bytes, ...] = ()


class AnchorFile(Record, frozen=True):
    """A file of the repository's anchor, by its name there."""

    name: str
    data: bytes


class Staple(Record, frozen=True):
    """All that a repository proves of one bundle, for its merchant to hand over; nothing of it verified."""

    checkpoint: bytes  # the log's signed note, with cosignatures
    entries: tuple[Proven, ...]
    head: bytes = b""  # the newest release that the publisher signed, b"" where it is the pack's own
    anchor: tuple[AnchorFile, ...] = ()
    status: bytes = b""  # the repository's signed Status


class Equivocation(Record, frozen=True):
    """Two notes of one log that can't both be true: each signed by its key. The evidence of LOG_EQUIVOCATION."""

    origin: str
    one: bytes
    other: bytes


class Seen(NamedTuple):
    """A checkpoint that holds: signed by its log, cosigned by a quorum from `since` to `at` (seconds)."""

    checkpoint: Checkpoint
    at: int
    since: int


class Logged(NamedTuple):
    """What a staple proves: entries by the digest of their signed statement, and when a quorum had seen each."""

    checkpoint: Checkpoint
    at: int  # the time of the checkpoint itself
    statements: Mapping[bytes, LogEntry]
    times: Mapping[bytes, int]  # by statement digest: the earliest proven time by which a quorum had seen it


def read_staple(data: bytes) -> Staple:
    """Return the staple in `data`, nothing of it verified. Raises AdmissionRefused LOG_MISSING, LOG_INVALID."""
    if not data:
        raise AdmissionRefused("LOG_MISSING", "cannot tell what the log says: the pack carries no proof from it")
    if len(data) > MAX_STAPLE:
        _refuse(data, f"it has more than {MAX_STAPLE} bytes")
    try:
        return Staple.decode(data)
    except MalformedEncoding as error:
        raise AdmissionRefused("LOG_INVALID", f"cannot accept the staple: {error.message}", evidence=data) from None


def origin_of(staple: Staple) -> str:
    """Return the log that the staple claims to be from, unverified: the first line of its checkpoint."""
    return staple.checkpoint[:MAX_ORIGIN].partition(b"\n")[0].decode("utf-8", "replace")


def of_its_log(staple: Staple, known: Iterable[T], log: Callable[[T], LogPolicy | None]) -> list[T]:
    """Return those of `known` whose `log` the staple claims to be from; where several go by its name, its signer's.

    So a repository that takes another's name does not come between that one and its users.
    """
    origin = origin_of(staple)
    named = [(each, policy) for each in known if (policy := log(each)) is not None and policy.origin == origin]
    signers = [each for each, policy in named if _is_signed(staple.checkpoint, policy)] if len(named) > 1 else []
    return signers or [each for each, _ in named]


def verify_checkpoint(note: bytes, policy: LogPolicy) -> Seen:
    """Return the checkpoint in `note` if the log signed it and a quorum of witnesses saw it.

    Raises AdmissionRefused LOG_INVALID, LOG_QUORUM.
    """
    checkpoint, parsed = _signed(note, policy)
    times = parsed.cosigned_at([(witness.name, witness.key) for witness in policy.witnesses], policy.quorum)
    if policy.quorum < 1 or len(times) < policy.quorum:
        cause = f"{len(times)} of its witnesses cosigned the checkpoint, {policy.quorum} must"
        raise AdmissionRefused("LOG_QUORUM", f"cannot trust the log {policy.origin}: {cause}", evidence=note)
    return Seen(checkpoint, times[-1], times[0])


def verify_staple(staple: Staple, policy: LogPolicy) -> Logged:
    """Return what the staple proves. All of it must hold. Raises AdmissionRefused LOG_INVALID, LOG_QUORUM."""
    seen = verify_checkpoint(staple.checkpoint, policy)
    if len(staple.entries) > MAX_ENTRIES:
        _refuse(staple.checkpoint, f"it proves more than {MAX_ENTRIES} entries")
    statements, times = {}, {}
    places: list[tuple[LogEntry, int]] = []
    known = {b"": seen, staple.checkpoint: seen}  # statements published together share their first checkpoint
    for proven in staple.entries:
        entry = open_entry(proven.entry)
        _check_inclusion(proven, proven.proof, seen.checkpoint)
        statements[entry.statement] = entry
        if proven.first not in known:
            known[proven.first] = verify_checkpoint(proven.first, policy)
            _check_same(known[proven.first], proven.first, seen, staple.checkpoint)
        first = known[proven.first]
        if proven.first:
            _check_inclusion(proven, proven.first_proof, first.checkpoint)
        times[entry.statement] = min(first.at, seen.at)
        places.append((entry, proven.index))
    _check_chains(places)
    return Logged(seen.checkpoint, seen.at, statements, times)


def check_consistent(one: bytes, other: bytes, policy: LogPolicy, proof: Sequence[bytes] | None = None) -> None:
    """Refuse two notes of a log that can't both be true.

    Notes of different sizes are compared only where there is a `proof`, from the smaller to the larger. Raises
    AdmissionRefused LOG_EQUIVOCATION with the encoded Equivocation as evidence, LOG_INVALID.
    """
    first, second = _signed(one, policy)[0], _signed(other, policy)[0]
    if first.size > second.size:
        one, other, first, second = other, one, second, first
    if first.size == second.size:
        holds = first.root == second.root
    else:
        sizes, roots = (first.size, second.size), (first.root, second.root)
        holds = proof is None or merkle.verify_consistency(*sizes, *roots, proof)
    if not holds:
        raise _equivocation(first, one, second, other)


def _check_same(early: Seen, first: bytes, seen: Seen, note: bytes) -> None:
    """Refuse two verified notes of one size with different roots."""
    if early.checkpoint.size == seen.checkpoint.size and early.checkpoint.root != seen.checkpoint.root:
        raise _equivocation(early.checkpoint, first, seen.checkpoint, note)


def _equivocation(first: Checkpoint, one: bytes, second: Checkpoint, other: bytes) -> AdmissionRefused:
    evidence = encode(Equivocation(first.origin, one, other))
    cause = f"it signed two histories, of {first.size} and {second.size} entries"
    return AdmissionRefused("LOG_EQUIVOCATION", f"cannot trust the log {first.origin}: {cause}", evidence=evidence)


def _check_inclusion(proven: Proven, proof: Sequence[bytes], checkpoint: Checkpoint) -> None:
    leaf = merkle.leaf_hash(proven.entry)
    if not merkle.verify_inclusion(leaf, proven.index, checkpoint.size, proof, checkpoint.root):
        _refuse(proven.entry, f"entry {proven.index} is not in the log of {checkpoint.size} entries that it shows")


def _check_chains(places: Sequence[tuple[LogEntry, int]]) -> None:
    """Refuse entries of one id that contradict each other. Raises AdmissionRefused LOG_CHAIN."""
    found = {(entry.id, entry.sequence): (entry, index) for entry, index in places}
    for entry, index in places:
        last, before = found.get((entry.id, entry.sequence - 1), (None, -1))
        if last is not None:
            check_next(entry, last)
        if before >= index or found[entry.id, entry.sequence] != (entry, index):
            cause = f"cannot trust the log: two entries of {entry.id[:80]} claim the same place"
            raise AdmissionRefused("LOG_CHAIN", cause, evidence=entry.leaf)


def _is_signed(note: bytes, policy: LogPolicy) -> bool:
    try:
        return bool(_signed(note, policy))
    except AdmissionRefused:
        return False


def _signed(note: bytes, policy: LogPolicy) -> tuple[Checkpoint, signed_note.Note]:
    """Return the checkpoint in `note`, and the note, if the log's own key signed it."""
    try:
        parsed = signed_note.parse(note)
        checkpoint = parse_checkpoint(parsed.text)
        if checkpoint.origin != policy.origin or not parsed.signed_by(policy.origin, policy.key):
            _refuse(note, f"its checkpoint is not signed by {policy.origin}")
    except AdmissionRefused:
        raise
    except SemperError as error:
        raise AdmissionRefused("LOG_INVALID", error.message, evidence=note) from None
    return checkpoint, parsed


def _refuse(evidence: bytes, cause: str) -> NoReturn:
    raise AdmissionRefused("LOG_INVALID", f"cannot accept the proof from the log: {cause}", evidence=evidence)

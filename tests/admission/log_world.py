"""A repository in memory: a log with witnesses, its status, and staples, for whoever tests what admission asks of them.

    log = LogWorld(at=NOW)
    pack = log.pack(archive, release, [evaluation])
    policy = log.trusted(policy)
    admit(archive, release, [evaluation], policy, roots, NOW, standings=[log.standing()],
          staple=read_staple(pack.staple))

`append` enters one signed statement at the time `at`, and all witnesses see it then.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import NamedTuple

import msgspec

from semper_host.admission import log_entries
from semper_host.admission.log_entries import LogEntry
from semper_host.admission.log_evidence import LogPolicy, Proven, Staple, WitnessKey
from semper_host.admission.pack import Pack
from semper_host.admission.standing import Standing, open_status
from semper_host.admission.statements import NEGATIVE, Revocation, Status, sign
from semper_host.admission.trust import TrustedRepository, TrustPolicy
from semper_host.model.encoding import encode
from semper_host.supporting.cryptographic import merkle, signed_note
from semper_host.supporting.cryptographic.checkpoint import Checkpoint
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo.log.heard import hear

ORIGIN = "log.example/semper"


class Witness(NamedTuple):
    """A witness's name and private key."""

    name: str
    key: SigningKey


class Entered(NamedTuple):
    """A statement in the log: its entry, its signed bytes, and when the witnesses saw it."""

    entry: LogEntry
    data: bytes
    at: int


@dataclass
class LogWorld:
    """A repository that its users call `name`. `at` is the time of the newest checkpoint; time passes by `append`."""

    at: int
    name: str = "Repository"
    origin: str = ORIGIN
    seed: bytes = b"log"
    quorum: int = 2
    entered: list[Entered] = field(default_factory=list)
    minimum_host: str = "0.0.0"

    def __post_init__(self) -> None:
        self.key = self._key(b"key")
        self.status_key = self._key(b"status")
        self.witnesses = tuple(Witness(f"witness{n}.example", self._key(b"witness%d" % n)) for n in range(1, 4))

    @property
    def policy(self) -> LogPolicy:
        """What users know of the log."""
        known = tuple(WitnessKey(witness.name, witness.key.public) for witness in self.witnesses)
        return LogPolicy(self.origin, self.key.public, known, self.quorum, self.status_key.public)

    @property
    def hashes(self) -> list[bytes]:
        """The leaf hashes."""
        return [each.entry.leaf_hash for each in self.entered]

    def trusted(self, policy: TrustPolicy, **more: object) -> TrustPolicy:
        """Return the user's policy with this repository trusted, and other fields changed as `more` says."""
        known = TrustedRepository(
            name=self.name, anchor="anchors/repository.root.json", sha256=sha256(self.origin.encode()).hexdigest()
        )
        return msgspec.structs.replace(policy, **{"repositories": (*policy.repositories, known), **more})

    # --- the log

    def append(self, data: bytes, id: str = "", at: int | None = None) -> int:
        """Enter a signed statement, if it is not there, under `id` or its own; return its number."""
        for number, each in enumerate(self.entered):
            if each.data == data:
                return number
        self.at = self.at if at is None else at
        id = id or hear(data).own_id or self._id_of_subject(data)
        before = [each.entry for each in self.entered if each.entry.id == id]
        entry = hear(data).entry(id, len(before), before[-1].leaf_hash if before else b"")
        self.entered.append(Entered(entry, data, self.at))
        return len(self.entered) - 1

    def checkpoint(
        self,
        size: int | None = None,
        at: int | None = None,
        *,
        witnesses: Sequence[Witness] | None = None,
        key: SigningKey | None = None,
        root: bytes | None = None,
    ) -> bytes:
        """Return the signed note on the first `size` entries, cosigned at the time `at` by `witnesses`."""
        size = len(self.entered) if size is None else size
        at = self.at if at is None else at
        text = Checkpoint(self.origin, size, merkle.root(self.hashes[:size]) if root is None else root).text()
        signatures = [signed_note.sign(text, self.origin, key or self.key)]
        cosigners = self.witnesses if witnesses is None else witnesses
        signatures += [signed_note.cosign(text, witness.name, witness.key, at) for witness in cosigners]
        return signed_note.Note(text, tuple(signatures)).encode()

    # --- what it hands out

    def proven(self, data: bytes, *, first: bool = True) -> Proven:
        """Return the proof of a statement that was entered; with the checkpoint that held it first, if that is old."""
        number = next(n for n, each in enumerate(self.entered) if each.data == data)
        each, hashes = self.entered[number], self.hashes
        proof = inclusion_proof(hashes, number)
        if not first or each.at == self.at:
            return Proven(each.entry.leaf, number, proof)
        size = max(n for n, other in enumerate(self.entered) if other.at == each.at) + 1  # published together
        early = self.checkpoint(size, each.at)
        return Proven(each.entry.leaf, number, proof, early, inclusion_proof(hashes[:size], number))

    def staple(self, *statements: bytes, head: bytes = b"", first: bool = True) -> Staple:
        """Return the staple that proves the statements, each entered before, under the newest checkpoint."""
        shown = [*statements, *([head] if head else [])]
        entries = tuple(self.proven(data, first=first) for data in shown)
        return Staple(self.checkpoint(), entries, head, (), self.status())

    def status(self, at: int | None = None, statements: Iterable[bytes] | None = None) -> bytes:
        """Return the signed status: all negative statements, or those given."""
        negative = [each for each in self.entered if each.entry.kind in NEGATIVE]
        shown = tuple(each.data for each in negative) if statements is None else tuple(statements)
        times = tuple(each.at for each in negative) if statements is None else ()
        root = merkle.root(self.hashes)
        at = self.at if at is None else at
        return sign(Status(len(self.entered), root, at, shown, times, self.checkpoint(at=at)), self.status_key)

    def standing(self, at: int | None = None) -> Standing:
        """Return what a host knows that refreshed at the time `at` (now)."""
        at = self.at if at is None else at
        return Standing(self.name, self.policy, open_status(self.status(at), self.policy, at), at, self.minimum_host)

    def pack(self, archive: bytes, release: bytes, evaluations: Iterable[bytes]) -> Pack:
        """Enter a bundle's statements, the newest of its id; return its stapled pack."""
        evaluations = tuple(evaluations)
        for data in (release, *evaluations):
            self.append(data)
        return Pack(archive, release, evaluations, encode(self.staple(release, *evaluations)))

    def _id_of_subject(self, data: bytes) -> str:
        """Return the id under which what the statement is about was entered."""
        entry = hear(data).entry("", 0, b"")
        if isinstance(log_entries.read(data), Revocation):
            return next((e.entry.id for e in self.entered if e.entry.subject == entry.subject), "semper.authority/any")
        found = (each.entry.id for each in self.entered if entry.subject in (each.entry.subject, each.entry.statement))
        return next(found)

    def _key(self, name: bytes) -> SigningKey:
        return SigningKey.from_seed(sha256(self.seed + name).digest())


def inclusion_proof(hashes: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """Return the audit path of leaf `index` (RFC 6962 §2.1.1)."""
    if len(hashes) == 1:
        return ()
    half = _split(len(hashes))
    if index < half:
        return (*inclusion_proof(hashes[:half], index), merkle.root(hashes[half:]))
    return (*inclusion_proof(hashes[half:], index - half), merkle.root(hashes[:half]))


def consistency_proof(hashes: Sequence[bytes], old_size: int, known: bool = True) -> tuple[bytes, ...]:
    """Return the proof that the tree begins with its first `old_size` leaves (RFC 6962 §2.1.2)."""
    if old_size == len(hashes):
        return () if known else (merkle.root(hashes),)
    half = _split(len(hashes))
    if old_size <= half:
        return (*consistency_proof(hashes[:half], old_size, known), merkle.root(hashes[half:]))
    return (*consistency_proof(hashes[half:], old_size - half, False), merkle.root(hashes[:half]))


def _split(size: int) -> int:
    """Return the largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1

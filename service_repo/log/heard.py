"""A signed statement that was read once: everything that rules and log ask of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from semper_host.admission.log_entries import LogEntry, read
from semper_host.admission.statements import (
    Evaluation,
    Release,
    Revocation,
    Rotation,
    RotationApproval,
    Status,
    Withdrawal,
    digest,
)
from semper_host.model.encoding import Record
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.supporting.cryptographic import cose, x509

AUTHORITY, NAMESPACE, KEY = "semper.authority/", "semper.namespace/", "semper.key/"
"""What the ids of entries begin with that are about no bundle."""
STATUS_ID = "semper.status"
_SUBJECTS: Mapping[type[Record], Callable[[Any], bytes]] = {
    Release: lambda said: said.subject,
    Evaluation: lambda said: said.subject,
    Withdrawal: lambda said: said.subject,
    Rotation: lambda said: said.new,
    RotationApproval: lambda said: said.rotation,
    Revocation: lambda said: said.digest,
    Status: lambda said: b"",
}


class Heard(NamedTuple):
    """A signed statement: its bytes and their SHA-256, its kind, what it says, and who it claims has signed it."""

    data: bytes
    digest: bytes
    kind: str
    said: Record
    key: bytes  # the Ed25519 key, b"" where somebody certified signed
    signer: bytes  # the key, or SHA-256 of the certified key's SubjectPublicKeyInfo

    def entry(self, id: str, sequence: int, previous: bytes) -> LogEntry:
        """Return the log's entry of the statement under `id`, after the one whose leaf hash is `previous`."""
        return LogEntry(
            id=id, sequence=sequence, previous=previous, kind=self.kind, subject=_SUBJECTS[type(self.said)](self.said),
            statement=self.digest, signer=self.signer,
        )  # fmt: skip

    @property
    def own_id(self) -> str:
        """The id under which the log enters it.

        "" where only the repository knows: an evaluation and a bundle's revocation go under the id of their bundle, an
        approval under that of its rotation.
        """
        said = self.said
        if isinstance(said, Release | Withdrawal):
            return said.id
        if isinstance(said, Rotation):
            return f"{NAMESPACE}{said.namespace}"
        if isinstance(said, Status):
            return STATUS_ID
        if isinstance(said, Revocation) and said.target == "key":
            return f"{KEY}{said.digest.hex()}"
        if isinstance(said, Revocation) and said.target in ("certificate", "evaluation"):
            return f"{AUTHORITY}{self.signer.hex()}"
        return ""


def hear(data: bytes) -> Heard:
    """Return the statement in `data`, its signature not verified.

    Raises AdmissionRefused SIG_INVALID for what is no statement of a known kind.
    """
    try:
        claimed = cose.peek(data)
        signer = claimed.kid or x509.fingerprint_of(claimed.chain[0])
        return Heard(data, digest(data), claimed.kind, read(data, claimed), claimed.kid, signer)
    except SemperError as error:
        raise AdmissionRefused("SIG_INVALID", error.message, evidence=data) from None

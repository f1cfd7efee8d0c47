"""The evidence of a deal: a hash chain of who sent what in which step, checkable by a stranger (DESIGN §6). Pure.

The chain holds salted digests only, so a message can be erased later and the rest of the chain still checks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated

VERSION = 1
SALT = 16
_DIGEST_DOMAIN = b"semper/evidence-digest/1"
_HASH_DOMAIN = b"semper/evidence/1"


class Evidence(Record, frozen=True):
    """One link: message `digest` of `role` in `step`, chained to the link before."""

    version: int
    deal: bytes  # D, 32 bytes
    label: bytes  # L, 32 bytes, or b"" outside an exchange
    seq: int  # from 1
    previous: bytes  # SHA-256 of the link before; 32 zero bytes for the first
    role: str  # who sent the message
    step: str  # the step of the terms, or a name of the deal's own preparations
    digest: bytes  # salted SHA-256 of the exact bytes sent
    signature: bytes | None = None


class Exhibit(Record, frozen=True):
    """A link with the exact bytes it is about; `message` and `salt` are None once they are erased."""

    evidence: Evidence
    message: bytes | None = None
    salt: bytes | None = None


class EvidenceHead(Record, frozen=True):
    """Where a chain ends: how many links, and the hash of the last (32 zero bytes for an empty chain)."""

    seq: int
    hash: bytes


EMPTY = EvidenceHead(0, bytes(32))


def message_digest(salt: bytes, message: bytes) -> bytes:
    """Return the salted digest of `message`; `salt` has 16 bytes."""
    return hashlib.sha256(_DIGEST_DOMAIN + salt + message).digest()


def link_hash(evidence: Evidence) -> bytes:
    """Return the hash that the next link names as `previous`."""
    return hash_of_encoded(encode(evidence))


def hash_of_encoded(link: bytes) -> bytes:
    """Return the hash of a link from its encoding."""
    return hashlib.sha256(_HASH_DOMAIN + link).digest()


def linked(
    head: EvidenceHead, deal: bytes, label: bytes, role: str, step: str, digest: bytes, signature: bytes | None
) -> Evidence:
    """Return the link that comes after `head`."""
    return Evidence(VERSION, deal, label, head.seq + 1, head.hash, role, step, digest, signature)


def verify_chain(deal: bytes, exhibits: Sequence[Exhibit], head: EvidenceHead | None = None) -> EvidenceHead:
    """Return the head of the chain if every link fits; `head`, if given, must be one the chain passes through.

    Raises PeerDeviated (EVIDENCE_INVALID) naming the first link that does not fit. Only the last link's own fields
    are unprotected by a later link: give a `head` from elsewhere, or check the messages' signatures, to cover it.
    """
    now, passed = EMPTY, head in (None, EMPTY)
    for exhibit in exhibits:
        _check_link(deal, now, exhibit)
        now = EvidenceHead(exhibit.evidence.seq, link_hash(exhibit.evidence))
        passed = passed or now == head
    if not passed:
        raise PeerDeviated(
            "EVIDENCE_INVALID",
            f"cannot accept the evidence: it does not pass through the named head at {head and head.seq}",
        )
    return now


def _check_link(deal: bytes, now: EvidenceHead, exhibit: Exhibit) -> None:
    link = exhibit.evidence
    faults = {
        "its version is unknown": link.version != VERSION,
        "it is about another deal": link.deal != deal,
        "its number is out of order": link.seq != now.seq + 1,
        "it does not follow the link before": link.previous != now.hash,
        "message and salt must be erased together": (exhibit.message is None) != (exhibit.salt is None),
        "its message was changed": not _message_fits(exhibit),
    }
    for fault, found in faults.items():
        if found:
            where = f"link {now.seq + 1} ({link.role}, {link.step})"
            raise PeerDeviated("EVIDENCE_INVALID", f"cannot accept the evidence at {where}: {fault}")


def _message_fits(exhibit: Exhibit) -> bool:
    if exhibit.message is None or exhibit.salt is None:
        return True
    return len(exhibit.salt) == SALT and message_digest(exhibit.salt, exhibit.message) == exhibit.evidence.digest

"""What publishers, authorities and repositories sign about bundles: COSE_Sign1 over deterministic CBOR.

Statements travel beside the archive, named by the SHA-256 of their signed bytes, so an evaluation can come later.
Positive ones (release, evaluation) are shown by whoever wants something; the negative ones (withdrawal,
revocation, rotation and its approval) count only as the complete list that a repository signs as its status.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from hashlib import sha256
from typing import Final, NamedTuple, TypeVar

from semper_host.model.encoding import MalformedEncoding, Record, encode
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.model.grants import Grant
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.cose import Certified
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose, TrustedRoot

RELEASE, EVALUATION, WITHDRAWAL, ROTATION = "release", "evaluation", "withdrawal", "rotation"
ROTATION_APPROVAL, REVOCATION, STATUS = "rotation-approval", "revocation", "status"
NEGATIVE: Final = frozenset({WITHDRAWAL, ROTATION, ROTATION_APPROVAL, REVOCATION})
"""The kinds whose complete list a status is."""
MAX_STATEMENT = 64 * 1024
"""The most bytes that a statement may have, certificates included; a status may have MAX_STATUS."""
MAX_STATUS = 2 * 1024 * 1024
ROTATION_DELAY = 7 * 86_400
"""Seconds after which a rotation takes effect that nobody countersigned: the time to object to a thief's."""

EVALUATION_TARGET, CERTIFICATE_TARGET, KEY_TARGET, BUNDLE_TARGET = "evaluation", "certificate", "key", "bundle"
SUPERSEDED, CEASED = "superseded", "ceased"
"""Reasons that leave alone what was logged before `since`; any other (such as "compromise") is retroactive."""


class Release(Record, frozen=True):
    """The publisher's word that the archive of digest `subject` is `version` of bundle `id`, said at `at` (seconds).

    The last one of an id is its publisher's head: by number and predecessor it says that no other came before it.
    """

    subject: bytes  # SHA-256 of the archive
    id: str
    version: str
    kind: str
    at: int
    sequence: int = 0  # counts the releases of this id, from 0
    previous: bytes = b""  # SHA-256 of the id's previous signed release, b"" for the first


class Evaluation(Record, frozen=True):
    """An authority's word that the archive of digest `subject` may be given `grants`, judged by its `policy`.

    `conditions` are sentences for people. Valid from `not_before` until before `not_after`, seconds since 1970.
    """

    subject: bytes
    policy: str
    grants: tuple[Grant, ...]
    conditions: tuple[str, ...]
    not_before: int
    not_after: int
    at: int


class Withdrawal(Record, frozen=True):
    """The publisher's word that the archive of digest `subject` is no longer offered; running deals finish."""

    id: str
    subject: bytes
    reason: str
    at: int


class Rotation(Record, frozen=True):
    """The word of key `old` that `namespace` passes to key `new` at `effective`; `recovery` may approve the next one.

    `old` and `new` may be the same key, to name a recovery key. Not before `at` + ROTATION_DELAY, unless approved.
    """

    namespace: str
    old: bytes  # Ed25519, 32 bytes
    new: bytes
    recovery: bytes | None = None
    at: int = 0
    effective: int = 0


class RotationApproval(Record, frozen=True):
    """The word of a recovery key or a certified authority that the rotation of this digest is in order."""

    rotation: bytes  # SHA-256 of the signed rotation
    at: int


class Revocation(Record, frozen=True):
    """The word that what `target` and `digest` name is not to be relied on, from `since` on (seconds).

    `target` is "evaluation" (SHA-256 of the signed statement), "certificate" (SHA-256 of its SubjectPublicKeyInfo),
    "key" (Ed25519 public key) or "bundle" (SHA-256 of the archive).
    """

    target: str
    digest: bytes
    since: int
    reason: str
    at: int

    @property
    def retroactive(self) -> bool:
        """Say whether also what was logged before `since` is void: a stolen key may have signed any of it."""
        return self.reason not in (SUPERSEDED, CEASED)


class Status(Record, frozen=True):
    """A repository's word: these are all negative statements among the first `size` entries of its log.

    `times` says of each when a quorum of witnesses had first seen it, in the same order (the order of the log). `note`:
    the cosigned checkpoint of just that size.
    """

    size: int
    root: bytes
    at: int
    statements: tuple[bytes, ...]
    times: tuple[int, ...] = ()
    note: bytes = b""


KINDS: dict[type[Record], str] = {
    Release: RELEASE, Evaluation: EVALUATION, Withdrawal: WITHDRAWAL, Rotation: ROTATION,
    RotationApproval: ROTATION_APPROVAL, Revocation: REVOCATION, Status: STATUS,
}  # fmt: skip
"""What each kind of statement is called in its content type and in the log."""
S = TypeVar("S", bound=Record)


class Spoken(NamedTuple):
    """Who signed a statement: the Ed25519 key, or b"" and who is certified."""

    key: bytes
    certified: Certified | None


def digest(data: bytes) -> bytes:
    """Return the identity of an archive or a statement: the SHA-256 of its bytes."""
    return sha256(data).digest()


def sign(statement: Record, key: SigningKey | CertifiedKey) -> bytes:
    """Return the signed statement: by a bare key (publishers, recovery keys, status keys) or a certified one."""
    kind = KINDS[type(statement)]
    if isinstance(key, SigningKey):
        return cose.sign1(encode(statement), kind, key)
    return cose.sign1_certified(encode(statement), kind, key)


def open_by(data: bytes, kind: type[S], public: bytes) -> S:
    """Return the statement if the Ed25519 key `public` signed it as one of `kind`. Raises AdmissionRefused SIG_*."""
    _check_size(data, "SIG_INVALID", MAX_STATUS if kind is Status else MAX_STATEMENT)
    try:
        return kind.decode(cose.open1(data, KINDS[kind], public))
    except SemperError as error:
        raise _as_refusal(error, data) from None


def open_spoken(
    data: bytes, kind: type[S], roots: Sequence[TrustedRoot], at: int, purposes: Iterable[Purpose] = (Purpose.EVALUATE,)
) -> tuple[S, Spoken]:
    """Return the statement and who signed it: the key it names, somebody certified for one of `purposes` at the time
    `at`, or a root itself. Whether that one may say it is the caller's to judge.

    Raises AdmissionRefused SIG_*, CHAIN_*.
    """
    _check_size(data, "SIG_INVALID")
    try:
        claimed = cose.peek(data)
        if claimed.kid:
            return open_by(data, kind, claimed.kid), Spoken(claimed.kid, None)
        certified = _open_certified(data, claimed.chain, KINDS[kind], roots, at, purposes)
        return kind.decode(certified.payload), Spoken(b"", certified)
    except SemperError as error:
        raise _as_refusal(error, data) from None


def sign_release(release: Release, key: SigningKey) -> bytes:
    """Return the release signed by the publisher."""
    return sign(release, key)


def open_release(data: bytes, publisher: bytes) -> Release:
    """Return the release that the key `publisher` signed. Raises AdmissionRefused RELEASE_MISSING, RELEASE_INVALID."""
    if not data:
        raise AdmissionRefused("RELEASE_MISSING", "cannot accept the bundle: its release statement is missing")
    _check_size(data, "RELEASE_INVALID")
    try:
        return Release.decode(cose.open1(data, RELEASE, publisher))
    except SemperError as error:
        cause = f"cannot accept the release: {error.message}"
        raise AdmissionRefused("RELEASE_INVALID", cause, evidence=data) from None


def sign_evaluation(evaluation: Evaluation, key: CertifiedKey) -> bytes:
    """Return the evaluation signed by the authority, with its certificate chain."""
    return sign(evaluation, key)


def open_evaluation(data: bytes, roots: Sequence[TrustedRoot], at: int) -> tuple[Evaluation, Certified]:
    """Return the evaluation and who signed it: somebody certified to evaluate, at the time `at`, under one of `roots`.

    The evaluation's own validity is the caller's to check. Raises AdmissionRefused EVAL_INVALID or CHAIN_*.
    """
    _check_size(data, "EVAL_INVALID")
    try:
        certified = cose.open1_certified(data, EVALUATION, Purpose.EVALUATE, roots, at)
        return Evaluation.decode(certified.payload), certified
    except AdmissionRefused:
        raise
    except SemperError as error:
        cause = f"cannot accept the evaluation: {error.message}"
        raise AdmissionRefused("EVAL_INVALID", cause, evidence=data) from None


def _open_certified(
    data: bytes, chain: Sequence[bytes], kind: str, roots: Sequence[TrustedRoot], at: int, purposes: Iterable[Purpose]
) -> Certified:
    if len(chain) == 1 and any(root.certificate == chain[0] for root in roots):
        return cose.open1_by_root(data, kind, roots)
    refusal = AdmissionRefused("CHAIN_PURPOSE", "cannot trust the certificate chain: it is for no purpose asked")
    for purpose in purposes:
        try:
            return cose.open1_certified(data, kind, purpose, roots, at)
        except AdmissionRefused as error:
            refusal = error
    raise refusal


def _as_refusal(error: SemperError, data: bytes) -> AdmissionRefused:
    """Return a fault in a statement as a refusal with a code of its own stage."""
    code = "SIG_INVALID" if isinstance(error, MalformedEncoding) else error.code
    return AdmissionRefused(code, error.message, evidence=data)


def _check_size(data: bytes, code: str, most: int = MAX_STATEMENT) -> None:
    if len(data) > most:
        raise AdmissionRefused(code, f"cannot accept the statement: it is larger than {most} bytes")

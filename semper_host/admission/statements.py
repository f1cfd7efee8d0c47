"""Release and evaluation: what a publisher and an authority sign about one bundle, named by the digest of its bytes.

Both are COSE_Sign1 over deterministic CBOR and travel beside the archive, so an evaluation can come later.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256

from semper_host.model.encoding import Record, encode
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.model.grants import Grant
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.cose import Certified
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose, TrustedRoot

RELEASE, EVALUATION = "release", "evaluation"
MAX_STATEMENT = 64 * 1024
"""The most bytes that a release or an evaluation may have, certificates included."""


class Release(Record, frozen=True):
    """The publisher's word that the archive of digest `subject` is `version` of bundle `id`, said at `at` (seconds)."""

    subject: bytes  # SHA-256 of the archive
    id: str
    version: str
    kind: str
    at: int


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


def digest(data: bytes) -> bytes:
    """Return the identity of an archive or a statement: the SHA-256 of its bytes."""
    return sha256(data).digest()


def sign_release(release: Release, key: SigningKey) -> bytes:
    """Return the release signed by the publisher."""
    return cose.sign1(encode(release), RELEASE, key)


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
    return cose.sign1_certified(encode(evaluation), EVALUATION, key)


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


def _check_size(data: bytes, code: str) -> None:
    if len(data) > MAX_STATEMENT:
        raise AdmissionRefused(code, f"cannot accept the statement: it is larger than {MAX_STATEMENT} bytes")

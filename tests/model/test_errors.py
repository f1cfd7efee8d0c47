"""Errors: stable codes, one remedy each, and blame that travels."""

from __future__ import annotations

import pickle
import re

import pytest

from semper_host.model.error_codes import CODES, Blame, Stage, stage_of
from semper_host.model.errors import PeerDeviated, SemperError, Unavailable


def test_every_code_is_upper_case_and_has_a_remedy_in_a_sentence() -> None:
    for code, row in CODES.items():
        assert re.fullmatch(r"[A-Z][A-Z0-9_]+", code)
        assert isinstance(row.blame, Blame)
        assert row.remedy.endswith(".") and len(row.remedy) > 15, code


def test_an_error_knows_its_blame_and_whether_to_try_again() -> None:
    error = Unavailable("PEER_UNREACHABLE", "cannot reach the bank: no answer in time")
    assert (error.blame, error.retryable) == (Blame.NETWORK, True)
    assert str(error) == "cannot reach the bank: no answer in time"


def test_an_unknown_code_is_a_fault_of_ours() -> None:
    with pytest.raises(KeyError):
        SemperError("NO_SUCH_CODE", "cannot be")


def test_an_error_survives_pickling_with_its_evidence() -> None:
    error = pickle.loads(pickle.dumps(PeerDeviated("SIG_INVALID", "cannot accept", evidence=b"bytes")))
    assert (type(error), error.code, error.evidence) == (PeerDeviated, "SIG_INVALID", b"bytes")


@pytest.mark.parametrize(
    ("code", "stage"),
    [
        ("ARCHIVE_INVALID", Stage.ARCHIVE),
        ("MANIFEST_FILES", Stage.MANIFEST),
        ("SIG_INVALID", Stage.SIGNATURE),
        ("CHAIN_REVOKED", Stage.CHAIN),
        ("NAMESPACE_OWNER", Stage.RELEASE),
        ("ANCHOR_MISSING", Stage.ANCHOR),
        ("ROLLBACK", Stage.ANCHOR),
        ("FREEZE", Stage.ANCHOR),
        ("LOG_EQUIVOCATION", Stage.LOG),
        ("STATUS_STALE", Stage.REVOCATION),
        ("WITHDRAWN", Stage.REVOCATION),
        ("REVOKED_KEY", Stage.REVOCATION),
        ("EVAL_EXPIRED", Stage.EVALUATION),
        ("GRANT_QUORUM", Stage.GRANT),
        ("BACKEND_FAILED", Stage.OTHER),
    ],
)
def test_a_refusal_says_how_far_a_bundle_got(code: str, stage: Stage) -> None:
    assert stage_of(code) == SemperError(code, "cannot").stage == stage


def test_every_stage_has_a_code() -> None:
    assert {stage_of(code) for code in CODES} == set(Stage)

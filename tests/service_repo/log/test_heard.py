"""What the log makes of each kind of statement: under which id, about what, by whom."""

from __future__ import annotations

from typing import Any

import pytest

from semper_host.admission.statements import (
    KINDS,
    Revocation,
    Rotation,
    RotationApproval,
    Status,
    Withdrawal,
    digest,
    sign,
)
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo.log.heard import hear
from tests.service_repo.conftest import refused

KEY = SigningKey.from_seed(b"k" * 32)
SUBJECT = bytes(range(32))


@pytest.mark.parametrize(
    ("said", "id", "subject"),
    [
        (Withdrawal("semper/ecash", SUBJECT, "old", 5), "semper/ecash", SUBJECT),
        (Rotation("semper", KEY.public, SUBJECT, None, 5, 5), "semper.namespace/semper", SUBJECT),
        (RotationApproval(SUBJECT, 5), "", SUBJECT),
        (Revocation("key", KEY.public, 0, "lost", 5), f"semper.key/{KEY.public.hex()}", KEY.public),
        (Revocation("bundle", SUBJECT, 0, "bad", 5), "", SUBJECT),
        (Revocation("evaluation", SUBJECT, 0, "bad", 5), f"semper.authority/{KEY.public.hex()}", SUBJECT),
        (Status(0, SUBJECT, 5, ()), "semper.status", b""),
    ],
)
def test_each_kind_of_statement_has_its_place_in_the_log(said: Any, id: str, subject: bytes) -> None:
    data = sign(said, KEY)
    heard = hear(data)
    assert heard.own_id == id
    entry = heard.entry(id or "semper/ecash", 0, b"")
    assert (entry.kind, entry.subject, entry.statement) == (KINDS[type(said)], subject, digest(data))
    assert (entry.signer, heard.key, heard.said) == (KEY.public, KEY.public, said)


def test_what_is_no_statement_of_ours_is_not_entered() -> None:
    refused("SIG_INVALID", hear, b"junk")
    refused("SIG_INVALID", hear, cose.sign1(b"\xa0", "offer", KEY))
    refused("SIG_INVALID", hear, cose.sign1(b"\xa0", "head", KEY))

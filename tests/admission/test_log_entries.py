"""Entries of the log: what they say of a statement, how one follows another, and what is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from semper_host.admission.log_entries import LogEntry, check_next, id_of, make_entry, open_entry
from semper_host.admission.statements import (
    Head,
    Revocation,
    Rotation,
    RotationApproval,
    Status,
    Withdrawal,
    digest,
    sign,
)
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey

KEY = SigningKey.from_seed(b"k" * 32)
SUBJECT = bytes(range(32))
WITHDRAWN = sign(Withdrawal("semper/ecash", SUBJECT, "old", 5), KEY)


def refused(code: str, call: Any, *arguments: Any) -> AdmissionRefused:
    with pytest.raises(AdmissionRefused) as caught:
        call(*arguments)
    assert caught.value.code == code, caught.value.message
    return caught.value


def test_an_entry_says_what_statement_by_whom_about_what(world: Any) -> None:
    archive = world.bundle()
    release = world.release(archive)
    entry = make_entry(release, "semper/ecash", 0, b"")
    assert (entry.kind, entry.subject, entry.signer) == ("release", digest(archive), world.publisher.public)
    assert (entry.statement, entry.format) == (digest(release), 1)
    evaluated = make_entry(world.evaluation(archive), "semper/ecash", 1, entry.leaf_hash)
    assert (evaluated.kind, evaluated.subject) == ("evaluation", digest(archive))
    assert evaluated.signer == world.evaluator.leaf.fingerprint
    assert open_entry(evaluated.leaf) == evaluated


@pytest.mark.parametrize(
    ("said", "id", "subject"),
    [
        (Head("semper/ecash", 0, SUBJECT, ("1.0.0",), 5), "semper/ecash", SUBJECT),
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
    assert id_of(data) == id
    assert make_entry(data, "x", 0, b"").subject == subject


def test_what_is_no_statement_of_ours_is_not_entered() -> None:
    refused("SIG_INVALID", make_entry, b"junk", "a", 0, b"")
    refused("SIG_INVALID", make_entry, cose.sign1(b"\xa0", "offer", KEY), "a", 0, b"")
    with pytest.raises(SemperError):
        id_of(cose.sign1(b"\xa0", "head", KEY))


GOOD = make_entry(WITHDRAWN, "semper/ecash", 0, b"")


@pytest.mark.parametrize(
    "changes",
    [
        {"format": 2},
        {"sequence": -1},
        {"sequence": 1},
        {"previous": SUBJECT},
        {"previous": b"short", "sequence": 1},
        {"kind": "offer"},
        {"subject": b"short"},
        {"statement": b""},
        {"signer": b""},
        {"id": "x" * 2000},
    ],
)
def test_an_entry_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    assert open_entry(GOOD.leaf) == GOOD
    refused("LOG_INVALID", open_entry, msgspec.structs.replace(GOOD, **changes).leaf)


def test_an_entry_has_one_spelling() -> None:
    plain = GOOD.to_map()
    del plain[0]  # the format, which has a default
    refused("LOG_INVALID", open_entry, encode(plain))
    refused("LOG_INVALID", open_entry, GOOD.leaf + b"\x00")
    refused("LOG_INVALID", open_entry, b"")


def following(last: LogEntry, **changes: Any) -> LogEntry:
    good = make_entry(WITHDRAWN, last.id, last.sequence + 1, last.leaf_hash)
    return msgspec.structs.replace(good, **changes)


def test_entries_of_an_id_follow_one_another() -> None:
    check_next(GOOD, None)
    second = following(GOOD)
    check_next(second, GOOD)
    check_next(following(second), second)


@pytest.mark.parametrize(
    "changes", [{"sequence": 0}, {"sequence": 2}, {"previous": SUBJECT}, {"previous": b""}, {"id": "semper/other"}]
)
def test_an_entry_left_out_or_put_in_twice_breaks_the_chain(changes: dict[str, Any]) -> None:
    broken = following(GOOD, **changes)
    assert refused("LOG_CHAIN", check_next, broken, GOOD).evidence == broken.leaf


def test_a_first_entry_has_nothing_before_it() -> None:
    refused("LOG_CHAIN", check_next, following(GOOD), None)

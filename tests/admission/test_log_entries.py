"""Entries of the log: what they say of a statement, how one follows another, and what is refused."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from semper_host.admission.log_entries import LogEntry, check_next, open_entry
from semper_host.admission.statements import Withdrawal, digest, sign
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo.log.heard import hear

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
    entry = hear(release).entry("semper/ecash", 0, b"")
    assert (entry.kind, entry.subject, entry.signer) == ("release", digest(archive), world.publisher.public)
    assert (entry.statement, entry.format) == (digest(release), 1)
    evaluated = hear(world.evaluation(archive)).entry("semper/ecash", 1, entry.leaf_hash)
    assert (evaluated.kind, evaluated.subject) == ("evaluation", digest(archive))
    assert evaluated.signer == world.evaluator.leaf.fingerprint
    assert open_entry(evaluated.leaf) == evaluated


GOOD = hear(WITHDRAWN).entry("semper/ecash", 0, b"")


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
    good = hear(WITHDRAWN).entry(last.id, last.sequence + 1, last.leaf_hash)
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

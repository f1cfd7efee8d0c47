"""Staples: what they prove, each way of tampering with one, and two notes that can't both be true."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from semper_host.admission.log_evidence import (
    MAX_ENTRIES,
    Equivocation,
    Proven,
    Staple,
    WitnessKey,
    check_consistent,
    origin_of,
    read_staple,
    verify_checkpoint,
    verify_staple,
)
from semper_host.admission.statements import Withdrawal, digest, sign
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic import signed_note
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.admission.log_world import LogWorld, consistency_proof

KEY = SigningKey.from_seed(b"k" * 32)
NOW = 1_800_000_000


def refused(code: str, call: Any, *arguments: Any) -> AdmissionRefused:
    with pytest.raises(AdmissionRefused) as caught:
        call(*arguments)
    assert caught.value.code == code, caught.value.message
    assert caught.value.message.startswith("cannot ")
    return caught.value


def said(number: int) -> bytes:
    return sign(Withdrawal(f"semper/b{number % 3}", bytes([number]) * 32, "old", NOW), KEY)


@pytest.fixture
def log() -> LogWorld:
    """A log of seven entries, one an hour."""
    log = LogWorld(NOW)
    for number in range(7):
        log.append(said(number), at=NOW + 3600 * number)
    return log


# --- what a staple proves


def test_a_staple_proves_its_entries_and_when_each_was_seen_first(log: LogWorld) -> None:
    logged = verify_staple(log.staple(said(0), said(3), said(6)), log.policy)
    assert set(logged.statements) == {digest(said(0)), digest(said(3)), digest(said(6))}
    assert logged.times == {digest(said(n)): NOW + 3600 * n for n in (0, 3, 6)}
    assert (logged.checkpoint.size, logged.at) == (7, NOW + 3600 * 6)


def test_without_an_earlier_checkpoint_an_entry_counts_from_the_present_one(log: LogWorld) -> None:
    logged = verify_staple(log.staple(said(0), first=False), log.policy)
    assert logged.times == {digest(said(0)): NOW + 3600 * 6}


@pytest.mark.parametrize(("cosigned", "complete"), [((0, 1, 2), 20), ((2, 0), 30), ((2, 1), 30), ((1, 0), 20)])
def test_the_time_is_that_at_which_the_quorum_was_complete(
    log: LogWorld, cosigned: tuple[int, ...], complete: int
) -> None:
    note = signed_note.parse(log.checkpoint(witnesses=()))
    lines = [signed_note.cosign(note.text, w.name, w.key, 10 * (n + 1)) for n, w in enumerate(log.witnesses)]
    signed = note._replace(signatures=(*note.signatures, *(lines[n] for n in cosigned)))
    assert verify_checkpoint(signed.encode(), log.policy).at == complete


@pytest.mark.parametrize("liar", [0, 1, 2])
def test_one_dishonest_witness_can_not_move_the_time_back(log: LogWorld, liar: int) -> None:
    note = signed_note.parse(log.checkpoint(witnesses=()))
    times = [0 if n == liar else 1000 for n in range(3)]
    lines = [signed_note.cosign(note.text, w.name, w.key, at) for w, at in zip(log.witnesses, times, strict=True)]
    signed = note._replace(signatures=(*note.signatures, *lines))
    assert verify_checkpoint(signed.encode(), log.policy).at == 1000


def test_a_staple_survives_encoding(log: LogWorld) -> None:
    staple = log.staple(said(1), head=said(2))
    assert read_staple(encode(staple)) == staple
    assert origin_of(staple) == log.origin


# --- what is refused


def test_no_staple_says_what_is_missing() -> None:
    refused("LOG_MISSING", read_staple, b"")
    refused("LOG_INVALID", read_staple, b"\x00")


def test_every_changed_byte_of_a_staple_is_refused_or_costs_a_cosignature_too_many(log: LogWorld) -> None:
    log.witnesses = log.witnesses[:2]  # a quorum and not one more: there is none too many
    staple = msgspec.structs.replace(log.staple(said(2)), status=b"")
    data, policy = encode(staple), log.policy
    for at in range(len(data)):
        changed = data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :]
        with pytest.raises(AdmissionRefused) as caught:
            if verify_staple(read_staple(changed), policy) == verify_staple(staple, policy):
                break  # only head, anchor and status follow, which others judge
        assert caught.value.code in ("LOG_INVALID", "LOG_QUORUM"), at
    assert at > len(data) - 5


@pytest.mark.parametrize(
    "changes",
    [
        {"index": 3},
        {"index": -1},
        {"index": 7},
        {"proof": ()},
        {"entry": b""},
        {"first": b"junk"},
        {"first_proof": ()},
    ],
)
def test_a_proof_for_another_place_is_refused(log: LogWorld, changes: dict[str, Any]) -> None:
    proven = msgspec.structs.replace(log.proven(said(2)), **changes)
    refused("LOG_INVALID", verify_staple, Staple(log.checkpoint(), (proven,)), log.policy)


def test_an_earlier_checkpoint_counts_only_with_a_quorum_of_its_own(log: LogWorld) -> None:
    proven = log.proven(said(2))
    alone = log.checkpoint(3, NOW, witnesses=log.witnesses[:1])
    staple = Staple(log.checkpoint(), (msgspec.structs.replace(proven, first=alone),))
    refused("LOG_QUORUM", verify_staple, staple, log.policy)


def test_an_earlier_checkpoint_of_the_same_size_with_another_root_is_equivocation(log: LogWorld) -> None:
    other = log.checkpoint(root=bytes(32))
    staple = Staple(log.checkpoint(), (msgspec.structs.replace(log.proven(said(2)), first=other),))
    evidence = Equivocation.decode(refused("LOG_EQUIVOCATION", verify_staple, staple, log.policy).evidence)
    assert {evidence.one, evidence.other} == {other, log.checkpoint()}


def test_a_log_that_another_key_signed_is_refused(log: LogWorld) -> None:
    refused("LOG_INVALID", verify_checkpoint, log.checkpoint(key=KEY), log.policy)
    foreign = LogWorld(NOW, origin="log.example/other")
    refused("LOG_INVALID", verify_checkpoint, foreign.checkpoint(), log.policy)


def test_too_few_witnesses_are_no_quorum(log: LogWorld) -> None:
    one, two, three = log.witnesses
    for cosigners in ((), (one,), (three,), (one, one)):
        refused("LOG_QUORUM", verify_checkpoint, log.checkpoint(witnesses=cosigners), log.policy)
    for cosigners in ((one, two), (two, three), (three, one)):
        assert verify_checkpoint(log.checkpoint(witnesses=cosigners), log.policy).checkpoint.size == 7


def test_strangers_and_a_witness_under_two_names_add_nothing_to_a_quorum(log: LogWorld) -> None:
    one = log.witnesses[0]
    stranger, again = one._replace(name="stranger", key=KEY), one._replace(name="again")
    refused("LOG_QUORUM", verify_checkpoint, log.checkpoint(witnesses=(one, stranger)), log.policy)
    twice = msgspec.structs.replace(log.policy, witnesses=(*log.policy.witnesses, WitnessKey("again", one.key.public)))
    refused("LOG_QUORUM", verify_checkpoint, log.checkpoint(witnesses=(one, again)), twice)


@pytest.mark.parametrize("quorum", [0, -1, 4])
def test_a_quorum_that_nobody_or_more_than_all_can_reach_is_never_reached(log: LogWorld, quorum: int) -> None:
    policy = msgspec.structs.replace(log.policy, quorum=quorum)
    refused("LOG_QUORUM", verify_checkpoint, log.checkpoint(), policy)


def test_more_entries_than_allowed_are_refused_before_they_are_verified(log: LogWorld) -> None:
    many = Staple(log.checkpoint(), (Proven(b"", 0, ()),) * (MAX_ENTRIES + 1))
    assert "more than" in refused("LOG_INVALID", verify_staple, many, log.policy).message


def test_two_entries_in_one_place_of_an_id_break_its_chain(log: LogWorld) -> None:
    second = log.entered[3]
    assert (second.entry.id, second.entry.sequence) == ("semper/b0", 1)
    twin = msgspec.structs.replace(second.entry, statement=bytes(32))
    log.entered.append(second._replace(entry=twin, data=b"twin"))
    refused("LOG_CHAIN", verify_staple, log.staple(said(3), b"twin"), log.policy)


def test_an_entry_that_names_another_predecessor_breaks_the_chain(log: LogWorld) -> None:
    wrong = msgspec.structs.replace(log.entered[3].entry, previous=bytes(32))
    log.entered[3] = log.entered[3]._replace(entry=wrong)
    refused("LOG_CHAIN", verify_staple, log.staple(said(0), said(3)), log.policy)
    assert verify_staple(log.staple(said(3)), log.policy).statements  # alone, nothing contradicts it: auditors do


# --- two histories


def test_two_roots_of_one_size_convict_the_log_with_both_notes(log: LogWorld) -> None:
    one, other = log.checkpoint(), log.checkpoint(root=bytes(32))
    evidence = Equivocation.decode(refused("LOG_EQUIVOCATION", check_consistent, one, other, log.policy).evidence)
    assert evidence == Equivocation(log.origin, one, other)
    check_consistent(one, log.checkpoint(witnesses=()), log.policy)


def test_a_history_that_does_not_grow_out_of_the_other_convicts_the_log(log: LogWorld) -> None:
    proof = consistency_proof(log.hashes, 4)
    check_consistent(log.checkpoint(4), log.checkpoint(), log.policy, proof)
    check_consistent(log.checkpoint(), log.checkpoint(4), log.policy, proof)
    forged = log.checkpoint(4, root=bytes(32))
    refused("LOG_EQUIVOCATION", check_consistent, forged, log.checkpoint(), log.policy, proof)
    check_consistent(forged, log.checkpoint(), log.policy)  # without a proof there is nothing to compare


def test_nobody_else_can_convict_a_log(log: LogWorld) -> None:
    forged = log.checkpoint(root=bytes(32), key=KEY)
    refused("LOG_INVALID", check_consistent, log.checkpoint(), forged, log.policy)

"""Namespaces: who owns one, how it passes on, what a thief of its key can do, and names that look alike."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semper_host.admission.lineage import (
    Approval,
    Lineage,
    Move,
    Owner,
    check_look_alike,
    check_owner,
    first_of,
    skeleton,
    trace,
)
from semper_host.admission.statements import ROTATION_DELAY, Rotation
from semper_host.model.errors import AdmissionRefused

A, B, C, THIEF, RECOVERY = (letter * 32 for letter in (b"a", b"b", b"c", b"t", b"r"))
WEEK = ROTATION_DELAY
NOW = 1_000_000


def move(
    old: bytes, new: bytes, logged: int, *approvals: Approval, effective: int = 0, recovery: bytes | None = None
) -> Move:
    return Move(Rotation("semper", old, new, recovery, logged, effective), logged, approvals)


def owner(*moves: Move, at: int, revoked: dict[bytes, int] | None = None) -> bytes:
    return trace(A, moves, revoked or {}, at).current.key


def test_a_namespace_stays_with_its_first_key() -> None:
    assert trace(A, (), {}, NOW) == Lineage((Owner(A, 0, b""),))
    assert first_of(()) is None
    assert first_of([move(A, B, 1)]) == A


def test_a_rotation_takes_effect_after_the_delay_from_when_it_was_logged() -> None:
    passed = move(A, B, NOW, effective=0)  # whatever earlier time it claims
    assert owner(passed, at=NOW + WEEK - 1) == A
    assert owner(passed, at=NOW + WEEK) == B
    later = move(A, B, NOW, effective=NOW + 2 * WEEK)
    assert owner(later, at=NOW + 2 * WEEK - 1) == A
    assert owner(later, at=NOW + 2 * WEEK) == B


def test_a_certified_authority_lets_a_rotation_take_effect_at_once() -> None:
    passed = move(A, B, NOW, Approval(b"", NOW + 10))
    assert owner(passed, at=NOW + 9) == A
    assert owner(passed, at=NOW + 10) == B


def test_a_recovery_key_approves_only_once_it_was_named_for_long_enough() -> None:
    named = move(A, A, NOW, recovery=RECOVERY)
    early = move(A, B, NOW + 5, Approval(RECOVERY, NOW + 6))
    assert owner(named, early, at=NOW + WEEK - 1) == A  # a thief could have named it
    late = move(A, B, NOW + WEEK + 5, Approval(RECOVERY, NOW + WEEK + 6))
    assert owner(named, late, at=NOW + WEEK + 6) == B
    assert trace(A, [named, late], {}, NOW + 2 * WEEK).current == Owner(B, NOW + WEEK + 6, RECOVERY)


def test_an_approval_by_any_other_key_is_none() -> None:
    passed = move(A, B, NOW, Approval(THIEF, NOW), Approval(A, NOW), Approval(B, NOW))
    assert owner(passed, at=NOW + WEEK - 1) == A


def test_the_owner_outruns_a_thief_with_an_approved_rotation() -> None:
    stolen = move(A, THIEF, NOW)
    rescued = move(A, B, NOW + 100, Approval(b"", NOW + 200))
    assert owner(stolen, rescued, at=NOW + 3 * WEEK) == B
    assert owner(stolen, at=NOW + WEEK) == THIEF  # nobody objected in time


def test_revoking_the_key_stops_a_thiefs_rotation_but_not_an_approved_one() -> None:
    stolen, rescued = move(A, THIEF, NOW), move(A, B, NOW + 2 * WEEK, Approval(b"", NOW + 2 * WEEK))
    revoked = {A: NOW + WEEK - 1}
    assert owner(stolen, at=NOW + 3 * WEEK, revoked=revoked) == A
    assert owner(stolen, rescued, at=NOW + 3 * WEEK, revoked=revoked) == B
    assert owner(stolen, at=NOW + 3 * WEEK, revoked={A: NOW + WEEK}) == THIEF  # too late


def test_of_two_rotations_of_one_key_the_first_in_effect_wins() -> None:
    first, second = move(A, B, NOW), move(A, C, NOW + 10)
    assert owner(first, second, at=NOW + 2 * WEEK) == B


def test_only_the_owner_of_the_time_can_pass_a_namespace_on() -> None:
    foreign = move(THIEF, B, NOW)
    assert owner(foreign, at=NOW + 2 * WEEK) == A
    onwards = [move(A, B, NOW), move(B, C, NOW + 10)]
    assert owner(*onwards, at=NOW + WEEK + 9) == B
    assert owner(*onwards, at=NOW + WEEK + 10) == C
    again = [*onwards, move(A, THIEF, NOW + 2 * WEEK)]
    assert owner(*again, at=NOW + 9 * WEEK) == C  # a key that passed it on has no say any more


def test_a_namespace_may_come_back() -> None:
    assert owner(move(A, B, NOW), move(B, A, NOW + WEEK), at=NOW + 3 * WEEK) == A


def test_a_release_by_another_key_is_refused() -> None:
    lineage = trace(A, [move(A, B, NOW)], {}, NOW + WEEK)
    check_owner("semper", B, lineage)
    for key in (A, THIEF):
        with pytest.raises(AdmissionRefused) as caught:
            check_owner("semper", key, lineage)
        assert caught.value.code == "NAMESPACE_OWNER"


@given(st.lists(st.tuples(st.sampled_from([A, B, C]), st.sampled_from([A, B, C]), st.integers(0, 50)), max_size=8))
def test_every_history_ends_and_owners_follow_one_another_in_time(history: list[tuple[bytes, bytes, int]]) -> None:
    moves = [move(old, new, NOW + days * 86_400) for old, new, days in history]
    lineage = trace(A, moves, {}, NOW + 100 * WEEK)
    times = [each.since for each in lineage.owners]
    assert times == sorted(times)
    assert len(lineage.owners) <= len(moves) + 1


# --- look-alikes


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("semper", "sernper"),
        ("eurocom", "eur0com"),
        ("eurocom", "euroc0rn"),
        ("will", "wi11"),
        ("wallet", "vvallet"),
        ("bank-one", "bankone"),
        ("dock", "clock"),
        ("s2", "5z"),
    ],
)
def test_names_that_a_person_takes_for_one_another_have_one_skeleton(one: str, other: str) -> None:
    assert skeleton(one) == skeleton(other)
    with pytest.raises(AdmissionRefused) as caught:
        check_look_alike(other, THIEF, {one: A, "unlike": B})
    assert (caught.value.code, one in caught.value.message) == ("NAMESPACE_OWNER", True)
    check_look_alike(other, A, {one: A})  # its owner may hold it
    check_look_alike(one, THIEF, {one: A})  # who owns the name itself is another question


def test_names_that_differ_are_not_taken_for_one_another() -> None:
    check_look_alike("eurobank", THIEF, {"eurocom": A, "semper": B})

"""Keys that come and go, step by step: which sequences of roots, and which signatures of a role, a client follows.

With test_client.py the cases of TUF's conformance suite that concern a client. Not ours are those on artifacts in
folders, hash bins and graphs of delegations: an anchor has one delegation, of one name, and at most 20 targets.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import pytest
from tuf.api.metadata import DelegatedRole

from semper_host.supporting.anchor.client import MAX_ROTATIONS
from semper_host.supporting.anchor.state import STATUS_ROLE
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.supporting.anchor.simulated import DAY, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, Simulated, key
from tests.supporting.anchor.test_client import refused, version


class Step(NamedTuple):
    """A version: which keys it names (by number), how many must sign, and which did."""

    keys: str
    threshold: int
    signed: str

    def of(self, names: str) -> list[SigningKey]:
        return [key(f"key {name}") for name in names]


@pytest.fixture
def keeper() -> Simulated:
    return Simulated()


FOLLOWED = {
    "the key changes": (Step("1", 1, "1"), Step("2", 1, "21"), Step("2", 1, "2")),
    "strangers sign too": (Step("1", 1, "314"), Step("2", 1, "3214"), Step("2", 1, "324")),
    "any three of five": (Step("01234", 3, "024"), Step("01234", 3, "041"), Step("01234", 3, "013")),
    "one of five changes": (Step("01234", 3, "024"), Step("01345", 3, "041")),
    "one of five changes, in two steps": (
        Step("01234", 3, "024"), Step("01345", 3, "0245"), Step("01345", 3, "045"),
    ),
    "all five change": (Step("01234", 3, "024"), Step("56789", 3, "024567"), Step("56789", 3, "567")),
    "more must sign": (Step("123", 1, "1"), Step("123", 2, "12")),
    "fewer must sign": (Step("123", 2, "12"), Step("123", 1, "12"), Step("123", 1, "1")),
    "another key comes, and must sign": (Step("1", 1, "1"), Step("12", 2, "12")),
}  # fmt: skip
NOT_FOLLOWED = {
    "the old key did not sign": (Step("1", 1, "1"), Step("2", 1, "234")),
    "the new key did not sign": (Step("1", 1, "1"), Step("2", 1, "134")),
    "too few of the new": (Step("01234", 3, "024"), Step("01345", 3, "024")),
    "too few of the old": (Step("01234", 3, "024"), Step("01345", 3, "045")),
    "the higher threshold is not met": (Step("123", 1, "1"), Step("123", 2, "2")),
    "the lower threshold does not hold yet": (Step("123", 2, "12"), Step("123", 1, "1")),
    "one key signs twice": (Step("123", 2, "12"), Step("123", 2, "11")),
}


@pytest.mark.parametrize("case", [*FOLLOWED, *NOT_FOLLOWED])
def test_roots_are_followed_where_enough_of_the_old_and_of_the_new_keys_signed(keeper: Simulated, case: str) -> None:
    steps = FOLLOWED.get(case) or NOT_FOLLOWED[case]
    keeper.roots.clear()
    keeper[ROOT].version = 0
    for step in steps:
        keeper.rekey(ROOT, *step.of(step.keys), threshold=step.threshold)
        keeper.signers[ROOT] = step.of(step.signed)
        keeper.new_root()
    updated = keeper.update(keeper.trusted())
    if case in FOLLOWED:
        assert updated.require().root_version == len(steps)
        assert updated.state.root == keeper.roots[-1]
    else:
        assert refused(updated) == "ANCHOR_INVALID"
        assert updated.state.root == keeper.roots[-2]


SIGNED = {
    "its one key": (Step("2", 1, "2"), True),
    "strangers too": (Step("1", 1, "314"), True),
    "the key before": (Step("2", 1, "134"), False),
    "three, one of them a stranger": (Step("01345", 3, "024"), False),
    "two where three must": (Step("01345", 3, "04"), False),
    "some three of five": (Step("01234", 3, "024"), True),
    "another three of five": (Step("01234", 3, "234"), True),
}


@pytest.mark.parametrize("case", SIGNED)
@pytest.mark.parametrize("role", [TIMESTAMP, SNAPSHOT, TARGETS])
def test_role_counts_where_enough_of_the_keys_signed_that_the_newest_root_names(
    keeper: Simulated, role: str, case: str
) -> None:
    step, counts = SIGNED[case]
    state = keeper.update(keeper.trusted()).state
    keeper.rekey(role, *step.of(step.keys), threshold=step.threshold)
    keeper.signers[role] = step.of(step.signed)
    keeper.publish(ROOT)
    keeper.publish(role)
    updated = keeper.update(state)
    assert version(updated.state, ROOT) == 2
    if counts:
        assert updated.anchor is not None
        assert version(updated.state, role) == 2
    else:
        assert refused(updated) == "ANCHOR_INVALID"
        assert version(updated.state, role) == 1


def test_root_that_is_missing_on_the_way_ends_the_way(keeper: Simulated) -> None:
    keeper.publish(ROOT)
    keeper.publish(ROOT)
    keeper.files["2.root.json"] = None
    assert keeper.update(keeper.trusted()).require().root_version == 1
    assert "3.root.json" not in keeper.asked


def test_only_so_many_roots_are_followed_at_once_and_the_next_update_goes_on(keeper: Simulated) -> None:
    for _ in range(MAX_ROTATIONS + 1):
        keeper.publish(ROOT)
    first = keeper.update(keeper.trusted())
    assert version(first.state, ROOT) == MAX_ROTATIONS + 1
    assert version(keeper.update(first.state).state, ROOT) == MAX_ROTATIONS + 2


def test_status_that_has_ended_is_a_freeze_though_all_above_it_is_new(keeper: Simulated) -> None:
    keeper.expire(STATUS_ROLE, 7)
    keeper.publish(STATUS_ROLE)
    state = keeper.update(keeper.trusted()).state
    for role in (TIMESTAMP, SNAPSHOT, TARGETS):
        keeper.expire(role, 30)
    keeper.publish(SNAPSHOT, TARGETS)
    assert keeper.update(state, later=6 * DAY).anchor is not None
    assert refused(keeper.update(state, later=18 * DAY)) == "FREEZE"
    keeper.expire(STATUS_ROLE, 21)
    keeper.publish(STATUS_ROLE)
    assert keeper.update(state, later=18 * DAY).require().status == b"status 1"


@pytest.mark.parametrize("name", ["../../escape", "/etc/passwd", "a/b", "%2e%2e", "..", "timestamp", "root", "статус"])
def test_status_under_a_delegated_role_of_a_strange_name_harms_nothing(keeper: Simulated, name: str) -> None:
    """Role names become file names: whoever has the off-line keys must not choose where a client writes."""
    state = keeper.update(keeper.trusted()).state
    delegations = keeper[TARGETS].delegations
    assert delegations is not None
    role: DelegatedRole = delegations.roles.pop(STATUS_ROLE)
    role.name = name
    delegations.roles[name] = role
    keeper.publish(TARGETS)
    updated = keeper.update(state)
    assert refused(updated) in ("ANCHOR_INVALID", "ANCHOR_MISSING")
    assert updated.state.root == state.root
    assert json.loads(updated.state.timestamp)["signed"]["_type"] == TIMESTAMP


def test_role_that_delegates_to_itself_ends(keeper: Simulated) -> None:
    keeper[STATUS_ROLE].targets = {}
    keeper[STATUS_ROLE].delegations = keeper[TARGETS].delegations
    keeper.publish(STATUS_ROLE)
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_MISSING"

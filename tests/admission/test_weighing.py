"""Granted = requested ∩ evaluated ∩ allowed ∩ policy ∩ ceiling: taking positive evidence away never adds a right."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semper_host.admission.admit import examine
from semper_host.admission.ceiling import CEILING
from semper_host.admission.rights import WORDS
from semper_host.admission.trust import TrustPolicy, roots
from semper_host.admission.weighing import Weighed, covers, meet, weigh
from semper_host.host.explaining import explain
from semper_host.host.policy_editing import add_authority
from semper_host.model.grants import Capability, Grant
from semper_host.model.money import Money
from semper_host.supporting.cryptographic.x509 import Purpose

C = Capability
MONEY = st.builds(Money, st.integers(-5, 50), st.sampled_from(["EUR", "USD"]))
GRANTS = st.builds(
    Grant,
    st.sampled_from([C.ASK_BANK, C.COINS_HOLD, C.BANK_LEDGER, C.MONEY_PAY]),
    st.none() | MONEY,
    st.none() | st.integers(0, 5),
)
REQUESTS = """\
  - {capability: ask.bank, calls: 3, reason: a}
  - {capability: coins.hold, most: 0.40 EUR, reason: b}
  - {capability: bank.ledger, reason: c, optional: true}
  - {capability: money.pay, reason: d}
"""


def allowed(weighed: Weighed) -> list[Grant]:
    return [grant for ruling in weighed.rulings for grant in ruling.granted]


def within(narrow: list[Grant], wide: list[Grant]) -> bool:
    """Say whether each of the narrow grants is covered by one of the wide ones."""
    return all(any(covers(larger, grant) for larger in wide) for grant in narrow)


@given(GRANTS, GRANTS, GRANTS)
@settings(max_examples=400, deadline=None)
def test_meeting_grants_never_widens_and_does_not_depend_on_order(one: Grant, two: Grant, three: Grant) -> None:
    both = meet(one, two)
    assert both == meet(two, one)
    if both is not None:
        assert covers(one, both)
        assert covers(two, both)
        assert meet(both, both) == both
    left = meet(both, three) if both else None
    inner = meet(two, three)
    assert left == (meet(one, inner) if inner else None)


@pytest.fixture(scope="module")
def bundle(world: Any) -> Any:
    archive = world.bundle(REQUESTS)
    return archive, examine(archive, world.release(archive), world.now).manifest


@pytest.fixture(scope="module")
def evidence(world: Any, bundle: Any) -> Any:
    """Good, narrow, wide, expired, transplanted, forged and senseless evaluations, by two authorities."""
    archive, _ = bundle

    def hold(minor: int, currency: str = "EUR") -> Grant:
        return Grant(C.COINS_HOLD, most=Money(minor, currency))

    return [
        world.evaluation(archive, Grant(C.ASK_BANK, calls=2), hold(30)),
        world.evaluation(archive, Grant(C.ASK_BANK), hold(20), by=world.other.leaf),
        world.evaluation(archive, hold(50), hold(50, "USD"), Grant(C.MONEY_PAY)),
        world.evaluation(archive, Grant(C.BANK_LEDGER, calls=1)),
        world.evaluation(archive, Grant(C.BANK_LEDGER), ends=0),
        world.evaluation(archive, Grant(C.BANK_LEDGER), subject=bytes(32)),
        world.evaluation(archive, Grant(C.BANK_LEDGER), by=world.registrar.leaf),
        b"senseless",
    ]


@given(st.data())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_removing_positive_evidence_in_any_order_never_adds_a_right(
    world: Any, bundle: Any, evidence: Any, data: Any
) -> None:
    archive, manifest = bundle
    deny = data.draw(st.lists(st.sampled_from([C.ASK_BANK, C.COINS_HOLD, C.BANK_LEDGER]), max_size=1))
    grants = data.draw(st.lists(st.sampled_from(list(C)), min_size=4, unique=True))
    policy = world.policy(grants=tuple(grants), deny=tuple(deny))
    trusted = world.roots(policy)
    remaining = data.draw(st.permutations(evidence))
    subject = examine(archive, world.release(archive), world.now).digest
    before = allowed(weigh(manifest, subject, remaining, policy, trusted, world.now, CEILING))
    while remaining:
        remaining = remaining[1:]
        after = allowed(weigh(manifest, subject, remaining, policy, trusted, world.now, CEILING))
        assert within(after, before)
        before = after
    assert before == []


@given(st.sets(st.sampled_from(list(C))), st.sets(st.sampled_from(list(C))))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_allowing_an_authority_less_or_denying_more_never_adds_a_right(
    world: Any, bundle: Any, evidence: Any, allow: Any, deny: Any
) -> None:
    archive, manifest = bundle
    subject = examine(archive, world.release(archive), world.now).digest

    def granted(policy: TrustPolicy) -> list[Grant]:
        return allowed(weigh(manifest, subject, evidence, policy, world.roots(policy), world.now, CEILING))

    wide = granted(world.policy())
    less = granted(world.policy(grants=tuple(allow)))
    denied = granted(world.policy(grants=tuple(allow), deny=tuple(deny)))
    assert within(less, wide)
    assert within(denied, less)
    assert not {grant.capability for grant in denied} & deny


def test_the_order_of_evidence_does_not_matter(world: Any, bundle: Any, evidence: Any) -> None:
    archive, manifest = bundle
    subject = examine(archive, world.release(archive), world.now).digest
    policy = world.policy()
    found = {
        tuple(allowed(weigh(manifest, subject, order, policy, world.roots(policy), world.now, CEILING)))
        for order in permutations(evidence[:4])
    }
    assert len(found) == 1


def test_a_trusted_root_that_the_policy_does_not_name_may_vouch_for_nothing(
    world: Any, bundle: Any, evidence: Any
) -> None:
    archive, manifest = bundle
    root = world.evaluator.root.chain[0]
    policy, file = add_authority(TrustPolicy(), "Forgotten", root, [Purpose.EVALUATE], tuple(C))
    subject = examine(archive, world.release(archive), world.now).digest
    assert (
        allowed(weigh(manifest, subject, evidence, TrustPolicy(), roots(policy, {file: root}), world.now, CEILING))
        == []
    )


def test_explaining_says_who_vouched_what_is_missing_and_why_evidence_does_not_count(
    world: Any, bundle: Any, evidence: Any
) -> None:
    archive, manifest = bundle
    subject = examine(archive, world.release(archive), world.now).digest
    policy = world.policy(deny=(C.BANK_LEDGER,))
    lines = "\n".join(
        explain(manifest, weigh(manifest, subject, evidence, policy, world.roots(policy), world.now, CEILING))
    )
    assert "semper/ecash 1.0.0" in lines
    assert "evaluated by Evaluator One (vouched for by your root Evaluators)" in lines
    assert "may have coins made and be handed coins you approved (at most 0.40 EUR)" in lines
    assert "because Evaluator One, Evaluator Two vouches" in lines or "because Evaluator" in lines
    assert "it has expired" in lines
    assert "it is about another bundle" in lines
    assert "your policy denies it to everybody (it does without this: c)" in lines
    assert "this host gives it to no payment-system (it needs this: d)" in lines


def test_every_capability_has_words() -> None:
    assert set(WORDS) == set(Capability)

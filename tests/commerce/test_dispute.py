"""Disputes: only signatures convict; everything else is undecidable, and says what would decide it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from semper_host.commerce.dispute import NOBODY, Claim, ClaimKind, judge
from semper_host.commerce.evidence_file import Verified, read
from semper_host.commerce.evidence_proved import StepProved
from semper_host.model.errors import UsageError

NOT_DELIVERED = Claim("buyer", ClaimKind.NOT_DELIVERED)
CONTENT_FALSE = Claim("buyer", ClaimKind.CONTENT_FALSE)
NOT_PAID = Claim("seller", ClaimKind.NOT_PAID)
SIDES = ("buyer", "seller")


def files(scenes: Any, name: str, *sides: str) -> list[Verified]:
    scene = getattr(scenes, name)
    return [scenes.fair.verify(scene.exported[side]) for side in sides or SIDES]


def changed(
    verified: Verified, *, key: dict[str, Any] | None = None, money: dict[str, Any] | None = None, **fields: Any
) -> Verified:
    """Return what would be verified if the step that pays, or its key or money, were otherwise."""

    def otherwise(step: StepProved) -> StepProved:
        if step.name != "pay":
            return step
        items = tuple(replace(*pair[:1], **(pair[1] or {})) for pair in zip(step.items, (key, money), strict=True))
        return replace(step, items=items, **fields)

    return replace(verified, steps=tuple(otherwise(step) for step in verified.steps))


HELD = {"ended": "", "given": False}
VOIDED = {"ended": "voided", "given": False}
UNSEEN = {"given": False}


@pytest.mark.parametrize("claim", [NOT_DELIVERED, NOT_PAID])
@pytest.mark.parametrize("scene", ["sold", "resolved"])
def test_a_sale_leaves_nobody_to_blame(scenes: Any, scene: str, claim: Claim) -> None:
    verdict = judge(files(scenes, scene), claim)
    assert (verdict.decided, verdict.deviated) == (True, NOBODY)


@pytest.mark.parametrize("side", SIDES)
def test_one_sides_file_answers_a_claim_as_well(scenes: Any, side: str) -> None:
    assert judge(files(scenes, "sold", side), [NOT_DELIVERED, NOT_PAID]).decided


def test_false_goods_convict_the_seller(scenes: Any) -> None:
    for sides in (("buyer",), SIDES):
        verdict = judge(files(scenes, "false", *sides), CONTENT_FALSE)
        assert (verdict.decided, verdict.deviated) == (True, "seller")
    assert judge(files(scenes, "false"), NOT_DELIVERED).deviated == "seller"


def test_false_goods_are_not_proved_without_the_buyers_keys(scenes: Any) -> None:
    verdict = judge(files(scenes, "false", "seller"), CONTENT_FALSE)
    assert not verdict.decided and verdict.deviated == NOBODY


def test_a_buyer_cannot_call_honest_goods_false(scenes: Any) -> None:
    verdict = judge(files(scenes, "sold"), CONTENT_FALSE)
    assert (verdict.decided, verdict.deviated) == (False, NOBODY)
    assert verdict.why.startswith("undecidable")


def test_a_bundle_that_was_stopped_blames_nobody(scenes: Any) -> None:
    for scene in ("sold", "false", "abandoned"):
        for side in SIDES:
            verdict = judge(files(scenes, scene), Claim(side, ClaimKind.STOPPED))
            assert (verdict.decided, verdict.deviated) == (False, NOBODY)


def test_claims_that_contradict_each_other_are_undecidable(scenes: Any) -> None:
    """Neither delivered nor paid, says either side, and the exchange is still open."""
    both = [
        changed(each, outcome="open", money=HELD, key=UNSEEN, messages=each.steps[1].messages[:2])
        for each in files(scenes, "sold")
    ]
    verdict = judge(both, [NOT_DELIVERED, NOT_PAID])
    assert (verdict.decided, verdict.deviated) == (False, NOBODY)
    assert "the trustee resolves it" in verdict.why


def test_an_abandoned_purchase_owes_nothing(scenes: Any) -> None:
    for claim in (NOT_DELIVERED, NOT_PAID):
        verdict = judge(files(scenes, "abandoned"), claim)
        assert (verdict.decided, verdict.deviated) == (True, NOBODY)
        other = "buyer" if claim.by == "seller" else "seller"
        assert not judge(files(scenes, "abandoned", other), claim).decided  # its own evidence may say more
    voided = [changed(each, money=VOIDED) for each in files(scenes, "abandoned")]
    for claim in (NOT_DELIVERED, NOT_PAID):
        verdict = judge(voided, claim)
        assert (verdict.decided, verdict.deviated) == (True, NOBODY)


def test_an_escrow_that_the_trustee_found_false_convicts_the_seller(scenes: Any) -> None:
    (alone,) = files(scenes, "abandoned", "buyer")
    verdict = judge([changed(alone, escrow_false=True, money=VOIDED)], NOT_DELIVERED)
    assert (verdict.decided, verdict.deviated) == (True, "seller")


def test_money_paid_for_no_key_is_for_the_payment_system_to_explain(scenes: Any) -> None:
    both = [changed(each, key=UNSEEN) for each in files(scenes, "sold")]
    verdict = judge(both, NOT_DELIVERED)
    assert not verdict.decided and "payment system" in verdict.why


def test_a_granted_right_is_as_good_as_money(scenes: Any) -> None:
    both = [changed(each, money={"ended": ""}) for each in files(scenes, "sold")]
    assert judge(both, NOT_PAID).decided
    gone = [changed(each, money={"ended": "voided"}) for each in files(scenes, "sold")]
    assert not judge(gone, NOT_PAID).decided
    late = [changed(each, money=VOIDED, messages=each.steps[1].messages[:3]) for each in files(scenes, "sold")]
    assert not judge(late, NOT_PAID).decided


@pytest.mark.parametrize("who", ["bank", "trustee"])
def test_two_records_that_exclude_each_other_convict_their_signer(scenes: Any, who: str) -> None:
    both = [changed(each, contradictions=(who,)) for each in files(scenes, "sold")]
    for claim in (NOT_DELIVERED, NOT_PAID, CONTENT_FALSE):
        verdict = judge(both, claim)
        assert (verdict.decided, verdict.deviated) == (True, who)


@pytest.mark.parametrize(("number", "who"), [(1, "seller"), (2, "buyer"), (3, "seller"), (4, "buyer")])
def test_two_different_messages_in_one_place_convict_their_signer(scenes: Any, number: int, who: str) -> None:
    buyers, sellers = files(scenes, "sold")
    other = tuple((at, b"o" * 32 if at == number else digest) for at, digest in sellers.steps[1].messages)
    verdict = judge([buyers, changed(sellers, messages=other)], NOT_PAID)
    assert (verdict.decided, verdict.deviated) == (True, who)


def test_who_hides_a_part_of_its_record_is_not_heard(scenes: Any) -> None:
    buyers, _ = files(scenes, "sold")
    sellers, fair = scenes.sold.seller, scenes.fair
    file = read(scenes.sold.exported["seller"])[0]
    cut = fair.verify(fair.resealed(scenes.sold.exported["seller"], sellers, exhibits=file.exhibits[:9]))
    verdict = judge([buyers, cut], NOT_PAID)
    assert not verdict.decided and "export it anew" in verdict.why


def test_nothing_claimed_is_nothing_decided_against_anybody(scenes: Any) -> None:
    assert judge(files(scenes, "sold"), []).deviated == NOBODY


def test_a_claim_about_a_step_that_never_was_is_undecidable(scenes: Any) -> None:
    assert not judge(files(scenes, "sold"), Claim("buyer", ClaimKind.NOT_DELIVERED, "dance")).decided


def test_a_judge_needs_evidence_of_one_deal_one_file_a_side(scenes: Any) -> None:
    (buyers,), (others,) = files(scenes, "sold", "buyer"), files(scenes, "other", "seller")
    for given in ([], [buyers, others], [buyers, buyers]):
        with pytest.raises(UsageError):
            judge(given, NOT_DELIVERED)

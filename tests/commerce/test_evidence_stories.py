"""What evidence proves when a deal does not go well, and that a peer cannot spoil an honest side's record."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from semper_host.commerce.dispatch import DEVIATION, EXCHANGE, NOTICE, PROOF, VOID, Dispatch, sign_dispatch
from semper_host.commerce.dispute import Claim, ClaimKind, judge
from semper_host.commerce.evidence_chain import Fact, Sort, read_chain
from semper_host.commerce.evidence_exchange import Observed
from semper_host.commerce.evidence_file import read
from semper_host.commerce.evidence_format import Place
from semper_host.commerce.evidence_proved import OPEN
from semper_host.commerce.evidence_story import Story, tell
from semper_host.exchange.kinds import fair_purchase
from semper_host.exchange.labels import Label, label_of
from semper_host.exchange.messages import make, parse
from semper_host.host.deal_mail import DealMail
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURED, RELEASED, VOIDED, Settlement
from semper_host.model.money import Money
from semper_host.model.outcome import Dissatisfied, Satisfied
from semper_host.supporting.archive.evidence import Exhibit
from semper_host.supporting.cryptographic import cose
from tests.commerce.evidence_world import Party, chained

SIDES = ("buyer", "seller")


@pytest.mark.parametrize("side", SIDES)
def test_a_resolved_purchase_is_proved_by_the_trustee(scenes: Any, side: str) -> None:
    verified = scenes.fair.verify(scenes.resolved.exported[side])
    assert verified.outcome == Satisfied("sold")
    pay = verified.steps[1]
    assert (pay.outcome, pay.money, pay.verdicts) == ("done", "released", ("resolved",))
    key, money = pay.items
    assert (key.giver, key.form, key.generated) == ("seller", "information", True)
    assert key.given == (side == "seller")  # its message 3 never arrived
    assert (money.giver, money.form, money.generated, money.ended) == ("buyer", "held", True, "released")
    assert any("trustee" in line and "resolved" in line for line in verified.lines)


def test_an_abandoned_purchase_is_proved_by_who_asked_the_trustee(scenes: Any) -> None:
    sellers = scenes.fair.verify(scenes.abandoned.exported["seller"])
    assert sellers.outcome == Dissatisfied("none", "the initiator asked")
    assert [(step.outcome, step.money) for step in sellers.steps] == [("done", ""), ("aborted", "none")]


def test_who_just_walked_away_has_no_proof_of_an_end(scenes: Any) -> None:
    buyers = scenes.fair.verify(scenes.abandoned.exported["buyer"])
    assert buyers.outcome == Dissatisfied("", "the record does not show how step pay ended")
    assert buyers.steps[1].outcome == OPEN


def test_false_goods_are_convicted_by_the_sellers_own_keys(scenes: Any) -> None:
    verified = scenes.fair.verify(scenes.false.exported["buyer"])
    assert [item.false for item in verified.steps[1].items] == [True, False]
    assert verified.outcome == Dissatisfied(
        "sold", "the key does not open the goods: the seller's own signature proves it"
    )


def test_a_conviction_of_an_honest_seller_is_refused(scenes: Any) -> None:
    """The one of the false sale, one of the true keys, and one of the true key and a wrong second half."""
    sold, fair = scenes.sold, scenes.fair
    false = read(scenes.false.exported["buyer"])[0]
    file = read(sold.exported["buyer"])[0]
    claimed = next(each for each in false.exhibits if each.evidence.step == "conviction")
    label = fair.verify(sold.exported["buyer"]).steps[1].label
    second_halves = (b"\x02" * 32, b"\x03" * 32)
    made_up = [encode(fair_purchase.Conviction(label, b"\x01" * 32, second)) for second in second_halves]
    for message in (claimed.message, *made_up):
        last = Exhibit(claimed.evidence, message, claimed.salt)
        exhibits = _appended(file.exhibits, last, sold.buyer)
        with pytest.raises(PeerDeviated, match="conviction"):
            fair.verify(fair.resealed(sold.exported["buyer"], sold.buyer, exhibits=exhibits))


def _appended(exhibits: tuple[Exhibit, ...], last: Exhibit, party: Party) -> tuple[Exhibit, ...]:
    link = msgspec.structs.replace(last.evidence, deal=party.deal.id)
    return chained([*exhibits, Exhibit(link, last.message, last.salt)])


def test_erased_messages_leave_a_record_that_still_fits(scenes: Any) -> None:
    file = read(scenes.sold.exported["buyer"])[0]
    for at in range(len(file.exhibits)):
        less = list(file.exhibits)
        less[at] = Exhibit(less[at].evidence, None, None)
        data = scenes.fair.resealed(scenes.sold.exported["buyer"], scenes.sold.buyer, exhibits=tuple(less))
        verified = scenes.fair.verify(data)
        assert verified.erased == (at > 1)
        assert verified.outcome in (
            Satisfied("sold"),
            Dissatisfied("sold", "the record does not show that the held money was collected"),
            Dissatisfied("", "the record does not show how step agree ended"),
            Dissatisfied("", "the record does not show how step pay ended"),
            Dissatisfied("", "the record ends before the deal did"),
        )


def test_what_was_erased_proves_nothing_more(scenes: Any) -> None:
    file = read(scenes.sold.exported["buyer"])[0]
    less = tuple(Exhibit(each.evidence, None, None) for each in file.exhibits)
    data = scenes.fair.resealed(scenes.sold.exported["buyer"], scenes.sold.buyer, exhibits=less)
    verified = scenes.fair.verify(data)
    assert verified.steps == ()
    assert verified.erased == len(less) - 2
    assert any("Erased" in line for line in verified.lines)


def sent_by_seller(party: Party, dispatch: Dispatch) -> bytes:
    return sign_dispatch(party.deal.business.plan.crypto.sign, dispatch)


def after_strange_mail(scenes: Any, *kinds: str) -> tuple[Party, Party, tuple[bytes, ...]]:
    """Run a deal in which the seller first sends strange things, each properly signed."""
    fair = scenes.fair
    buyer, seller = fair.begin()
    deal = seller.deal.id
    strange = {
        "no step": Dispatch(deal, "", EXCHANGE, b"", b"", b""),
        "unknown step": Dispatch(deal, "dance", EXCHANGE, b"junk", b"", b""),
        "junk": Dispatch(deal, "agree", EXCHANGE, b"\x00junk", b"", b""),
        "unknown kind": Dispatch(deal, "agree", "song", b"la", b"", b""),
        "void": Dispatch(deal, "", VOID, b"", b"", b""),
        "proof of nothing": Dispatch(deal, "pay", PROOF, b"paid, believe me", b"", b""),
        "another record": Dispatch(deal, "agree", EXCHANGE, b"", b"", b"f" * 32),
        "another deal": Dispatch(b"e" * 32, "agree", EXCHANGE, b"", b"", b""),
        "escape": Dispatch(deal, "\x1b[2J", EXCHANGE, b"", b"", b""),
    }
    sent = tuple(sent_by_seller(seller, strange[kind]) for kind in kinds)
    box = DealMail(buyer.deals, buyer.deal)
    for payload in sent:
        box.commit(lambda tx, payload=payload: box.receive(tx, b"", payload))  # type: ignore[misc]
    return buyer, seller, sent


STRANGE = (
    "no step", "unknown step", "junk", "unknown kind", "void", "proof of nothing", "another record", "another deal",
    "escape",
)  # fmt: skip


@pytest.mark.parametrize("kind", STRANGE)
def test_a_peer_cannot_spoil_our_evidence_with_strange_mail(scenes: Any, kind: str) -> None:
    buyer, seller, (sent,) = after_strange_mail(scenes, kind)
    scenes.fair.carry_on(buyer, seller)
    exported = scenes.fair.export(buyer)
    assert any(each.message == sent for each in read(exported)[0].exhibits)
    verified = scenes.fair.verify(exported)
    assert verified.outcome == Satisfied("sold")
    assert all(deviation.by == "seller" for deviation in verified.deviations)
    assert all(line.isprintable() for line in verified.lines)


def test_strange_mail_is_told_as_what_it_is(scenes: Any) -> None:
    buyer, _, _ = after_strange_mail(scenes, "junk", "another record", "void")
    exported = scenes.fair.export(buyer)
    steps = [each.evidence.step for each in read(exported)[0].exhibits]
    assert steps[2:] == ["agree", DEVIATION, NOTICE]
    verified = scenes.fair.verify(exported)
    assert len(verified.deviations) == 2
    assert any(line.startswith("Without effect: the seller") for line in verified.lines)


def facts_of(scenes: Any, party: Party) -> list[Fact]:
    """Return a deal's exchange messages and records as facts, to be told in another order."""
    file, opened = read(scenes.fair.export(party))
    places = opened.places[-len(file.exhibits) :]
    plan = party.deal.business.plan
    return list(read_chain(plan, file.side, file.exhibits, places, file.hello, file.agreement))


def story(scenes: Any, facts: list[Fact]) -> Story:
    return tell(scenes.sold.buyer.deal.business.plan, "buyer", facts)


def test_a_first_message_that_came_early_counts_once_its_step_is_enabled(scenes: Any) -> None:
    """The peer may learn of a step's end before us."""
    facts = facts_of(scenes, scenes.sold.buyer)
    at = next(number for number, fact in enumerate(facts) if fact.step == "pay")
    early = [*facts[: at - 1], facts[at], facts[at - 1], *facts[at + 1 :]]
    told = story(scenes, early)
    assert told.outcome() == Satisfied("sold") and told.deviations == []
    unused = [*facts[: at - 1], facts[at], facts[at - 1]]
    assert story(scenes, unused).outcome() == Dissatisfied("", "the record ends before the deal did")


def test_a_peer_that_signs_two_first_messages_is_told(scenes: Any) -> None:
    facts = facts_of(scenes, scenes.sold.buyer)
    other = facts_of(scenes, scenes.resolved.buyer)
    again = story(scenes, [*facts[:1], facts[0], *facts[1:]])
    assert again.outcome() == Satisfied("sold") and again.deviations == []
    foreign = story(scenes, [*facts[:1], other[0], *facts[1:]])
    assert [deviation.by for deviation in foreign.deviations] == ["seller"]
    assert foreign.outcome() == Satisfied("sold") and exchange(foreign, "agree").doubled == set()
    second = facts[0]._replace(body=another_first_message(scenes.sold.seller, facts[0].body))
    double = story(scenes, [*facts[:1], second, *facts[1:]])
    assert double.outcome() == Satisfied("sold") and exchange(double, "agree").doubled == {1}


def exchange(told: Story, step: str) -> Observed:
    """The step, which is an exchange."""
    watched = told.steps[step]
    assert isinstance(watched, Observed)
    return watched


def another_first_message(seller: Party, m1: bytes) -> bytes:
    """Return a second contract offer with a later deadline, signed like the first."""
    plan = seller.deal.business.plan
    message = parse(m1)
    label = Label.decode(message.label or b"")
    later = msgspec.structs.replace(label, t2=label.t2 + 1, t_resolve=label.t_resolve + 1)
    attachments = tuple(each or b"" for each in message.attachments)
    return make(plan.crypto, 1, label_of(later), attachments, preimage=encode(later))


def test_a_seller_that_offers_twice_is_convicted_by_the_buyers_file_alone(scenes: Any) -> None:
    fair = scenes.fair
    buyer, seller = fair.begin()
    seller.deals.work(seller.deal)
    fair.post(seller, buyer)
    first = read(fair.export(buyer))[0].exhibits[2].message or b""
    offered = Dispatch.decode(cose.open1(first, "deal.dispatch", seller.deal.business.plan.me.signing))
    again = msgspec.structs.replace(offered, body=another_first_message(seller, offered.body))
    box = DealMail(buyer.deals, buyer.deal)
    box.commit(lambda tx: box.receive(tx, b"", sent_by_seller(seller, again)))
    fair.carry_on(buyer, seller)
    verified = fair.verify(fair.export(buyer))
    assert verified.outcome == Satisfied("sold")
    assert verified.steps[0].contradictions == ("seller",)
    assert judge([verified], Claim("buyer", ClaimKind.NOT_DELIVERED)).deviated == "seller"


def test_money_that_went_back_after_it_was_granted_is_told(scenes: Any) -> None:
    facts = facts_of(scenes, scenes.sold.buyer)
    label = next(fact.label for fact in facts if fact.step == "pay" and fact.label)
    held = scenes.fair.bank.holds[label]
    gone = scenes.fair.bank.sign(VOIDED, Settlement(label, held.hold, held.payee, held.amount, scenes.fair.clock()))
    voided = Fact(Place("exhibit 99", 0, 1), Sort.PROOF, "bank", "pay", gone, label, True)
    before = [fact for fact in facts if fact.sort is Sort.MESSAGE]
    told = story(scenes, [*before, voided])
    assert told.outcome() == Dissatisfied("sold", "the held money had gone back before it was collected")
    both = story(scenes, [*facts, voided])
    assert exchange(both, "pay").contradictions == ("bank",)


def test_a_bank_that_hands_over_another_key_than_the_trustee_decided_contradicts_it(scenes: Any) -> None:
    facts = facts_of(scenes, scenes.resolved.buyer)
    label = next(fact.label for fact in facts if fact.step == "pay" and fact.label)
    held = scenes.fair.bank.holds[label]
    other = Settlement(label, held.hold, held.payee, held.amount, scenes.fair.clock(), b"another key")
    signed = scenes.fair.bank.sign(RELEASED, other)
    fact = Fact(Place("exhibit 99", 0, 1), Sort.PROOF, "bank", "pay", signed, label, True)
    told = tell(scenes.resolved.buyer.deal.business.plan, "buyer", [*facts, fact])
    assert exchange(told, "pay").contradictions == ("bank",)


def test_a_record_that_nothing_was_held_ends_a_purchase_that_did_not_begin(scenes: Any) -> None:
    facts = [fact for fact in facts_of(scenes, scenes.abandoned.buyer) if fact.sort is Sort.MESSAGE]
    plan = scenes.abandoned.buyer.deal.business.plan
    label = exchange(tell(plan, "buyer", facts), "pay").case.id
    nothing = scenes.fair.bank.sign(VOIDED, Settlement(label, b"n" * 16, "", Money(0, "EUR"), scenes.fair.clock()))
    fact = Fact(Place("exhibit 99", 0, 1), Sort.PROOF, "bank", "pay", nothing, label, True)
    told = tell(plan, "buyer", [*facts, fact])
    assert told.outcome() == Dissatisfied("none", "a step was called off")
    assert exchange(told, "pay").settled[0].nothing


def test_only_records_of_the_end_of_a_hold_end_it(scenes: Any) -> None:
    facts = facts_of(scenes, scenes.sold.buyer)
    label = next(fact.label for fact in facts if fact.step == "pay" and fact.label)
    held = scenes.fair.bank.sign("hold.held", scenes.fair.bank.holds[label])
    before = [fact for fact in facts if fact.sort is Sort.MESSAGE][:6]
    fact = Fact(Place("exhibit 99", 0, 1), Sort.PROOF, "bank", "pay", held, label, True)
    told = story(scenes, [*before, fact])
    assert exchange(told, "pay").outcome == OPEN
    strange = fact._replace(body=scenes.fair.bank.sign("hold.song", scenes.fair.bank.holds[label]))
    with pytest.raises(PeerDeviated, match=r"hold\.song"):
        story(scenes, [*before, strange])
    assert CAPTURED not in {each.kind for each in exchange(told, "pay").settled}

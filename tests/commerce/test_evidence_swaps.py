"""Evidence of exchanges by two transfers: parcels, receipts, affidavits, and what an arbiter makes of them."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, Self

import msgspec
import pytest

from semper_host.commerce import swap_money
from semper_host.commerce.dispatch import AFFIDAVIT
from semper_host.commerce.dispute import Claim, ClaimKind, judge
from semper_host.commerce.evidence_proved import Verified
from semper_host.commerce.plan import Payee, Plan, Stake
from semper_host.commerce.terms_model import ItemName, Section
from semper_host.exchange import two_transfers
from semper_host.exchange.events import Begin, Consent, Effect, Event, Received, Review, Send, Tick
from semper_host.exchange.items import ItemRef
from semper_host.exchange.manager import TWO_TRANSFERS
from semper_host.exchange.state import Role
from semper_host.exchange.two_transfers import Handed, Swap, Swapped
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURED, HELD, VOIDED, Held, Settlement
from semper_host.model.money import Money
from semper_host.model.security import Fairness
from semper_host.supporting.archive.evidence import Exhibit
from tests.commerce import recorded
from tests.commerce.evidence_world import chained
from tests.commerce.recorded import SIDES, Record
from tests.protocol.samples import OTHER_CONTENT_KEY, OTHER_GOODS, START, T2, hashed
from tests.protocol.world import MINT, TRUSTEE, label_for

PRICE = Money(500, "EUR")
LETTER, NOTES, PICTURE = b"a letter", b"notes", b"a picture"
REFS = {"picture": ItemRef("statement", "picture", hashed(PICTURE)), "open": ItemRef("statement", "picture", b"")}
REFS["price"] = ItemRef("money", "price", amount=PRICE)
REFS["survey"] = ItemRef("statement", "survey", b"")
PACKAGE = "package"
SECOND: dict[str, tuple[str, ...]] = {name: (name,) for name in REFS} | {PACKAGE: ("picture", "survey", "price")}
"""What the buyer gives for the letter, by name; for a package the seller gives notes besides."""
NAMES = {"price": ItemName(Section.MONEY, "price"), "survey": ItemName(Section.INFO, "survey")}
PICTURED = ItemName(Section.STATEMENT, "picture")
HOLD = b"h" * 16


def plan_for(label: Any, side: str, fair: Fairness, second: str) -> Plan:
    """An onlooker's plan of a deal that is this one exchange."""
    plan = recorded.plan_for(label, side)
    seller = [ItemRef("statement", "letter", b"" if second == "open" else hashed(LETTER))]
    seller += [ItemRef("statement", "notes", hashed(NOTES))] if second == PACKAGE else []
    names = (
        tuple(ItemName(Section.STATEMENT, item.kind) for item in seller),
        tuple(NAMES.get(each, PICTURED) for each in SECOND[second]),
    )
    gives, gets = names if side == "seller" else names[::-1]
    pay = plan.automaton.specs["pay"]
    spec = msgspec.structs.replace(pay, protocol=TWO_TRANSFERS, fair=fair, gives=gives, gets=gets)
    automaton = msgspec.structs.replace(plan.automaton, specs={"pay": spec})
    payees = (Payee(MINT.signing.public, "eurocom"),) if "price" in SECOND[second] else ()
    stake = Stake(tuple(seller), tuple(REFS[each] for each in SECOND[second]), payees)
    nonces = {"seller": (label.nonce_a, label.nonce_b), "buyer": (label.nonce_b, label.nonce_a)}[side]
    return replace(plan, automaton=automaton, stakes={"pay": stake}, my_nonce=nonces[0], peer_nonce=nonces[1])


@dataclass
class Party:
    context: Swap
    state: Swapped
    record: Record
    plan: Plan


class Exchange:
    """The shipping step functions on both sides, each recording what the deal engine records."""

    def __init__(self, fair: Fairness, second: str) -> None:
        self.now, self.label, self.fair, self.second = START, label_for("contract"), fair, second
        self.lost: set[int] = set()
        self.key = OTHER_CONTENT_KEY
        self.sides = {side: self._party(side) for side in SIDES}

    def _party(self, side: str) -> Party:
        plan = plan_for(self.label, side, self.fair, self.second)
        spec, keys = plan.automaton.specs["pay"], SIDES[side]
        first, second = plan.swap(spec)
        context, state = two_transfers.join(first, second, plan.role_in(spec), keys.crypto, T2, self.fair)
        record = Record(side, keys, self.label)
        return Party(context, state, record, replace(plan, crypto=keys.crypto))

    def feed(self, side: str, event: Event) -> None:
        party = self.sides[side]
        party.state, effects = two_transfers.step(party.context, party.state, event, self.now)
        for effect in effects:
            self.do(side, effect)
        for gain in party.state.gains:
            if gain.name == two_transfers.AFFIDAVIT:
                party.record.keep(side, gain.data, AFFIDAVIT)

    def do(self, side: str, effect: Effect) -> None:
        other = "buyer" if side == "seller" else "seller"
        if isinstance(effect, Send):
            signed = self.sides[side].record.sent(effect.message)
            handed = Handed.decode(effect.message)
            number = 2 if side == "buyer" else 1 if handed.parcel else 3
            if number not in self.lost:
                self.sides[other].record.received(signed, self.sides[side].record)
                self.feed(other, Received(effect.message))
        elif isinstance(effect, Review):
            self.feed(side, Consent(self.items()))

    def items(self) -> tuple[bytes, ...]:
        """What the buyer gives."""
        return tuple(map(self.made, SECOND[self.second])) if self.second == PACKAGE else (self.item(),)

    def item(self) -> bytes:
        return self.made(self.second)

    def made(self, item: str) -> bytes:
        if item == "survey":
            return encode([self.key])
        if item != "price":
            return PICTURE
        plan = self.sides["buyer"].plan
        name = swap_money.name_for(plan, plan.automaton.specs["pay"], Role.RESPONDER)
        held = Held(
            name, HOLD, "eurocom", PRICE, START + 900, plan.me.signing, plan.peer.signing, TRUSTEE.party.signing,
            MINT.signing.public, b"r" * 32,
        )  # fmt: skip
        signed = MINT.crypto.sign(encode(held), HELD)
        return swap_money.payment(plan.crypto, name, signed, MINT.signing.public)

    def run(self, *lost: int) -> Self:
        self.lost = set(lost)
        self.feed("seller", Begin((LETTER, NOTES) if self.second == PACKAGE else (LETTER,)))
        self.now = T2 + 1
        for side in SIDES:
            if self.sides[side].state.outcome == "":
                self.feed(side, Tick())
        return self

    def settle(self, kind: str) -> bytes:
        """The bank's word on the money that was handed over."""
        plan = self.sides["buyer"].plan
        name = swap_money.name_for(plan, plan.automaton.specs["pay"], Role.RESPONDER)
        return MINT.crypto.sign(encode(Settlement(name, HOLD, "eurocom", PRICE, START + 9)), kind)

    def verified(self, side: str, exhibits: Any = None) -> Verified:
        goods = {("buyer", "info.survey"): OTHER_GOODS}
        plan = plan_for(self.label, side, self.fair, self.second)
        return recorded.verified(self.sides[side].record, exhibits, plan, goods)


WAYS = [(fair, second) for fair in (Fairness.WEAK, Fairness.NONE) for second in SECOND]
LOSSES: tuple[tuple[int, ...], ...] = ((), (1,), (2,), (3,))


@cache
def exchanged(fair: Fairness, second: str, lost: tuple[int, ...]) -> Exchange:
    return Exchange(fair, second).run(*lost)


@pytest.mark.parametrize("lost", LOSSES)
@pytest.mark.parametrize(("fair", "second"), WAYS)
def test_either_record_proves_who_gave_what_and_who_signed_that_it_came(
    fair: Fairness, second: str, lost: tuple[int, ...]
) -> None:
    run = exchanged(fair, second, lost)
    for side, party in run.sides.items():
        steps = run.verified(side).steps
        if not steps:
            assert lost == (1,) and side == "buyer"
            continue
        (step,) = steps
        ended = party.state.outcome
        assert step.outcome == (ended if ended == "done" else "open")
        came = lost not in ((1,), (2,)) or (lost == (2,) and side == "buyer")
        assert all(item.given == (came or item.giver == "seller") for item in step.items)
        for item in step.items if fair is Fairness.WEAK else ():
            signed = came if item.giver == "seller" else lost == () or (lost == (3,) and side == "seller")
            assert item.receipted == signed
        assert step.contradictions == ()
        assert any("declares that it got nothing" in line for line in step.words) == (
            fair is Fairness.WEAK and side == "seller" and lost in ((1,), (2,))
        )


@pytest.mark.parametrize("lost", LOSSES)
@pytest.mark.parametrize(("fair", "second"), WAYS)
def test_any_changed_byte_is_found_and_located(fair: Fairness, second: str, lost: tuple[int, ...]) -> None:
    run, chance = exchanged(fair, second, lost), random.Random(f"{fair}{second}{lost}")
    for side, party in run.sides.items():
        exhibits = party.record.exhibits
        for at in range(2, len(exhibits)):
            message = exhibits[at].message or b""
            for place in {0, len(message) - 1, *(chance.randrange(len(message)) for _ in range(6))}:
                changed = bytearray(message)
                changed[place] ^= 1 << chance.randrange(8)
                shown = [*exhibits[:at], Exhibit(exhibits[at].evidence, bytes(changed), exhibits[at].salt)]
                with pytest.raises(PeerDeviated, match=rf"exhibit {at + 1} \(.*\(bytes"):
                    run.verified(side, chained([*shown, *exhibits[at + 1 :]]))


def prefixes(run: Exchange, side: str) -> Iterator[Verified]:
    exhibits = run.sides[side].record.exhibits
    for end in range(2, len(exhibits) + 1):
        yield run.verified(side, exhibits[:end])


@pytest.mark.parametrize("lost", LOSSES)
@pytest.mark.parametrize(("fair", "second"), WAYS)
def test_nobody_honest_is_convicted_whatever_is_left_out(fair: Fairness, second: str, lost: tuple[int, ...]) -> None:
    run = exchanged(fair, second, lost)
    sellers, buyers = list(prefixes(run, "seller")), list(prefixes(run, "buyer"))
    shown = [[each] for each in (*sellers, *buyers)]
    shown += [[one, buyers[-1]] for one in sellers] + [[sellers[-1], other] for other in buyers]
    for given in shown:
        for kind in ClaimKind:
            for side in SIDES:
                assert judge(given, Claim(side, kind)).deviated == ""


def test_an_affidavit_without_a_receipt_is_weighed_and_decides_nothing() -> None:
    run = exchanged(Fairness.WEAK, "picture", (1,))
    verdict = judge([run.verified("seller")], Claim("seller", ClaimKind.NOT_DELIVERED))
    assert not verdict.decided and "affidavit" in verdict.why


def test_who_signs_a_receipt_and_gives_nothing_is_convicted_by_it() -> None:
    """No honest responder signs a receipt without its own item: both are one message."""
    run = Exchange(Fairness.WEAK, "picture").run(2)
    buyer, seller = run.sides["buyer"], run.sides["seller"]
    honest = Handed.decode(buyer.state.said)
    seller.record.exhibits.pop()  # the affidavit, which came later
    alone = buyer.record.sent(encode(Handed(receipt=honest.receipt)))
    seller.record.head = recorded.head_of(seller.record.exhibits)
    seller.record.received(alone, buyer.record)
    found = run.verified("seller")
    assert [each.by for each in found.deviations] == ["buyer"]
    verdict = judge([found], Claim("seller", ClaimKind.NOT_DELIVERED))
    assert (verdict.decided, verdict.deviated) == (True, "buyer")


def test_an_affidavit_that_the_record_refutes_is_refused() -> None:
    run = exchanged(Fairness.WEAK, "picture", ())
    other = exchanged(Fairness.WEAK, "picture", (1,))
    sworn = other.sides["seller"].record.exhibits[-1]
    with pytest.raises(PeerDeviated, match="affidavit"):
        run.verified("seller", chained([*run.sides["seller"].record.exhibits, sworn]))


def test_a_missing_receipt_is_for_the_other_sides_evidence_to_explain() -> None:
    run = exchanged(Fairness.WEAK, "picture", (3,))
    claim = Claim("buyer", ClaimKind.NO_RECEIPT)
    assert not judge([run.verified("buyer")], claim).decided
    both = judge([run.verified("buyer"), run.verified("seller")], claim)
    assert (both.decided, both.deviated) == (True, "")


def test_the_terms_without_fairness_leave_the_loss_where_it_falls() -> None:
    run = exchanged(Fairness.NONE, "picture", (2,))
    verdict = judge([run.verified("seller")], Claim("seller", ClaimKind.NOT_DELIVERED))
    assert not verdict.decided and "own risk" in verdict.why


@pytest.mark.parametrize("fair", [Fairness.WEAK, Fairness.NONE])
def test_keys_that_do_not_open_the_goods_convict_who_signed_their_origin(fair: Fairness) -> None:
    run = Exchange(fair, "survey")
    run.key = b"z" * 32
    run.run()
    for claim in (ClaimKind.CONTENT_FALSE, ClaimKind.NOT_DELIVERED):
        verdict = judge([run.verified("seller")], Claim("seller", claim))
        assert (verdict.decided, verdict.deviated) == (True, "buyer")
    honest = Exchange(fair, "survey").run()
    for files in ([honest.verified("seller")], [honest.verified("seller"), honest.verified("buyer")]):
        assert not judge(files, Claim("seller", ClaimKind.CONTENT_FALSE)).decided


@pytest.mark.parametrize("body", [b"", b"junk", encode([]), encode(["key"]), encode([OTHER_CONTENT_KEY] * 2)])
def test_what_is_no_list_of_the_right_keys_convicts_too(body: bytes) -> None:
    run = Exchange(Fairness.WEAK, "survey")
    run.item = lambda: body  # type: ignore[method-assign]
    run.run()
    assert judge([run.verified("seller")], Claim("seller", ClaimKind.CONTENT_FALSE)).deviated == "buyer"


@pytest.mark.parametrize("kind", [CAPTURED, VOIDED])
def test_money_that_was_handed_over_is_followed_to_its_end(kind: str) -> None:
    run = Exchange(Fairness.WEAK, "price").run()
    run.sides["seller"].record.keep("bank", run.settle(kind))
    found = run.verified("seller")
    assert found.steps[0].money == {CAPTURED: "captured", VOIDED: "voided"}[kind]
    assert judge([found], Claim("seller", ClaimKind.NOT_PAID)).decided == (kind == CAPTURED)
    run.sides["seller"].record.keep("bank", run.settle(VOIDED if kind == CAPTURED else CAPTURED))
    assert judge([run.verified("seller")], Claim("seller", ClaimKind.NOT_PAID)).deviated == "bank"

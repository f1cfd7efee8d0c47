"""Cheating in packages: a part withheld, another item, the wrong order, one twice, one of another deal, half an answer.

Whoever is honest takes all of a message or nothing, gives nothing for a part, and holds evidence of what it gave.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from contextlib import suppress
from types import SimpleNamespace
from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.commerce.dispute import Claim, ClaimKind, judge
from semper_host.commerce.events import Unlock
from semper_host.commerce.exchange_gains import follow_ups
from semper_host.commerce.terms_model import ItemName, Section
from semper_host.exchange import transfer
from semper_host.exchange.events import Begin, Effect, Received, Send, Tick
from semper_host.exchange.fair_exchange import join
from semper_host.exchange.items import ItemRef, Token
from semper_host.exchange.messages import KINDS, Body, attachments_of, make, parse
from semper_host.exchange.primitives import digest
from semper_host.exchange.requests import RESOLVED, Answer, Request
from semper_host.exchange.state import CALLED_OFF, DONE, Phase, Role
from semper_host.exchange.transfer import Origin, Parcel
from semper_host.exchange.two_transfers import AFFIDAVIT, ITEM, Handed, Swapped, handed
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.model.holds import DECISION, Decision
from semper_host.model.security import Fairness
from tests.commerce.recorded import SIDES
from tests.commerce.test_evidence_swaps import LETTER, NOTES, PACKAGE, Exchange, plan_for
from tests.protocol.samples import OTHER_CONTENT_KEY
from tests.protocol.world import BUYER, SELLER, T2, T_RESOLVE, TRUSTEE, Side, World, label_for, missing

Change = Callable[["Cheated", Handed], bytes]


class Cheated(Exchange):
    """A package by two transfers in which `cheat` sends another message in the place of its own parcels."""

    def __init__(self, fair: Fairness, cheat: str, change: Change) -> None:
        super().__init__(fair, PACKAGE)
        self.cheat, self.change = cheat, change
        self.refused: list[SemperError] = []

    def do(self, side: str, effect: Effect) -> None:
        said = Handed.decode(effect.message) if isinstance(effect, Send) else Handed()
        if side != self.cheat or not said.parcels:
            return super().do(side, effect)
        changed = self.change(self, said)
        signed = self.sides[side].record.sent(changed)
        other = "buyer" if side == "seller" else "seller"
        self.sides[other].record.received(signed, self.sides[side].record)
        try:
            self.feed(other, Received(changed))
        except SemperError as error:
            self.refused.append(error)
        return None

    @property
    def honest(self) -> str:
        return "buyer" if self.cheat == "seller" else "seller"


def falsely(run: Cheated, at: int) -> bytes:
    """The cheat's own signature on another item in this place."""
    party = run.sides[run.cheat]
    name, body = transfer.name_of(party.context.ours[at]), b"something else"
    said = party.context.crypto.sign(encode(Origin(name, digest(body))), transfer.ORIGIN_KIND)
    return encode(Parcel(name, body, said))


def elsewhere(run: Cheated, at: int) -> bytes:
    """The right item, given in another deal."""
    party = run.sides[run.cheat]
    other = replace(party.context.ours[at], deal=b"E" * 32)
    return transfer.give(other, party.context.crypto, Parcel.decode(party.state.given[at]).body)


def put(parcels: tuple[bytes, ...], at: int, parcel: bytes) -> tuple[bytes, ...]:
    return (*parcels[:at], parcel, *parcels[at + 1 :])


CHEATS: dict[str, Change] = {
    "the first item is withheld": lambda run, said: handed(said.parcels[1:], said.receipts),
    "the last item is withheld": lambda run, said: handed(said.parcels[:-1], said.receipts),
    "another item": lambda run, said: handed(put(said.parcels, 0, falsely(run, 0)), said.receipts),
    "the wrong order": lambda run, said: handed(said.parcels[::-1], said.receipts),
    "the same item twice": lambda run, said: handed((said.parcels[0], *said.parcels[:-1]), said.receipts),
    "an item too many": lambda run, said: handed((*said.parcels, said.parcels[0]), said.receipts),
    "an item of another deal": lambda run, said: handed(put(said.parcels, 0, elsewhere(run, 0)), said.receipts),
    "receipts alone": lambda run, said: handed((), said.receipts),
}
UNSIGNED: dict[str, Change] = {
    "one receipt of two": lambda run, said: handed(said.parcels, said.receipts[:1]),
    "receipts in the wrong order": lambda run, said: handed(said.parcels, said.receipts[::-1]),
    "no receipt": lambda run, said: handed(said.parcels),
    "nothing": lambda run, said: handed(),
}
CLAIMS = (ClaimKind.NOT_DELIVERED, ClaimKind.NOT_PAID)


@pytest.mark.parametrize("name", list(CHEATS))
def test_half_an_answer_is_refused_and_its_receipts_convict_who_sent_it(name: str) -> None:
    run = Cheated(Fairness.WEAK, "buyer", CHEATS[name]).run()
    seller = run.sides["seller"].state
    assert run.refused and seller.outcome == CALLED_OFF
    assert [token.name for token in seller.gains] == [AFFIDAVIT] * 2
    found = run.verified("seller")
    for kind in CLAIMS:
        verdict = judge([found], Claim("seller", kind))
        assert (verdict.decided, verdict.deviated) == (True, "buyer"), verdict.why
    for kind in ClaimKind:
        assert judge([found], Claim("buyer", kind)).deviated != "seller"


@pytest.mark.parametrize("name", list(UNSIGNED))
def test_an_answer_without_all_receipts_is_no_answer(name: str) -> None:
    run = Cheated(Fairness.WEAK, "buyer", UNSIGNED[name]).run()
    assert run.sides["seller"].state.outcome == CALLED_OFF
    found = run.verified("seller")
    sworn = any("declares that it got nothing" in line for line in found.steps[0].words)
    signed = name == "one receipt of two"
    for kind in CLAIMS:
        verdict = judge([found], Claim("seller", kind))
        assert sworn and verdict.deviated == ("buyer" if signed else "")


@pytest.mark.parametrize("fair", [Fairness.WEAK, Fairness.NONE])
@pytest.mark.parametrize("name", [each for each in CHEATS if each != "receipts alone"])
def test_who_answers_gives_nothing_for_a_part(fair: Fairness, name: str) -> None:
    run = Cheated(fair, "seller", CHEATS[name])
    with suppress(SemperError):
        run.run()
    buyer = run.sides["buyer"].state
    assert run.refused and (buyer.given, buyer.said, buyer.gains) == ((), b"", ())
    run.now = T2 + 1
    run.feed("buyer", Tick())
    assert run.sides["buyer"].state.outcome == CALLED_OFF
    found = run.verified("buyer")
    assert all(judge([found], Claim(side, kind)).deviated != "buyer" for side in SIDES for kind in ClaimKind)


@pytest.mark.parametrize("name", [each for each in CHEATS if each != "receipts alone"])
def test_without_fairness_half_an_answer_is_refused_all_the_same_and_nobody_is_convicted(name: str) -> None:
    run = Cheated(Fairness.NONE, "buyer", CHEATS[name]).run()
    assert run.refused and (run.sides["seller"].state.outcome, run.sides["seller"].state.gains) == (CALLED_OFF, ())
    verdict = judge([run.verified("seller")], Claim("seller", ClaimKind.NOT_DELIVERED))
    assert not verdict.decided and "own risk" in verdict.why


def test_keys_that_open_nothing_among_good_items_convict_who_signed_their_origin() -> None:
    run = Exchange(Fairness.WEAK, PACKAGE)
    run.key = b"z" * 32
    run.run()
    assert run.sides["seller"].state.outcome == DONE
    verdict = judge([run.verified("seller")], Claim("seller", ClaimKind.CONTENT_FALSE))
    assert (verdict.decided, verdict.deviated) == (True, "buyer")


def test_a_document_that_is_called_like_information_is_not_taken_for_its_keys() -> None:
    plan = plan_for(label_for("contract"), "seller", Fairness.WEAK, "survey")
    gets = (ItemName(Section.STATEMENT, "survey"), ItemName(Section.INFO, "survey"))
    spec = replace(plan.automaton.specs["pay"], gets=gets)
    stake = plan.stakes["pay"]
    stake = dataclasses.replace(stake, right=(ItemRef("statement", "survey", digest(NOTES)), *stake.right))
    plan = dataclasses.replace(plan, stakes={"pay": stake})
    gains = (Token(ITEM, NOTES), Token(ITEM, encode([OTHER_CONTENT_KEY])))
    state: Any = SimpleNamespace(exchange=Swapped(phase=Phase.FINISHED, outcome=DONE, gains=gains))
    assert follow_ups(plan, state, spec, DONE) == (Unlock("pay", (OTHER_CONTENT_KEY,), (1,)),)


def test_half_an_answer_before_a_whole_one_does_not_spoil_the_record() -> None:
    run = Cheated(Fairness.WEAK, "buyer", CHEATS["the last item is withheld"])
    half, whole = run.change, list[bytes]()

    def cheat(made: Cheated, said: Handed) -> bytes:
        whole.append(encode(said))
        return half(made, said)

    run.change, run.lost = cheat, {3}
    run.feed("seller", Begin((LETTER, NOTES)))
    signed = run.sides["buyer"].record.sent(whole[0])
    run.sides["seller"].record.received(signed, run.sides["buyer"].record)
    run.feed("seller", Received(whole[0]))
    assert run.sides["seller"].state.outcome == DONE
    found = run.verified("seller")
    assert found.steps[0].outcome == DONE and all(item.had for item in found.steps[0].items if item.giver == "buyer")
    assert judge([found], Claim("seller", ClaimKind.NOT_DELIVERED)).deviated == ""


# --- with a trustee


class Attacked(World):
    """A package under strong fairness in which message `number` leaves with other attachments, properly signed."""

    def __init__(self, number: int, change: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]) -> None:
        super().__init__("package")
        self.refused: list[SemperError] = []
        self.relay = lambda at, message: self.changed(message, change) if at == number else message

    def changed(self, message: bytes, change: Callable[[tuple[bytes, ...]], tuple[bytes, ...]]) -> bytes:
        found, keys = parse(message), SELLER if parse(message).number in (1, 3) else BUYER
        body = Body.decode(keys.crypto.open(found.signed, KINDS[found.number], keys.signing.public))
        parts = change(attachments_of(message))
        return make(keys.crypto, found.number, body.label, parts, previous=body.previous, preimage=found.label)

    def do(self, effect: Effect, side: Side, other: Side) -> bool:
        try:
            return super().do(effect, side, other)
        except SemperError as error:
            self.refused.append(error)
            return True

    def to_the_end(self, *, begun: bool = False) -> Attacked:
        if not begun:
            self.begin()
        for moment in (None, T2 + 1, T_RESOLVE + 1, 2**33):
            if moment is not None:
                self.pass_time(moment)
            self.run()
        return self


PARTS: dict[str, Callable[[tuple[bytes, ...]], tuple[bytes, ...]]] = {
    "the first is withheld": lambda parts: parts[1:],
    "the last is withheld": lambda parts: parts[:-1],
    "the wrong order": lambda parts: parts[::-1],
    "the first twice": lambda parts: (parts[0], *parts[:-1]),
    "one too many": lambda parts: (*parts, parts[0]),
    "another item": lambda parts: (b"something else", *parts[1:]),
}


@pytest.mark.parametrize("number", [1, 2, 3, 4])
@pytest.mark.parametrize("name", list(PARTS))
def test_a_part_of_a_package_is_refused_and_leaves_who_is_honest_with_all_or_nothing(number: int, name: str) -> None:
    world = Attacked(number, PARTS[name]).to_the_end()
    unchanged = len(parts_of(number)) < 2 and name in ("the wrong order", "the first twice")
    assert bool(world.refused) is not unchanged
    honest = world.b if number in (1, 3) else world.a
    assert honest.state.outcome in (DONE, CALLED_OFF) and missing(world, honest) == []
    paid = world.mint.balances["buyer"] < 5000
    assert paid == (world.b.state.outcome == DONE) == (world.mint.balances["eurocom"] > 0)


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_items_of_another_deal_are_refused_and_leave_who_is_honest_with_all_or_nothing(number: int) -> None:
    other = World("package")
    other.label = label_for("package", deal=b"E" * 32)
    other.a = Side(*join(other.label, Role.INITIATOR, SELLER.crypto))
    other.b = Side(*join(other.label, Role.RESPONDER, BUYER.crypto))
    foreign = parts_of(number, other)
    world = Attacked(number, lambda parts: foreign).to_the_end()
    assert bool(world.refused) is (foreign != parts_of(number))
    honest = world.b if number in (1, 3) else world.a
    assert honest.state.outcome in (DONE, CALLED_OFF) and missing(world, honest) == []


def parts_of(number: int, world: World | None = None) -> tuple[bytes, ...]:
    """The attachments of a message of an honest exchange."""
    world, seen = world or World("package"), dict[int, bytes]()
    world.relay = seen.setdefault
    world.begin()
    world.run()
    return attachments_of(seen[number])


@pytest.mark.parametrize("name", ["the first is withheld", "the last is withheld", "the wrong order", "another item"])
@pytest.mark.parametrize("number", [1, 2])
def test_a_part_of_a_package_is_not_resolved(number: int, name: str) -> None:
    """Whoever has what it wanted falls silent, and asks the trustee first, with less than it promised."""
    world = Attacked(9, PARTS[name])
    world.relay = lambda at, message: message if at < (3 if number == 1 else 4) else None
    world.begin()
    world.run()
    m1, m2 = world.a.state.m1 or b"", world.b.state.m2 or b""
    less = world.changed(m1 if number == 1 else m2, PARTS[name])
    request = encode(Request("resolve", *((less, m2) if number == 1 else (m1, less))))
    answer: bytes | None = None
    with suppress(SemperError):
        answer = world.court.ask(request, world.now)
    signed = None if answer is None else Answer.decode(answer).decision
    decided = None if signed is None else Decision.decode(TRUSTEE.crypto.open(signed, DECISION, TRUSTEE.signing.public))
    assert decided is None or decided.verdict != RESOLVED
    world.to_the_end(begun=True)
    assert missing(world, world.a) == missing(world, world.b) == []
    assert number == 1 or world.a.state.outcome == DONE, "it has given, and the trustee completes it"

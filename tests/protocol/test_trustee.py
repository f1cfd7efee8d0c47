"""The trustee: one row a label, checks before it binds anybody, nothing out before the money is released."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.exchange.events import AskTrustee, Begin, Consent, Decided, Received, Tick, Withdraw
from semper_host.exchange.fair_exchange import join, owed, step
from semper_host.exchange.items import Party, Token
from semper_host.exchange.kinds import fair_purchase
from semper_host.exchange.labels import label_of
from semper_host.exchange.messages import digest_of, elide, make
from semper_host.exchange.primitives import Crypto, digest
from semper_host.exchange.requests import (
    ABORT,
    ABORT_KIND,
    ABORTED,
    RESOLVE,
    RESOLVED,
    SUBSTITUTE,
    Abort,
    Answer,
    Request,
    Substitute,
    abort_request,
    resolve_request,
)
from semper_host.exchange.state import Phase, Role
from semper_host.exchange.trustee import Row, Void, conclude, judge
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.model.holds import DECISION, HELD, RELEASED, VOIDED, DecidedHold, Decision, Held, Settlement
from semper_host.model.money import Money
from tests.protocol.world import (
    BUYER,
    CONTENT_KEY,
    GOODS,
    K1,
    K2,
    MINT,
    OTHER,
    PRICE,
    SELLER,
    START,
    T2,
    T_RESOLVE,
    TRUSTEE,
    Side,
    World,
    begin,
    label_for,
    refused,
)


def committed(world: World) -> World:
    """Both sides are bound: the responder sent message 2, and it was lost."""
    world.drop(2)
    world.begin()
    world.run()
    return world


def resolve_by(world: World) -> bytes:
    return resolve_request(world.b.context.rules, world.b.state.m1 or b"", world.b.state.m2 or b"")


def test_a_repeated_request_gets_the_same_answer(world: World) -> None:
    committed(world)
    first = world.court.ask(resolve_by(world), world.now)
    row = dict(world.court.rows)
    assert world.court.ask(resolve_by(world), world.now + 1000) == first
    assert world.court.rows == row


def test_whoever_comes_first_decides(world: World) -> None:
    committed(world)
    abort = abort_request(world.a.context.case, world.a.state.m1 or b"")
    aborted = Answer.decode(world.court.ask(abort, world.now) or b"")
    assert Answer.decode(world.court.ask(resolve_by(world), world.now) or b"").decision == aborted.decision

    other = committed(World(world.kind))
    resolved = Answer.decode(other.court.ask(resolve_by(other), other.now) or b"")
    abort = abort_request(other.a.context.case, other.a.state.m1 or b"")
    assert Answer.decode(other.court.ask(abort, other.now) or b"").decision == resolved.decision


def test_the_initiator_that_wanted_to_abort_gets_its_item_if_the_responder_was_first(world: World) -> None:
    committed(world)
    world.pass_time(T2 + 1)
    world.perform(world.b, world.a)
    world.run()
    assert world.a.state.m3 is None
    assert world.a.state.outcome == world.b.state.outcome == "done"


def test_an_abort_that_nobody_signed_is_no_abort(world: World) -> None:
    committed(world)
    case, m1 = world.a.context.case, world.a.state.m1 or b""
    body = encode(Abort(case.id, digest_of(m1)))
    for signed in (OTHER.crypto.sign(body, ABORT_KIND), SELLER.crypto.sign(body, "exchange.m3")):
        with refused("SIG_INVALID"):
            world.court.ask(encode(Request(ABORT, m1, abort=signed)), world.now)
    for body in (encode(Abort(b"\x00" * 32, digest_of(m1))), encode(Abort(case.id, b"\x00" * 32))):
        with refused("MESSAGE_UNEXPECTED"):
            world.court.ask(encode(Request(ABORT, m1, abort=SELLER.crypto.sign(body, ABORT_KIND))), world.now)
    assert not world.court.rows


def test_the_responder_cannot_abort(world: World) -> None:
    committed(world)
    with refused("SIG_INVALID"):
        world.court.ask(abort_request(world.b.context.case, world.b.state.m1 or b""), world.now)
    with refused("USAGE_INVALID"):
        step(world.b.context, world.b.state, Withdraw(), world.now)


@pytest.mark.parametrize("kind", ["other", "abort", "resolve"])
def test_an_unfinished_request_writes_no_row(world: World, kind: str) -> None:
    committed(world)
    m1, m2 = world.b.state.m1 or b"", world.b.state.m2 or b""
    for request in (Request(kind, m1), Request(kind, m2, m2=m2), Request("other", m1, m2=m2)):
        with pytest.raises(SemperError) as caught:
            world.court.ask(encode(request), world.now)
        assert str(caught.value).startswith("cannot ")
    assert not world.court.rows


def test_any_changed_byte_of_a_request_writes_no_row(world: World) -> None:
    committed(world)
    request = resolve_by(world)
    for at in range(0, len(request), 3):
        changed = bytearray(request)
        changed[at] ^= 0x41
        with pytest.raises(SemperError):
            world.court.ask(bytes(changed), world.now)
    assert not world.court.rows


def test_an_exchange_that_names_another_trustee_is_not_judged(world: World) -> None:
    for party in (OTHER.party, Party(TRUSTEE.signing.public, OTHER.sealing.public)):
        other = World(world.kind)
        other.label = replace(world.label, trustee=party)

        other.a = Side(*join(other.label, Role.INITIATOR, SELLER.crypto))
        other.begin()
        with refused("MESSAGE_UNEXPECTED"):
            other.court.ask(abort_request(other.a.context.case, other.a.state.m1 or b""), START)


def test_a_second_m1_under_the_same_label_gets_the_rows_answer_and_is_kept_as_equivocation() -> None:
    world = committed(World("fair-purchase"))
    case, m1 = world.a.context.case, world.a.state.m1 or b""
    second = make(SELLER.crypto, 1, case.id, begin(world.a.context).attachments, preimage=case.preimage)
    assert digest_of(second) != digest_of(m1)
    aborted = world.court.ask(abort_request(case, second), world.now)
    answer = world.court.ask(resolve_by(world), world.now)
    assert answer is not None and aborted is not None
    assert Answer.decode(answer).decision == Answer.decode(aborted).decision
    assert world.court.equivocations == [resolve_by(world)]
    world.b.feed(Tick(), T2 + 1)
    world.b.feed(Decided(answer), T2 + 1)
    assert world.b.state.outcome == "aborted"
    assert world.mint.balances == {"eurocom": 0, "buyer": 5000}


def bad_escrows() -> dict[str, Any]:
    seal = OTHER.crypto.seal
    trustee, seller = TRUSTEE.sealing.public, SELLER.sealing.public
    return {
        "not sealed at all": lambda name: b"rubbish",
        "another key": lambda name: seal(trustee, b"\x07" * 32, name),
        "sealed to somebody else": lambda name: seal(seller, K1, name),
        "from another exchange": lambda name: seal(trustee, K1, digest(b"another exchange")),
    }


@pytest.mark.parametrize("name", list(bad_escrows()))
def test_an_escrow_that_does_not_hold_the_promised_key_voids_the_hold(name: str) -> None:
    world = World("fair-purchase")
    parts = list(begin(world.a.context).attachments)
    parts[fair_purchase.ESCROW] = bad_escrows()[name](world.a.context.case.id)
    world.drop(2)
    world.a.feed(Begin(tuple(parts)), START)
    world.run()
    world.b.feed(Tick(), T2 + 1)
    world.perform(world.b, world.a)
    assert world.b.state.outcome == "aborted"
    decision = Decision.decode(TRUSTEE.crypto.open(world.b.gained(DECISION) or b"", DECISION, TRUSTEE.signing.public))
    assert decision.verdict == ABORTED and "escrow" in decision.why
    assert decision.holds == (DecidedHold(MINT.signing.public, b"h" * 16, PRICE),)
    assert world.mint.balances == {"eurocom": 0, "buyer": 5000}


def held_with(world: World, **changes: Any) -> bytes:
    terms, label = world.label.holds[0], world.label
    fields: dict[str, Any] = {
        "label": label_of(label), "hold": b"h" * 16, "payee": terms.payee, "amount": terms.amount,
        "expiry": terms.least_expiry, "payer": label.responder.signing, "payee_key": label.initiator.signing,
        "trustee": label.trustee.signing, "system": terms.system, "refund": b"r" * 32,
    }  # fmt: skip
    keys = OTHER if changes.pop("signed_by_other", False) else MINT
    return keys.crypto.sign(encode(Held(**{**fields, **changes})), HELD)


BAD_HOLDS: dict[str, dict[str, Any]] = {
    "a payment system that the label does not name": {"signed_by_other": True},
    "another label": {"label": b"\x00" * 32},
    "another payee": {"payee": "thief"},
    "a smaller amount": {"amount": Money(1989, "EUR")},
    "another currency": {"amount": Money(1990, "USD")},
    "an early expiry": {"expiry": T_RESOLVE},
    "another payer": {"payer": OTHER.signing.public},
    "another payee key": {"payee_key": OTHER.signing.public},
    "another trustee": {"trustee": OTHER.signing.public},
    "another system": {"system": OTHER.signing.public},
}


@pytest.mark.parametrize("kind", ["fair-purchase", "payment-receipt"])
@pytest.mark.parametrize("name", list(BAD_HOLDS))
def test_a_hold_that_does_not_cover_the_price_is_refused_by_both_sides_and_the_trustee(name: str, kind: str) -> None:
    world = World(kind)
    world.begin()
    m1 = world.a.state.m1 or b""
    bad = held_with(world, **BAD_HOLDS[name])
    m2 = make(BUYER.crypto, 2, world.a.context.case.id, (bad,), previous=digest_of(m1))
    with refused("HOLD_INVALID"):
        step(world.a.context, world.a.state, Received(m2), START)
    with refused("HOLD_INVALID"):
        world.court.ask(resolve_request(world.a.context.rules, m1, m2), START)
    assert not world.court.rows
    world.b.feed(Received(m1), START)

    with refused("HOLD_INVALID"):
        step(world.b.context, world.b.state, Consent((bad,)), START)


def test_the_trustee_never_sees_the_content_nor_the_second_key(purchase: World) -> None:
    committed(purchase)
    request = resolve_by(purchase)
    goods, wrapped, _, _, sealed = begin(purchase.a.context).attachments
    m1 = purchase.b.state.m1 or b""
    assert encode(GOODS) in m1 and encode(GOODS) not in request
    assert sealed not in request and wrapped not in request and K2 not in request and goods not in request


def test_after_t_resolve_by_the_trustees_clock_nothing_is_resolved(world: World) -> None:
    committed(world)
    answer = Answer.decode(world.court.ask(resolve_by(world), T_RESOLVE + 1) or b"")
    decision = Decision.decode(TRUSTEE.crypto.open(answer.decision or b"", DECISION, TRUSTEE.signing.public))
    assert decision.verdict == "lapsed" and not decision.sealed and not decision.holds
    assert Answer.decode(world.court.ask(resolve_by(world), START) or b"") == answer, "not even if the clock goes back"
    on_time = committed(World(world.kind))
    on_time.court.ask(resolve_by(on_time), T_RESOLVE)
    assert on_time.court.rows[label_of(world.label)].verdict == RESOLVED


def test_an_abort_reaches_money_that_is_held_only_later(purchase: World) -> None:
    purchase.drop(1)
    purchase.begin()
    purchase.run()
    purchase.a.feed(Withdraw(), START)
    purchase.run()
    assert purchase.a.state.outcome == "aborted"
    assert label_of(purchase.label) in purchase.mint.refused


def test_no_release_that_nobody_decided_is_recorded(purchase: World) -> None:
    committed(purchase)
    purchase.court.mint_down = True
    purchase.court.ask(resolve_by(purchase), purchase.now)
    row = purchase.court.rows[label_of(purchase.label)]

    good: dict[str, Any] = {
        "label": row.label, "hold": b"h" * 16, "payee": "eurocom", "amount": PRICE, "at": START, "sealed": row.sealed
    }  # fmt: skip
    for change in ({"label": b"\x00" * 32}, {"hold": b"z"}, {"payee": "thief"}, {"amount": -PRICE}, {"sealed": b"?"}):
        signed = MINT.crypto.sign(encode(Settlement(**{**good, **change})), RELEASED)
        with refused("HOLD_INVALID"):
            conclude(purchase.court.trustee, row, Token(RELEASED, signed))
    with refused("SIG_INVALID"):
        conclude(purchase.court.trustee, row, Token(RELEASED, OTHER.crypto.sign(encode(Settlement(**good)), RELEASED)))
    judgement = conclude(
        purchase.court.trustee, row, Token(RELEASED, MINT.crypto.sign(encode(Settlement(**good)), RELEASED))
    )
    assert judgement.write and judgement.answer and not judgement.effects


def test_money_that_went_back_before_it_could_be_released_takes_the_key_along(purchase: World) -> None:
    committed(purchase)
    purchase.court.mint_down = True
    purchase.b.feed(Tick(), T2 + 1)
    purchase.perform(purchase.b, purchase.a)
    purchase.mint.expire(purchase.label.holds[0].least_expiry)
    purchase.court.mint_down = False
    purchase.run()
    assert purchase.b.state.outcome == "aborted" and purchase.b.gained(VOIDED)
    assert purchase.b.gained(fair_purchase.KEY) is None and purchase.b.gained(DECISION) is None
    answer = purchase.court.ask(resolve_by(purchase), purchase.now)
    row = purchase.court.rows[label_of(purchase.label)]
    assert answer and row.sealed and row.sealed not in answer


def lies(world: World, row: Row) -> dict[str, bytes]:
    """Answers that a lying trustee might give to the responder after a resolution."""
    sign, true = TRUSTEE.crypto.sign, Answer.decode(world.court.ask(resolve_by(world), START) or b"")
    said = Decision.decode(TRUSTEE.crypto.open(true.decision or b"", DECISION, TRUSTEE.signing.public))
    told: dict[str, Answer] = {
        "another label": replace(true, decision=sign(encode(replace(said, label=b"\x00" * 32)), DECISION)),
        "another verdict": replace(true, decision=sign(encode(replace(said, verdict="maybe")), DECISION)),
        "another m1": replace(true, decision=sign(encode(replace(said, m1=b"\x00" * 32)), DECISION)),
        "another m2": replace(true, decision=sign(encode(replace(said, m2=b"\x00" * 32)), DECISION)),
        "no records": replace(true, records=()),
        "not the trustee": replace(true, decision=OTHER.crypto.sign(encode(said), DECISION)),
        "not even a decision": Answer(None, true.records),
        "nothing": Answer(),
    }
    if not (world.label.holds or world.b.context.rules.substitutes):
        del told["no records"]  # keys alone complete such an exchange, and they stand in the decision
    return {name: encode(answer) for name, answer in told.items()}


def test_a_lying_trustee_convinces_nobody(world: World) -> None:
    committed(world)
    answer = world.court.ask(resolve_by(world), START)
    world.b.feed(Tick(), T2 + 1)
    for name, lie in lies(world, world.court.rows[label_of(world.label)]).items():
        with pytest.raises(SemperError) as caught:
            step(world.b.context, world.b.state, Decided(lie), T2 + 1)
        assert str(caught.value).startswith("cannot "), name
    world.b.feed(Decided(answer or b""), T2 + 1)
    assert world.b.state.outcome == "done"


def test_a_trustee_restarting_after_its_row_goes_on_where_it_was(world: World) -> None:
    committed(world)
    world.court.mint_down = True
    world.court.ask(resolve_by(world), world.now)
    world.court.rows = {name: Row.decode(encode(row)) for name, row in world.court.rows.items()}
    world.court.mint_down = False
    world.court.retry(world.now)
    world.pass_time(T2 + 1)
    world.run()
    assert world.a.state.outcome == world.b.state.outcome == "done"


def test_an_invalid_resolution_writes_no_row_but_the_valid_one_still_counts(purchase: World) -> None:
    committed(purchase)
    m1, m2 = purchase.b.state.m1 or b"", purchase.b.state.m2 or b""
    for request in (Request(RESOLVE, purchase.b.state.m1 or b"", m2=m1), Request(RESOLVE, m2, m2=m2)):
        with pytest.raises(SemperError):
            judge(purchase.court.trustee, None, encode(request), START)

    with refused("PEER_DEVIATED"):
        judge(purchase.court.trustee, None, encode(Request(RESOLVE, elide(m1, ()), m2=m2)), START)
    assert judge(purchase.court.trustee, None, resolve_by(purchase), START).row.verdict == RESOLVED


def test_effects_are_owed_again_after_a_restart(purchase: World) -> None:
    committed(purchase)
    purchase.b.feed(Tick(), T2 + 1)
    purchase.b.crash()
    assert [type(each) for each in owed(purchase.b.context, purchase.b.state)] == [AskTrustee]
    assert purchase.b.state.phase == Phase.RESOLVING
    purchase.run()
    assert purchase.b.gained(fair_purchase.CONTENT_KEY) == CONTENT_KEY


def test_a_decision_to_abort_orders_the_money_back_until_it_is_back(purchase: World) -> None:
    committed(purchase)
    purchase.court.mint_down = True
    request = abort_request(purchase.a.context.case, purchase.a.state.m1 or b"")
    judgement = judge(purchase.court.trustee, None, request, START)
    assert [type(order) for order in judgement.effects] == [Void] and judgement.answer
    again = judge(purchase.court.trustee, judgement.row, request, START)
    assert again.effects == judgement.effects and not again.write


def test_the_substitute_names_both_messages_and_items() -> None:
    world = committed(World("contract"))
    world.b.feed(Tick(), T2 + 1)
    world.perform(world.b, world.a)
    signed = world.b.gained(SUBSTITUTE) or b""

    found = Substitute.decode(TRUSTEE.crypto.open(signed, SUBSTITUTE, TRUSTEE.signing.public))
    assert (found.left, found.right) == (world.label.left.digest, world.label.right.digest)
    assert found.m2 == digest_of(world.b.state.m2 or b"")


def test_small_order_keys_are_refused_before_anybody_is_bound() -> None:

    zero, crypto = b"\x00" * 32, SELLER.crypto
    good = BUYER.party
    weak = (
        {"responder": Party(zero, good.sealing)}, {"responder": Party(good.signing, zero)},
        {"initiator": Party(zero, good.sealing)}, {"trustee": Party(TRUSTEE.signing.public, zero)},
        {"trustee": Party(zero, TRUSTEE.sealing.public)},
    )  # fmt: skip
    for change in weak:
        with refused("SIG_KEY_WEAK"):
            join(label_for("contract", **change), Role.INITIATOR, crypto)


def test_crypto_of_production_speaks_of_the_peer_when_something_does_not_open() -> None:
    crypto: Crypto = BUYER.crypto
    wrapped = crypto.wrap(K1, b"secret", b"context")
    assert crypto.unwrap(K1, wrapped, b"context") == b"secret"
    with refused("SIG_INVALID"):
        crypto.unwrap(K2, wrapped, b"context")
    with refused("SIG_INVALID"):
        crypto.unseal(b"", b"")

"""Composed exchanges: what their labels and escrows must be, who learns what, and what nobody can have certified."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.exchange import composition
from semper_host.exchange.certifying import certify
from semper_host.exchange.escrows import Certify, certify_request
from semper_host.exchange.events import Begin, Consent, Received
from semper_host.exchange.fair_exchange import join, step
from semper_host.exchange.goods import CONVICTION, Conviction
from semper_host.exchange.items import HoldTerms, ItemRef, Status
from semper_host.exchange.legs import LEGS, information
from semper_host.exchange.legs.leg import promise_of
from semper_host.exchange.messages import own
from semper_host.exchange.places import lefts, rights
from semper_host.exchange.preparing import Promised, opening
from semper_host.exchange.requests import resolve_request
from semper_host.exchange.state import Role
from semper_host.model.encoding import encode
from semper_host.model.money import Money
from tests.protocol.samples import GOODS, K1_B, OTHER_CONTENT_KEY, OTHER_GOODS, promised
from tests.protocol.world import BANK, CAST, CONTENT_KEY, EXPIRY, K1, K2, SELLER, START, World, label_for, refused

PRICE = ItemRef("money", "price", amount=Money(5, "EUR"), form="held")
HOLD = HoldTerms(BANK.signing.public, "eurocom", Money(5, "EUR"), EXPIRY)
ISSUED = Status(BANK.signing.public, 1)
LABELS: dict[str, tuple[str, dict[str, Any]]] = {
    "no form": ("information", {"left": replace(label_for("information").left, form=None)}),
    "an unknown form": ("information", {"left": replace(label_for("information").left, form="gift")}),
    "a form of another family": ("information", {"left": replace(label_for("information").left, form="access")}),
    "items of another kind": ("money-money", {"kind": "information"}),
    "a hold for nothing": ("information", {"holds": (HOLD,)}),
    "money that is not held": ("money-money", {"holds": label_for("money-money").holds[:1]}),
    "another amount held": ("money-money", {"left": PRICE}),
    "two holds at one payment system": (
        "money-money", {"holds": (label_for("money-money").holds[0], replace(HOLD, amount=Money(1990, "EUR")))}
    ),
    "an empty list": ("package", {"and_left": ()}),
    "too many items": ("package", {"and_right": (label_for("information").left,) * 4}),
    "an issuer that is no key": ("access", {"left": replace(label_for("access").left, status=Status(b"", 1))}),
    "a status of money": ("access", {"right": replace(label_for("access").right, status=ISSUED)}),
    "a presentation that could be revoked": (
        "access-shown", {"right": replace(label_for("access-shown").right, status=ISSUED)}
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", list(LABELS))
def test_a_label_that_nobody_could_keep_to_is_refused_by_both_sides(name: str) -> None:
    kind, changes = LABELS[name]
    with refused("PEER_DEVIATED"):
        join(replace(label_for(kind), **changes), Role.INITIATOR, SELLER.crypto)


def test_a_package_cannot_hide_under_a_kind_that_has_one_item_a_side() -> None:
    with refused("PEER_DEVIATED"):
        join(label_for("contract", and_left=(label_for("contract").left,)), Role.INITIATOR, SELLER.crypto)


def test_the_trustee_sees_no_content_no_goods_and_no_second_half() -> None:
    world = World("information")
    world.drop(2)
    world.begin()
    world.run()
    m1, m2 = world.a.state.m1 or b"", world.b.state.m2 or b""
    request = resolve_request(world.b.context.rules, m1, m2)
    for secret in (encode(GOODS), encode(OTHER_GOODS), K1, K2, K1_B, CONTENT_KEY, OTHER_CONTENT_KEY):
        assert secret not in request
    assert encode(GOODS) in m1 and encode(OTHER_GOODS) in m2


def test_an_initiator_that_wanted_to_abort_gets_the_key_and_message_2_from_the_trustee() -> None:
    world = World("information")
    world.drop(2)
    world.begin()
    world.run()
    m1, m2 = world.a.state.m1 or b"", world.b.state.m2 or b""
    world.court.ask(resolve_request(world.b.context.rules, m1, m2), START)
    world.pass_time(world.label.t2 + 1)
    world.run()
    assert world.a.state.m2 is None and world.a.state.outcome == "done"
    assert world.a.gained("fair-purchase.content-key") == OTHER_CONTENT_KEY


def certifiable(kind: str = "information") -> tuple[World, list[Promised]]:
    world = World(kind)
    return world, [promised(world.b.context.case, place, CAST) for place in rights(world.label)]


def test_a_bad_escrow_is_not_certified_and_the_initiator_does_not_do_without() -> None:
    world, items = certifiable()
    context = world.b.context
    escrow = information.Escrow.decode(items[0].parts[information.ESCROW])
    bad = encode(replace(escrow, sealed=context.case.crypto.seal(CAST.t.party.sealing, K1, context.case.id)))
    parts = (*items[0].parts[: information.ESCROW], bad)
    with refused("ESCROW_INVALID"):
        certify(CAST.trustee, certify_request(context.case, parts, context.rules.shown2), START)
    world.begin()
    world.run()
    m1 = world.a.state.m1 or b""
    fresh = World("information")
    fresh.b.feed(Received(m1), START)
    good = certify(CAST.trustee, certify_request(context.case, items[0].parts, context.rules.shown2), START)
    for certificate in (b"", CAST.b.crypto.sign(b"it is good", "trustee.escrow"), good):
        with refused("ESCROW_INVALID"):
            step(fresh.b.context, fresh.b.state, Consent((*parts, certificate)), START)


def test_nothing_is_certified_too_late_for_another_trustee_or_where_nothing_is_in_escrow() -> None:
    world, items = certifiable()
    case, shown = world.b.context.case, world.b.context.rules.shown2
    request = certify_request(case, items[0].parts, shown)
    with refused("TOO_LATE"):
        certify(CAST.trustee, request, world.label.t_resolve + 1)
    other = encode(replace(Certify.decode(request), label=encode(replace(world.label, trustee=CAST.mint.party))))
    with refused("MESSAGE_UNEXPECTED"):
        certify(CAST.trustee, other, START)
    contract = World("contract").b.context
    with refused("MESSAGE_UNEXPECTED"):
        certify(CAST.trustee, certify_request(contract.case, (b"order",), frozenset({0})), START)
    with refused("PEER_DEVIATED"):
        certify(CAST.trustee, encode(replace(Certify.decode(request), digests=())), START)


def test_information_that_does_not_open_convicts_its_giver_and_nobody_else() -> None:
    world = World("information")
    case, place = world.a.context.case, lefts(world.label)[0]
    lie = Promised(information.promise(case, place, GOODS, (b"z" * 32,), K1, K2), K1)
    world.a.feed(opening(case, [lie], K2), START)
    world.run()
    assert world.a.state.outcome == world.b.state.outcome == "done"
    conviction = Conviction.decode(world.b.gained(CONVICTION) or b"")
    half = composition.half_hash_in(own(world.a.state.m1 or b""))
    assert information.convicts(case, place, promise_of(lie.parts), half, conviction)
    assert not information.convicts(case, place, promise_of(lie.parts), half, replace(conviction, second=K1))
    honest = information.promise(case, place, GOODS, (CONTENT_KEY,), K1, K2)
    assert not information.convicts(case, place, promise_of(honest), half, conviction)


def test_items_can_only_be_given_by_what_was_kept_for_each() -> None:
    world = World("package")
    begun = opening(
        world.a.context.case, [promised(world.a.context.case, each, CAST) for each in lefts(world.label)], K2
    )
    with refused("USAGE_INVALID"):
        composition._give(world.a.context.case, ((lefts(world.label)[0], LEGS["document"]),), (b"x",), begun.secret)
    with refused("PEER_DEVIATED"):
        world.a.feed(Begin(begun.attachments[:-1], begun.secret), START)
        world.b.feed(Received(world.a.state.m1 or b""), START)

"""A peer that holds real deal keys and deviates: the honest side loses nothing, and both end with both or neither."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.commerce.deal_state import outcome
from semper_host.commerce.dispatch import DISPATCH, Dispatch
from semper_host.exchange import messages
from semper_host.exchange.items import ItemRef, Party
from semper_host.exchange.kinds import fair_purchase
from semper_host.exchange.labels import Label
from semper_host.exchange.primitives import Crypto, digest
from semper_host.host import offers
from semper_host.host.live_deal import LiveDeal
from semper_host.model.encoding import encode
from semper_host.model.holds import DECISION, HELD, Held
from semper_host.model.money import Money
from semper_host.model.outcome import Dissatisfied
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.host.cheating import Cheat, cheater, with_attachments, with_body, with_fields, with_label
from tests.host.street import Street, offer, street_in

OTHER = SigningKey.from_seed(b"o" * 32)
OTHERS = Party(OTHER.public, SealingKey.from_seed(b"q" * 32).public)


@pytest.fixture(scope="module")
def street(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Any
) -> Iterator[Street]:
    with street_in(tmp_path_factory.mktemp("street"), authorities, packs, market_mint, zygote) as made:
        thing = offers.ForSale("course", "A course", Money(7, "EUR"), made.content)
        made.signed = offer(made, "cheap", things=[thing])
        yield made


@pytest.fixture(autouse=True)
def conserved(street: Street) -> Iterator[None]:
    street.arrive()
    yield
    money = street.money()
    assert sum(money.values()) == 1000
    assert money["held"] == 0
    assert street.purse.purse.reserved().minor == 0


def deal_with_cheat(
    street: Street, patch: pytest.MonkeyPatch, side: str, step: str, number: int, cheat: Cheat
) -> LiveDeal:
    """Buy; after the cheat let time fly until both are done."""
    with cheater(patch, side, step, number, cheat) as done:
        live = street.agree()
        started = time.monotonic()
        street.buyer.run(live, lambda: done.is_set() or time.monotonic() > started + 10)
        assert done.is_set()
        street.settle(live)
    return live


FLIP: Callable[[bytes], bytes] = lambda body: body[:-3] + bytes([body[-3] ^ 1]) + body[-2:]  # noqa: E731
CUT: Callable[[bytes], bytes] = lambda body: body[: len(body) // 2]  # noqa: E731


@pytest.mark.parametrize("change", [FLIP, pytest.param(CUT, marks=pytest.mark.deep)], ids=["tampered", "truncated"])
@pytest.mark.parametrize(
    ("side", "step", "number", "sold"),
    [
        ("seller", "agree", 1, False), ("buyer", "agree", 2, None), ("seller", "agree", 3, True),
        ("buyer", "agree", 4, True), ("seller", "pay", 1, False), ("buyer", "pay", 2, None),
        ("seller", "pay", 3, True), ("buyer", "pay", 4, True),
    ],
)  # fmt: skip
def test_a_spoilt_message_costs_the_honest_side_nothing(
    street: Street, monkeypatch: pytest.MonkeyPatch, change: Any, side: str, step: str, number: int, sold: bool | None
) -> None:
    live = deal_with_cheat(street, monkeypatch, side, step, number, with_body(change))
    agreed = street.sold(live)  # asserts that both sides ended alike; None: whoever asks the trustee first decides
    assert sold is None or agreed == sold


def test_a_dispatch_for_another_deal_or_step_is_kept_as_evidence_and_changes_nothing(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    for changes in ({"deal": b"x" * 32}, {"step": "tip"}, {"seen": b"s" * 32}):
        live = deal_with_cheat(street, monkeypatch, "seller", "agree", 1, with_fields(**changes))
        assert not street.sold(live)
        kept = [each.evidence.step for each in street.customer.archive.evidence(live.id)]
        assert "deviation" in kept or "tip" in kept


def relabelled(name: str) -> Callable[[Label], Label]:
    def change(label: Label) -> Label:
        hold = label.holds[0]
        more = Money(hold.amount.minor + 1, hold.amount.currency)
        changes: dict[str, dict[str, Any]] = {
            "amount": {"right": ItemRef("money", "price", amount=more), "holds": (replace(hold, amount=more),)},
            "payee": {"holds": (replace(hold, payee="customer:somebody"),)},
            "bank": {"holds": (replace(hold, system=OTHER.public),)},
            "trustee": {"trustee": OTHERS},
            "t2": {"t2": label.t2 + 3600, "t_resolve": label.t_resolve + 3600,
                   "holds": (replace(hold, least_expiry=hold.least_expiry + 3600),)},
            "t_resolve": {"t_resolve": label.t_resolve - 30},
            "expiry": {"holds": (replace(hold, least_expiry=hold.least_expiry + 86_400),)},
            "deal": {"deal": b"D" * 32},
            "iteration": {"iteration": 1},
            "goods": {"left": replace(label.left, digest=b"g" * 32)},
            "responder": {"responder": OTHERS},
            "nonce": {"nonce_b": b"n" * 32},
        }  # fmt: skip
        return replace(label, **changes[name])

    return change


@pytest.mark.parametrize(
    "name",
    [
        "amount", "payee", "bank", "trustee", "t2", "t_resolve", "expiry", "deal", "iteration", "goods", "responder",
        "nonce",
    ],
)  # fmt: skip
def test_a_seller_cannot_change_what_the_label_says(street: Street, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    before = street.money()
    live = deal_with_cheat(street, monkeypatch, "seller", "pay", 1, with_label(relabelled(name)))
    assert not street.sold(live)
    assert street.money() == before
    assert live.trouble.startswith("MESSAGE_UNEXPECTED: cannot")


def test_a_hold_of_a_payment_system_that_the_label_does_not_name_buys_nothing(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forge(crypto: Crypto, parts: tuple[bytes, ...]) -> tuple[bytes, ...]:
        held = Held.decode(cose.open1(parts[0], HELD, cose.signer_of(parts[0])))
        return (cose.sign1(encode(replace(held, system=OTHER.public)), HELD, OTHER),)

    live = deal_with_cheat(street, monkeypatch, "buyer", "pay", 2, with_attachments(forge))
    gained = {token.name for past in street.sale(live).state.past for token in past.gains}
    assert DECISION in gained  # the seller gave no key for it: only the trustee, with the true hold, could end the step
    street.sold(live)


def test_an_escrow_that_holds_another_key_gives_the_money_back(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    """The seller wants the money released by the trustee, for a key that opens nothing."""
    prepare = fair_purchase.prepare

    def cheating(case: Any, *arguments: Any) -> Any:
        parts, secret = prepare(case, *arguments)
        escrow = case.crypto.seal(case.label.trustee.sealing, b"\x00" * 32, case.id)
        return (*parts[: fair_purchase.ESCROW], escrow, *parts[fair_purchase.ESCROW + 1 :]), secret

    monkeypatch.setattr(fair_purchase, "prepare", cheating)
    before = street.money()
    live = deal_with_cheat(street, monkeypatch, "seller", "pay", 3, with_body(CUT))
    assert not street.sold(live)
    assert street.money() == before
    assert "escrow" in live.state.why or "initiator asked" in live.state.why


def test_a_key_that_opens_nothing_convicts_the_seller_and_is_no_purchase(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(offers, "content_key", lambda home, root: b"\x0f" * 32)
    live = street.agree()
    street.run(live)
    assert live.over
    assert live.state.place == "END.sold"
    ended = outcome(live.business.plan, live.state)
    assert isinstance(ended, Dissatisfied)
    assert "does not open the goods" in ended.why
    assert street.buyer.deliver(live) == []
    assert "conviction" in [each.evidence.step for each in street.customer.archive.evidence(live.id)]
    street.quiet()


def test_two_first_messages_under_one_label_bind_the_seller_to_the_first(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second comes in the dispatch that should carry message 3."""
    first: list[bytes] = []

    def remember(crypto: Crypto, dispatch: Any) -> Any:
        message = messages.parse(dispatch.body)
        label = Label.decode(message.label or b"")
        parts = messages.attachments_of(dispatch.body)
        named = digest(message.label or b"")
        first.append(messages.make(crypto, 1, named, (*parts, b"and more"), preimage=message.label))
        assert label.deal == dispatch.deal
        return dispatch

    again = with_body(lambda body: first[0])
    with cheater(monkeypatch, "seller", "agree", 1, remember):
        live = deal_with_cheat(street, monkeypatch, "seller", "agree", 3, again)
    assert street.sold(live)  # the trustee, shown the first, completed what the first says
    kept = street.customer.archive.evidence(live.id)
    told = [each.evidence.role for each in kept if each.evidence.step == "agree"]
    assert told == ["seller", "buyer", "seller", "trustee"]  # no message 3, but a second message 1: kept as evidence
    dispatches = [each.message for each in kept if (each.evidence.step, each.evidence.role) == ("agree", "seller")]
    bodies = [Dispatch.decode(cose.open1(each, DISPATCH, cose.signer_of(each))).body for each in dispatches if each]
    assert bodies[1] == first[0] != bodies[0]
    assert [messages.parse(body).number for body in bodies] == [1, 1]

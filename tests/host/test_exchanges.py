"""Two hosts exchange one thing for another, each kind in turn: real bundles, banks, trustee and issuer on loopback."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

from semper_host.admission.service_keys import ServiceKeys
from semper_host.api_v1 import Wanted
from semper_host.commerce.deal_exchange import without_trustee_from
from semper_host.commerce.deal_state import outcome
from semper_host.commerce.dispute import Claim, ClaimKind, judge
from semper_host.exchange.escrows import CERTIFICATE, Certificate
from semper_host.exchange.goods import CONTENT_KEY, Goods, Part
from semper_host.exchange.legs.access import ACCESS
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.state import Phase
from semper_host.exchange.status import FINAL, REVOKED
from semper_host.exchange.two_transfers import AFFIDAVIT, ITEM, RECEIPT_TOKEN, Swapped
from semper_host.host import offers
from semper_host.host.buyer_effects import BuyerEffects
from semper_host.host.buyer_screens import recovery_screen
from semper_host.host.credentials.desk import Desk
from semper_host.host.credentials.issuing import revoke_place
from semper_host.host.credentials.keeping import StatusKeeper
from semper_host.host.credentials.wallet import Wallet
from semper_host.host.home import Home
from semper_host.host.live_deal import LiveDeal
from semper_host.host.without_trustee import give_up
from semper_host.model.credentials import Credential
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, PeerDeviated, Unavailable, UsageError
from semper_host.model.holds import CAPTURED, DECISION, RELEASED
from semper_host.model.outcome import Satisfied
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.trusted_ui.screens import Acts, Where
from tests.host.cheating import Cheat, cheater, with_attachments, with_body
from tests.host.courtroom import until
from tests.host.street import ISSUER, MAIL, START, TRUSTEE
from tests.host.trade_evidence import check_evidence, verified
from tests.host.trades import ALL_FLOWS, DOLLARS, FLOAT, PRICE, Trading, trading_street

STRONG = ("access", "shown", "credentials", "information", "money", "package")
CHALLENGE = b"challenge".ljust(32)
CUT: Callable[[bytes], bytes] = lambda body: body[: len(body) // 2]  # noqa: E731


@pytest.fixture(scope="module")
def trading(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, dollar_mint: Any,
    zygote: Any,
) -> Iterator[Trading]:  # fmt: skip
    root = tmp_path_factory.mktemp("trading")
    with trading_street(root, authorities, packs, market_mint, dollar_mint, zygote) as made:
        membership(made)
        yield made


@pytest.fixture(autouse=True)
def conserved(trading: Trading) -> Iterator[None]:
    yield
    euros, dollars = trading.street.money(), trading.dollars()
    assert (sum(euros.values()), euros["held"]) == (START, 0)
    assert (sum(dollars.values()), dollars["held"]) == (FLOAT, 0)


def desk(trading: Trading, home: Home) -> Desk:
    return Desk(home, trading.street.market.sandbox(home), trading.street.clock())


def membership(trading: Trading) -> None:
    """The customer is a member of the merchant's club."""
    holder, issuer = desk(trading, trading.street.customer), desk(trading, trading.street.merchant)
    signed = issuer.issue("membership", "Member", (), holder.new_holder(), "main", 30, once=False)
    holder.wallet.put(signed, issuer.issuer.signing.public)


def gives(trading: Trading, name: str) -> dict[str, Goods]:
    """What the buyer brings: for information, its own, sealed in its home."""
    if "info.survey" not in ALL_FLOWS[name]:
        return {}
    home = trading.street.customer
    edition = offers.seal(home, trading.street.content)
    return {"info.survey": Goods((Part("survey", edition.root, edition.ck_hash),))}


def gained(live: LiveDeal) -> list[str]:
    return [token.name for past in live.state.past for token in past.gains]


def tickets(home: Home, trading: Trading) -> list[Credential]:
    return [held.credential for held in desk(trading, home).wallet.all() if held.credential.label]


def traded(trading: Trading, live: LiveDeal) -> bool:
    sides = (live, trading.sale(live))
    ends = {isinstance(outcome(side.business.plan, side.state), Satisfied) for side in sides}
    assert len(ends) == 1, [side.state.why for side in sides]
    return ends.pop()


def sides(trading: Trading, live: LiveDeal) -> list[tuple[Home, LiveDeal]]:
    return [(trading.street.customer, live), (trading.street.merchant, trading.sale(live))]


def trade_with_cheat(
    trading: Trading, patch: pytest.MonkeyPatch, name: str, side: str, number: int, cheat: Cheat
) -> LiveDeal:
    """Trade; after the cheat let time fly until both sides are done."""
    street = trading.street
    with cheater(patch, side, "trade", number, cheat) as done:
        live = trading.agree(name, gives(trading, name))
        started = time.monotonic()
        street.buyer.run(live, lambda: done.is_set() or time.monotonic() > started + 10)
        assert done.is_set()
        street.settle(live)
    return live


HAS: dict[str, tuple[str, str]] = {
    # what shows that the buyer, and the seller, has its item
    "access": (ACCESS, CAPTURED), "shown": (ACCESS, ""), "credentials": (ACCESS, ACCESS),
    "information": (CONTENT_KEY, CONTENT_KEY), "money": (CAPTURED, CAPTURED), "package": (ACCESS, CAPTURED),
    "survey": (CAPTURED, CONTENT_KEY), "weak": (ITEM, RECEIPT_TOKEN), "none": (ITEM, ITEM),
    "weak-package": (ITEM, RECEIPT_TOKEN), "none-package": (ITEM, CAPTURED), "advance-weak": (RECEIPT_TOKEN, ITEM),
}  # fmt: skip


@pytest.mark.parametrize("name", list(HAS))
def test_strangers_exchange_one_thing_for_another(trading: Trading, name: str) -> None:
    before, dollars = trading.street.money(), trading.dollars()
    live = trading.trade(name, gives(trading, name))
    assert traded(trading, live) and DECISION not in gained(live)
    for side, wanted in zip((live, trading.sale(live)), HAS[name], strict=True):
        had = {*gained(side), *(proof.name for proof in side.state.proofs), ""}
        assert wanted in had, (name, had)
    paid = PRICE.minor if "money.price" in ALL_FLOWS[name] else 0
    assert trading.street.money()["merchant"] == before["merchant"] + paid
    abroad = DOLLARS.minor if "money.dollars" in ALL_FLOWS[name] else 0
    assert trading.dollars()["buyer"] == dollars["buyer"] + abroad
    proved = verified(trading.street.customer, live)
    assert [step.outcome for step in proved.steps] == ["done", "done"]
    assert all(item.had for item in proved.steps[1].items)
    check_evidence(sides(trading, live))


def test_a_bought_ticket_opens_the_door_once_and_for_its_holder_alone(trading: Trading) -> None:
    street, before = trading.street, len(tickets(trading.street.customer, trading))
    live = trading.trade("tickets")
    assert FINAL in gained(live) and len(tickets(street.customer, trading)) == before + 1
    assert any("7 minor units" in line or "0.07 EUR held at" in line for line in street.person.screens[-1])
    [signed] = [token.data for past in live.state.past for token in past.gains if token.name == ACCESS]
    holder, door = desk(trading, street.customer), desk(trading, street.merchant)
    name = next(held.name for held in holder.wallet.all() if held.signed == signed)
    statement = street.buyer.client.get(f"{street.merchant.config.url}/semper/v1/keys")
    listed = street.buyer.client.get(f"{street.merchant.config.url}/semper/v1/status/sold")
    issuer: ServiceKeys = door.service(statement)
    door.verifier().learn(listed, issuer.signing, door.now)
    wanted = Wanted("ticket", [issuer.signing], [])
    shown = holder.present(name, door.audience, CHALLENGE)
    door.check(shown, wanted, CHALLENGE, redeem=True)
    again = holder.present(name, door.audience, b"another challenge".ljust(32))
    with pytest.raises(AdmissionRefused, match="redeemed before"):
        door.check(again, wanted, b"another challenge".ljust(32), redeem=True)
    with pytest.raises(UsageError) as caught:
        desk(trading, street.merchant).revoke(signed)
    assert caught.value.code == "CREDENTIAL_SOLD"


SPOILT = [("access", 1), ("access", 4), ("money", 2), ("money", 3), ("information", 3), ("package", 3)]
DEEP = [(name, number) for name in STRONG for number in (1, 2, 3, 4) if (name, number) not in SPOILT]


@pytest.mark.parametrize(("name", "number"), [*SPOILT, *(pytest.param(*each, marks=pytest.mark.deep) for each in DEEP)])
def test_a_message_that_is_lost_leaves_both_with_all_or_nothing(
    trading: Trading, monkeypatch: pytest.MonkeyPatch, name: str, number: int
) -> None:
    had = len(tickets(trading.street.customer, trading))
    first, second = ("buyer", "seller") if name == "package" else ("seller", "buyer")
    live = trade_with_cheat(trading, monkeypatch, name, first if number % 2 else second, number, with_body(CUT))
    done = traded(trading, live)
    assert number == 2 or done == (number > 2)  # after 2 whoever asks the trustee first decides
    gets_ticket = "credential.ticket" in ALL_FLOWS[name]
    assert len(tickets(trading.street.customer, trading)) == had + (done and gets_ticket)
    check_evidence(sides(trading, live))


@pytest.mark.parametrize("name", ["access", "money"])
def test_money_for_what_no_bank_can_tell_comes_back_once_both_give_a_vanished_trustee_up(
    trading: Trading, name: str
) -> None:
    street = trading.street
    euros, dollars = street.money(), trading.dollars()
    live = trading.agree(name)
    street.line.cut = {TRUSTEE}

    def phase() -> Phase | None:
        return getattr(live.state.exchange, "phase", None) if live.state.place == "trade" else None

    def nobody(url: str, body: bytes, send: Callable[[str, bytes], bytes]) -> bytes:
        if url.endswith(TRUSTEE) or (url.endswith(MAIL) and phase() in (Phase.COMMITTED, Phase.RESOLVING)):
            raise Unavailable("PEER_UNREACHABLE", "cannot reach it: it is gone")
        return send(url, body)

    def run_until(moment: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 30
        street.buyer.run(live, lambda: moment() or time.monotonic() > deadline)
        assert moment(), (live.state.place, phase(), live.trouble)

    street.buyer_line.relay = nobody
    run_until(lambda: phase() is Phase.COMMITTED)
    street.clock.ahead += 7
    run_until(lambda: phase() is Phase.RESOLVING and live.trouble != "")
    sale = trading.sale(live)
    until(lambda: without_trustee_from(sale.state) is not None)
    since = without_trustee_from(live.state)
    assert since is not None and since == without_trustee_from(sale.state)
    street.clock.ahead += since - street.clock()
    for deals, side in ((street.buyer.deals, live), (street.seller.deals, sale)):
        give_up(deals, side, street.clock)
    run_until(lambda: live.over)
    until(lambda: sale.over)
    street.line.cut.clear()
    assert not traded(trading, live)
    assert (street.money(), trading.dollars()) == (euros, dollars)


def test_an_abort_revokes_the_ticket_that_nobody_took(trading: Trading, monkeypatch: pytest.MonkeyPatch) -> None:
    live = trade_with_cheat(trading, monkeypatch, "access", "seller", 1, with_body(CUT))
    assert not traded(trading, live)
    merchant = trading.street.merchant
    [label] = [past.label for past in trading.sale(live).state.past if past.name == "trade"]
    keeper = StatusKeeper(merchant.archive, desk(trading, merchant).issuer.signing)
    until(lambda: [token.name for token in keeper.ends(label)] == [REVOKED])


def test_a_ticket_that_its_issuer_does_not_make_final_still_comes_through_the_trustee(trading: Trading) -> None:
    live = trading.agree("access")
    trading.street.buyer_line.cut.add(ISSUER)
    trading.street.settle(live)
    assert traded(trading, live)
    assert {RELEASED, ACCESS} <= set(gained(live)) and FINAL not in gained(live)


def test_an_issuer_that_revokes_what_was_paid_is_convicted_by_the_buyers_evidence(trading: Trading) -> None:
    street, live = trading.street, trading.trade("access")
    [said] = [held for held in tickets(street.customer, trading) if held.label == live.state.past[-1].label]
    merchant, claim = street.merchant, Claim("buyer", ClaimKind.REVOKED)
    proved = verified(street.customer, live)
    issuer = desk(trading, merchant).issuer
    assert judge([proved], claim, [issuer.status_list("sold", street.clock())]).deviated == ""
    # past all checks, straight into the archive: its own operator may not
    merchant.archive.commit(lambda tx: revoke_place(merchant.archive, tx, said.described.status, said.index))
    verdict = judge([proved], claim, [issuer.status_list("sold", street.clock())])
    assert (verdict.decided, verdict.deviated) == (True, "issuer")


def test_a_credential_of_another_deal_is_not_taken(trading: Trading, monkeypatch: pytest.MonkeyPatch) -> None:
    earlier = trading.trade("access")
    [old] = [token.data for past in earlier.state.past for token in past.gains if token.name == ACCESS]
    live = trade_with_cheat(trading, monkeypatch, "access", "seller", 3, with_attachments(lambda crypto, parts: (old,)))
    assert traded(trading, live)  # by the trustee, out of the escrow
    taken = [token.data for past in live.state.past for token in past.gains if token.name == ACCESS]
    assert len(taken) == 1 and taken != [old]
    assert (
        "deviation" in [each.evidence.step for each in trading.street.customer.archive.evidence(live.id)]
        or live.trouble
    )


def test_a_certificate_that_the_trustee_did_not_sign_gets_no_key(
    trading: Trading, monkeypatch: pytest.MonkeyPatch
) -> None:
    forger = SigningKey.from_seed(b"f" * 32)

    def forge(crypto: Crypto, parts: tuple[bytes, ...]) -> tuple[bytes, ...]:
        said = Certificate.decode(cose.peek(parts[-1]).payload)
        return (*parts[:-1], cose.sign1(encode(said), CERTIFICATE, forger))

    live = trade_with_cheat(trading, monkeypatch, "credentials", "buyer", 2, with_attachments(forge))
    traded(trading, live)  # both alike: whoever asks the trustee first decides
    sale = trading.sale(live)
    assert DECISION in gained(sale) and sale.state.past[-1].name == "trade"


def test_weak_fairness_leaves_who_gave_in_vain_with_an_affidavit(
    trading: Trading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BuyerEffects, "_cover", lambda *_: "the buyer takes the goods and does not pay")
    live = trading.agree("weak")
    trading.street.settle(live)
    assert not traded(trading, live)
    assert AFFIDAVIT in gained(trading.sale(live))
    sworn = verified(trading.street.merchant, trading.sale(live))
    assert any("declares that it got nothing" in line for line in sworn.lines)
    assert "affidavit" in judge([sworn], Claim("seller", ClaimKind.NOT_PAID)).why
    check_evidence(sides(trading, live))


@pytest.mark.parametrize("fair", ["weak", "none"])
def test_who_pays_first_without_a_trustee_is_told_where_the_money_is_and_what_shows_it(
    trading: Trading, fair: str
) -> None:
    street = trading.street
    live = trading.agree(f"advance-{fair}")
    line = street.buyer_line
    spoken = line.relay

    def waits() -> bool:
        return isinstance(live.state.exchange, Swapped) and live.state.exchange.given != ()

    def silent(url: str, body: bytes, send: Callable[[str, bytes], bytes]) -> bytes:
        if waits():
            raise Unavailable("PEER_UNREACHABLE", "cannot reach the merchant")
        return send(url, body)

    line.relay = silent
    assert recovery_screen(live).where is Where.PURSE
    deadline = time.monotonic() + 20
    street.buyer.run(live, lambda: waits() or time.monotonic() > deadline)
    screen, seller = recovery_screen(live), live.business.opened.merchant.name
    assert (screen.where, screen.holder, screen.acts, screen.actor) == (Where.PAYEE, seller, Acts.PEER, seller)
    assert screen.things[-1].startswith("trade: 0.07 EUR was given first, and nothing came for it yet")
    assert ("affidavit for the arbiter" in screen.things[-1]) is (fair == "weak")
    street.buyer.interface.show(screen)
    assert f"paid to {seller}" in " ".join(" ".join(street.person.screens[-1]).split())
    line.relay = spoken
    street.run(live)
    street.quiet()
    assert traded(trading, live)
    assert recovery_screen(live).where is Where.PAYEE


def test_a_seller_that_is_not_the_issuer_is_refused_before_anything_binds(
    trading: Trading, monkeypatch: pytest.MonkeyPatch
) -> None:
    seller, other = trading.street.seller, SigningKey.from_seed(b"o" * 32)
    monkeypatch.setattr(seller, "identity", replace(seller.identity, signing=other))
    with pytest.raises(PeerDeviated) as caught:
        trading.agree("access")
    assert caught.value.code == "PEER_IDENTITY"
    with trading.street.hurrying():
        trading.street.quiet()  # the seller stops waiting


def test_a_membership_that_the_wallet_lacks_is_asked_for_before_anything_binds(
    trading: Trading, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Wallet, "all", lambda wallet: [])
    with pytest.raises(UsageError) as caught:
        trading.agree("shown")
    assert caught.value.code == "CREDENTIAL_MISSING"
    with trading.street.hurrying():
        trading.street.quiet()

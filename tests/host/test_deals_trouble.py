"""Everything that can go wrong around a deal: refusals, people who say no, parties that are away, lines that fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.api_v1 import Line as QuoteLine
from semper_host.api_v1 import Order, OrderLine, Quote
from semper_host.commerce.agreement import Agreement
from semper_host.commerce.deal_state import outcome
from semper_host.commerce.offers import Offer, OfferParameter, open_offer, sign_offer
from semper_host.exchange.state import Phase
from semper_host.host import buyer_effects, identity, offers, selling, trusting
from semper_host.host.business import deal_keys
from semper_host.host.buyer_screens import recovery_screen
from semper_host.host.live_deal import LiveDeal
from semper_host.model.encoding import encode
from semper_host.model.error_codes import CODES
from semper_host.model.errors import SemperError, Unavailable
from semper_host.model.money import Money
from semper_host.model.outcome import Dissatisfied, Satisfied
from semper_host.supporting.communication.session import Batch, Envelope
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose
from semper_host.supporting.cryptographic.x509_issue import Applicant, issue_leaf
from semper_host.supporting.trusted_ui.mandate import KIND, Mandate
from semper_host.supporting.trusted_ui.screens import Acts, Where
from tests.host.marketplace import Authorities
from tests.host.street import BANK, HELLO, MAIL, PARAMETERS, TRUSTEE, Street, offer, street_in
from tests.host.trades import service

PRICE = 7
CHEAP = Money(PRICE, "EUR")


@pytest.fixture(scope="module")
def street(
    tmp_path_factory: pytest.TempPathFactory, authorities: Any, packs: Any, market_mint: Any, zygote: Any
) -> Iterator[Street]:
    with street_in(tmp_path_factory.mktemp("street"), authorities, packs, market_mint, zygote) as made:
        things = [offers.ForSale("course", "A course", CHEAP, made.content)]
        made.signed = offer(made, "cheap", things=things)
        made.offers["calm"] = offer(made, "calm", things=things, parameters={**PARAMETERS, "answer_within": "PT10M"})
        yield made


@pytest.fixture(autouse=True)
def conserved(street: Street) -> Iterator[None]:
    """Each test starts with a new buyer's host and leaves no deal, no hold and no reserved coin behind."""
    street.arrive()
    yield
    street.line.cut.clear()
    with street.hurrying():
        street.quiet()
    money = street.money()
    assert sum(money.values()) == 1000
    assert money["held"] == 0
    assert street.purse.purse.reserved().minor == 0


def refused(code: str, call: Callable[..., Any], *arguments: Any) -> SemperError:
    with pytest.raises(SemperError) as caught:
        call(*arguments)
    assert caught.value.code == code, caught.value.message
    assert caught.value.message.startswith("cannot")
    return caught.value


def run_until(street: Street, live: LiveDeal, moment: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 10
    street.buyer.run(live, lambda: moment() or time.monotonic() > deadline)
    assert moment(), (live.state.place, live.trouble)


def phase(live: LiveDeal, step: str) -> Phase | None:
    return live.state.exchange.phase if live.state.place == step and live.state.exchange else None


# --- offers


def changed_offer(street: Street, **changes: Any) -> bytes:
    """The street's offer with other fields, signed by its own merchant."""
    old = open_offer(street.signed, trusting.load(street.merchant.trust).roots, street.clock()).offer
    fields = {name: getattr(old, name) for name in Offer.__struct_fields__}
    return sign_offer(Offer(**{**fields, **changes}), identity.certified(street.merchant))


def test_an_expired_offer_is_refused(street: Street) -> None:
    at = street.clock()
    old = changed_offer(street, not_before=at - 100, not_after=at - 50)
    refused("OFFER_EXPIRED", street.buyer.consider, old, [])


def test_an_offer_for_terms_that_nobody_has_is_refused(street: Street) -> None:
    unknown = changed_offer(street, service=b"?" * 32, pack_url="")
    refused("OFFER_SERVICE_UNKNOWN", street.buyer.consider, unknown, [])


def test_an_offer_whose_terms_cannot_be_fetched_can_be_tried_again(street: Street) -> None:
    away = changed_offer(street, service=b"?" * 32, pack_url="http://127.0.0.1:1/p.smpack")
    assert refused("PEER_UNREACHABLE", street.buyer.consider, away, []).retryable


def test_an_offer_with_a_wrong_signature_is_refused(street: Street) -> None:
    wrong = street.signed[:-2] + bytes([street.signed[-2] ^ 1]) + street.signed[-1:]
    refused("OFFER_INVALID", street.buyer.consider, wrong, [])


def test_an_offer_whose_parameters_leave_the_declared_ranges_is_refused(street: Street) -> None:
    bad = (OfferParameter("answer_within", text="PT1S"), OfferParameter("resolve_within", text="PT1M"),
           OfferParameter("price_ceiling", money=Money(3000, "EUR")))  # fmt: skip
    refused("OFFER_PARAMETERS", street.buyer.consider, changed_offer(street, parameters=bad), [])


def test_a_merchant_cannot_make_an_offer_outside_the_declared_ranges(street: Street) -> None:
    parameters = {"answer_within": "PT1S", "resolve_within": "PT1M", "price_ceiling": "30.00 EUR"}
    refused("OFFER_PARAMETERS", lambda: offer(street, "bad", parameters=parameters))


def test_terms_whose_deals_no_record_takes_are_neither_offered_nor_considered(
    street: Street, authorities: Authorities, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a deal would stop in the middle, with money spent."""
    flow = (Path(__file__).parents[1] / "commerce/terms/sound/subscription.yaml").read_text()
    pack = service(authorities, "forty-months", flow.replace("most: 12", "most: 40"))
    bare: dict[str, Any] = {"pack": pack, "parameters": {}}
    assert refused("TERMS_INVALID", lambda: offer(street, "long", **bare)).message.endswith("let it repeat less")
    monkeypatch.setattr(offers, "check_record", lambda terms: None)  # a merchant whose host does not look
    signed, before = offer(street, "long", **bare), street.customer.archive.deals()
    assert "its record takes 160" in refused("TERMS_INVALID", lambda: street.buyer.consider(signed, [])).message
    assert street.customer.archive.deals() == before


def test_a_merchant_answers_no_hello_for_an_offer_it_never_made(street: Street) -> None:
    """Signed by its own key, but not issued: made by somebody who had the key for a moment, say."""
    never = changed_offer(street, seller=street.merchant.config.name, not_before=street.clock() - 7)
    refused("OFFER_INVALID", street.agree, None, never)


# --- hello


def test_a_buyer_whose_clock_is_an_hour_off_is_told_so(street: Street) -> None:
    street.clock.ahead += 7200  # whatever was signed before is valid also by a clock that is an hour slow
    considered = street.buyer.consider(street.signed, [])
    before = len(street.merchant.archive.deals())
    for skew in (3600, -3600):
        street.buyer.clock = lambda skew=skew: street.clock() + skew  # type: ignore[misc]
        refused("PEER_CLOCK", street.buyer.agree, considered, Order([]))
    assert len(street.merchant.archive.deals()) == before


def test_a_merchant_whose_clock_is_an_hour_off_is_noticed(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selling, "check_hello", lambda hello, signed, now: (hello.versions[0], hello.suites[0]))
    made = Agreement

    def an_hour_late(**fields: Any) -> Any:
        return made(**{**fields, "at": fields["at"] + 3600})

    monkeypatch.setattr(selling, "Agreement", an_hour_late)
    refused("PEER_CLOCK", street.agree)


def test_an_agreement_of_another_certified_merchant_is_refused(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    authorities, key = street.market.authorities, P256Key.from_seed(b"r" * 32)
    rival = Applicant("Rival", key.public, frozenset({Purpose.MERCHANT}), ("semper:merchant/rival",))
    certified = CertifiedKey(key, issue_leaf(rival, authorities.validity, authorities.registering))
    monkeypatch.setattr(identity, "certified", lambda home: certified)
    refused("PEER_IDENTITY", street.agree)


def test_a_repeated_hello_gets_the_same_agreement_and_begins_one_deal(street: Street) -> None:
    answers: list[bytes] = []

    def twice(url: str, body: bytes, send: Callable[[str, bytes], bytes]) -> bytes:
        if url.endswith(HELLO):
            send(url, body)
        return send(url, body)

    hello = street.seller.hello
    street.seller.hello = lambda signed: answers.append(hello(signed)) or answers[-1]  # type: ignore[method-assign, func-returns-value]
    before = len(street.merchant.archive.deals())
    street.buyer_line.relay = twice
    try:
        live = street.agree()
    finally:
        street.seller.hello = hello  # type: ignore[method-assign]
    assert len(street.merchant.archive.deals()) == before + 1
    assert len(set(answers)) == 1
    street.run(live)
    assert street.sold(live)


def test_a_merchant_that_quotes_more_than_it_lists_sells_nothing(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    dear = Quote([QuoteLine("1 x A course", CHEAP + CHEAP)], CHEAP + CHEAP)
    monkeypatch.setattr(street.seller, "_quote", lambda opened, order, now: dear)
    refused("ORDER_DECLINED", street.agree)


def test_a_quote_that_does_not_add_up_is_refused(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Quote([QuoteLine("1 x A course", CHEAP)], CHEAP + CHEAP)
    monkeypatch.setattr(street.seller, "_quote", lambda opened, order, now: wrong)
    refused("MESSAGE_UNEXPECTED", street.agree)


def test_an_order_of_what_is_not_offered_is_refused(street: Street) -> None:
    refused("ORDER_DECLINED", street.agree, Order([OrderLine("diamonds", 1)]))


# --- people and purses


@pytest.mark.parametrize("word", ["semper/courseware", "EUROCOM"])
def test_who_declines_a_screen_loses_nothing(street: Street, word: str) -> None:
    before, deals = street.money(), street.customer.archive.deals()
    street.person.refuses = word
    refused("USER_DECLINED", street.agree)
    assert street.money() == before
    assert street.customer.archive.deals() == deals


def test_a_purse_with_too_little_is_noticed_before_anything_binds(street: Street) -> None:
    error = refused("FUNDS_INSUFFICIENT", street.agree, Order([OrderLine("course", 200)]))
    assert "withdraw" in error.message
    assert len(street.person.screens) == 1  # the terms were shown, the approval was never asked


def test_a_purse_emptied_meanwhile_ends_the_deal_for_both(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(street.buyer, "_check_funds", lambda business, total: None)
    live = street.agree(Order([OrderLine("course", 200)]))
    street.settle(live)
    assert not street.sold(live)
    assert "FUNDS_INSUFFICIENT" in live.state.why


def test_a_payment_beyond_the_approval_is_not_made(street: Street) -> None:
    live = street.agree()
    key = deal_keys(street.customer, live.business.beginning.counter).signing
    signed = street.customer.archive.recall(buyer_effects.MANDATES, live.id.hex())
    assert signed is not None
    given = Mandate.decode(cose.open1(signed, KIND, key.public))
    less = Mandate(given.deal, given.steps, Money(1, "EUR"), given.payee, given.expiry, given.screen)
    weaker = cose.sign1(encode(less), KIND, key)
    street.customer.archive.commit(
        lambda tx: street.customer.archive.keep(tx, buyer_effects.MANDATES, live.id.hex(), weaker)
    )
    street.settle(live)
    assert not street.sold(live)
    assert "not covered by what was approved" in live.state.why


def test_a_buyer_without_a_purse_at_the_sellers_bank_is_told_how_to_open_one(street: Street) -> None:
    stranger = street.market.home("buyer", f"Stranger{len(street.buyers)}")
    customer, street.customer = street.customer, stranger
    try:
        street.arrive()
        assert "semper purse open" in refused("NO_COMMON_PAYMENT", street.agree).message
    finally:
        street.customer = customer
        street.arrive()


# --- who is away


def test_a_merchant_that_is_away_at_the_hello_begins_nothing(street: Street) -> None:
    deals = street.customer.archive.deals()
    street.buyer_line.cut = {HELLO}
    assert refused("PEER_UNREACHABLE", street.agree).retryable
    assert street.customer.archive.deals() == deals


def test_a_merchant_that_never_answers_again_is_resolved_against_by_the_trustee(street: Street) -> None:
    """From the hold on, its answers hang: the buyer's own deadlines run all the same."""
    released = threading.Event()
    live = street.agree()

    def hang(url: str, body: bytes, send: Callable[[str, bytes], bytes]) -> bytes:
        if url.endswith(MAIL) and phase(live, "pay") is Phase.COMMITTED:
            send(url, body)  # it takes what we send; what it says never comes
            released.wait(120)
            raise Unavailable("PEER_UNREACHABLE", "cannot reach the merchant: it took too long")
        return send(url, body)

    street.buyer_line.relay = hang
    thread = threading.Thread(target=street.run, args=(live,), daemon=True)
    thread.start()
    deadline = time.monotonic() + 60
    while phase(live, "pay") is not Phase.COMMITTED and time.monotonic() < deadline:
        time.sleep(0.01)
    with street.hurrying():
        while not live.state.place.startswith("END") and time.monotonic() < deadline:
            time.sleep(0.02)
    ended = live.state.place
    released.set()
    thread.join(60)
    assert ended == "END.sold" and not thread.is_alive()
    street.buyer_line.relay = lambda url, body, send: send(url, body)
    street.run(live)
    assert street.sold(live)


def test_a_bank_that_stays_away_beyond_the_deadline_holds_nothing_later(street: Street) -> None:
    before = street.money()
    live = street.agree()
    street.buyer_line.cut = {BANK}
    run_until(street, live, lambda: phase(live, "pay") is Phase.REVIEWING and "PAYMENT_UNKNOWN" in live.trouble)
    street.clock.ahead += 7
    run_until(street, live, lambda: live.state.place == "END.none")
    assert recovery_screen(live).where == Where.RETURNING
    street.buyer_line.cut.clear()
    street.settle(live)
    assert not street.sold(live)
    assert street.money() == before


def test_a_hold_left_half_made_with_the_merchant_gone_comes_back(
    street: Street, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The coins were set aside, the bank never heard of it, and no merchant is there to have it aborted."""
    live = street.agree()
    run_until(street, live, lambda: live.state.place == "pay")
    street.buyer_line.cut = {BANK}
    run_until(street, live, lambda: phase(live, "pay") is Phase.REVIEWING and "PAYMENT_UNKNOWN" in live.trouble)
    street.line.cut = {TRUSTEE}
    street.clock.ahead += 7
    run_until(street, live, lambda: live.state.place == "END.none")
    street.buyer_line.cut = {MAIL}
    street.run(live)
    assert live.over
    assert street.purse.purse.reserved().minor == 0


def test_a_merchant_that_restarts_in_the_middle_goes_on(street: Street) -> None:
    for step in ("agree", "pay"):
        live = street.agree()
        run_until(street, live, lambda step=step, live=live: live.state.place == step)  # type: ignore[misc]
        street.reopen()
        street.settle(live)
        assert street.sold(live)


def test_a_buyer_that_goes_away_after_the_hold_still_gets_what_it_paid_for(street: Street) -> None:
    live = street.agree()
    run_until(street, live, lambda: phase(live, "pay") is Phase.COMMITTED or live.state.place == "END.sold")
    street.arrive()
    again = street.buyer.deals.find(live.id)
    street.settle(again)
    assert street.sold(again)
    assert street.buyer.deliver(again)


def test_a_download_that_broke_off_is_taken_up_again(street: Street) -> None:
    live = street.agree()
    street.run(live)
    assert street.sold(live)
    street.arrive()
    assert live.id in [each.id for each in street.buyer.take_up()]
    assert street.buyer.deliver(street.buyer.deals.find(live.id))
    assert live.id not in [each.id for each in street.buyer.take_up()]


# --- the line


class Spoiling:
    """A relay that spoils the mail with each message in it once, the first time that the message passes, either way."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self.spoilt: dict[str, list[Envelope]] = {"out": [], "in": []}

    def __call__(self, url: str, body: bytes, send: Callable[[str, bytes], bytes]) -> bytes:
        if not url.endswith(MAIL):
            return send(url, body)
        return self.bent("in", send(url, self.bent("out", body)))

    def bent(self, way: str, body: bytes) -> bytes:
        batch, before = Batch.decode(body), self.spoilt[way]
        new = [each for each in batch.envelopes if each.seq not in {old.seq for old in before}]
        if not new:
            return body
        self.spoilt[way] = [*before, *new]
        match self.kind:
            case "tampered":
                return body[: len(body) // 2] + bytes([body[len(body) // 2] ^ 1]) + body[len(body) // 2 + 1 :]
            case "truncated":
                return body[:-10]
            case "duplicated":
                return encode(replace(batch, envelopes=(*new, *new)))
        return encode(replace(batch, envelopes=tuple(reversed(self.spoilt[way]))))  # the newest first, then all again


@pytest.mark.parametrize("kind", ["tampered", "truncated", "duplicated", "reordered"])
def test_each_message_that_the_line_spoils_once_delays_the_deal_only(street: Street, kind: str) -> None:
    spoiling = street.buyer_line.relay = Spoiling(kind)
    live = street.agree(signed=street.offers["calm"])
    street.run(live, 30)
    assert street.sold(live)
    for way in ("out", "in"):  # two of the contract, two of the purchase
        assert {each.seq for each in spoiling.spoilt[way]} >= {1, 2, 3, 4}
    assert all(CODES[code].remedy for code in street.troubles)
    assert bool(street.troubles) == (kind in ("tampered", "truncated"))


def test_message_2_after_its_deadline_binds_nobody_alone(street: Street) -> None:
    """A relay keeps the buyer's message 2 back until t2 is over: whatever the trustee decides, it decides for both."""
    live = street.agree()
    kept: list[tuple[str, bytes]] = []

    def keep(url: str, body: bytes, send: Callable[[str, bytes], bytes]) -> bytes:
        if url.endswith(MAIL) and phase(live, "pay") is Phase.COMMITTED and not kept:
            kept.append((url, body))
            street.clock.ahead += 7
            try:
                return send(url, body)
            finally:
                street.buyer_line.relay = lambda url, body, send: send(url, body)
        return send(url, body)

    street.buyer_line.relay = keep
    street.settle(live)
    assert kept
    street.sold(live)


# --- where is my money


def test_the_recovery_screen_answers_at_every_moment(street: Street) -> None:
    live = street.agree()
    bank, seller = live.business.bank.name, live.business.opened.merchant.name
    assert recovery_screen(live).where is Where.PURSE
    seen: dict[str, Any] = {}

    def watch() -> bool:
        screen = recovery_screen(live)
        seen[f"{live.state.place} {phase(live, live.state.place) or ''} {live.over}"] = screen
        return False

    deadline = time.monotonic() + 10
    street.buyer.run(live, lambda: watch() or time.monotonic() > deadline)
    watch()
    for key, screen in seen.items():
        street.buyer.interface.show(screen)
        if "pay committed" in key:
            assert (screen.where, screen.holder, screen.acts, screen.actor) == (Where.HELD, bank, Acts.PEER, seller)
            assert screen.by is not None
        if key.startswith("agree"):
            assert screen.where is Where.PURSE
    final = recovery_screen(live)
    assert (final.where, final.holder, final.acts) == (Where.PAYEE, seller, Acts.NOBODY)


def test_while_the_seller_has_not_collected_the_screen_says_so(street: Street) -> None:
    live = street.agree()
    run_until(street, live, lambda: live.state.place == "pay")
    street.line.cut = {BANK}
    run_until(street, live, lambda: live.state.place == "END.sold")
    screen = recovery_screen(live)
    bank, seller = live.business.bank.name, live.business.opened.merchant.name
    assert (screen.where, screen.holder, screen.acts, screen.actor) == (Where.HELD, bank, Acts.PEER, seller)
    street.line.cut.clear()
    street.run(live)
    assert street.sold(live)


def test_money_that_the_seller_never_collects_comes_back(street: Street) -> None:
    before = street.money()
    live = street.agree()
    run_until(street, live, lambda: live.state.place == "pay")
    street.line.cut = {BANK}
    run_until(street, live, lambda: live.state.place == "END.sold")
    street.clock.ahead += 10_000
    street.run(live)
    assert live.over
    assert recovery_screen(live).where is Where.PURSE
    street.line.cut.clear()
    with street.hurrying():
        street.quiet()
    assert street.money() == before
    sale = street.sale(live)
    assert isinstance(outcome(sale.business.plan, sale.state), Dissatisfied)
    assert isinstance(outcome(live.business.plan, live.state), Satisfied)

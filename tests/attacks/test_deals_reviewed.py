"""Attacks that a later review of deals of all kinds thought of: mostly on an honest side's record, by its own peer."""

from __future__ import annotations

import hashlib
import itertools
import threading
import time
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from types import SimpleNamespace
from typing import Any, cast

import msgspec
import pytest

from semper_host.api_v1 import Refused
from semper_host.cli import credential
from semper_host.cli import deal as deal_cli
from semper_host.commerce import deal as engine
from semper_host.commerce import worth
from semper_host.commerce.brought import Brought, Content, Issued
from semper_host.commerce.dispatch import AFFIDAVIT, EXCHANGE
from semper_host.commerce.dispute import Claim, ClaimKind, judge
from semper_host.commerce.events import Capture, Followed, Reclaim, Send, Unlock
from semper_host.commerce.step_messages import What, message
from semper_host.exchange import messages, transfer
from semper_host.exchange.goods import Goods, Part
from semper_host.exchange.labels import label_of
from semper_host.exchange.primitives import digest
from semper_host.exchange.transfer import Parcel
from semper_host.exchange.trustee import Revoke, Void
from semper_host.exchange.two_transfers import Handed
from semper_host.host import bought_keys, trusteeing
from semper_host.host.beating import Beat
from semper_host.host.bought_keys import KEYS
from semper_host.host.exchange_effects import ExchangeEffects
from semper_host.host.live_deal import LiveDeal
from semper_host.host.payments import proof_of
from semper_host.host.selling import Seller
from semper_host.host.trustee_revoking import Revoker
from semper_host.host.trusteeing import TrusteeService
from semper_host.host.watching import Watcher
from semper_host.model.credentials import CREDENTIAL, END_OF_TIME, Credential, Described, well_formed
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import VOIDED
from semper_host.model.outcome import Satisfied
from semper_host.model.security import Fairness
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.deals import DealRow
from semper_host.supporting.archive.store import Transaction
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.commerce import recorded
from tests.commerce.evidence_world import Fair, Party
from tests.commerce.test_evidence_steps import decide, give, move
from tests.commerce.test_evidence_swaps import Exchange, plan_for
from tests.host.postal import by_post
from tests.protocol.samples import OTHER_CONTENT_KEY, OTHER_GOODS
from tests.protocol.world import label_for


@pytest.fixture(scope="module")
def post(tmp_path_factory: pytest.TempPathFactory) -> Fair:
    return Fair(tmp_path_factory.mktemp("reviewed"), by_post)


@pytest.fixture
def begun(post: Fair) -> Iterator[tuple[Party, Party]]:
    """Buyer and seller of a deal that has only begun."""
    post.clock.now = int(time.time())
    yield post.begin()


def sends(one: Party, step: str, body: bytes) -> None:
    """A party with real keys sends, and records, what its host would never send."""
    live, send = one.deal, Send(step, body)
    one.home.archive.commit(lambda tx: one.deals.record._send(tx, live, live.state, send, EXCHANGE))
    live.reach(one.deals.record.fold(live))


def folded(party: Party) -> LiveDeal:
    """The deal as a host finds it that starts again."""
    party.deals._fold_again(party.deal)
    return party.deal


def first_message(party: Party, ago: int) -> bytes:
    """A message 1 of the contract whose deadlines passed so many seconds ago, properly signed."""
    plan = party.deal.business.plan
    spec, now = plan.automaton.step("agree"), party.deals.clock()
    label = plan.label(spec, now - ago, now - ago + spec.resolve_within)
    text = party.deal.business.documents[spec.gives[0]]
    return messages.make(plan.crypto, 1, label_of(label), (text,), preimage=encode(label))


def shipped(fair: Fair, buyer: Party, seller: Party) -> None:
    move(fair, buyer, seller)
    assert buyer.deal.state.place == seller.deal.state.place == "ship"


def test_a_dispatch_that_calls_itself_a_deviation_does_not_spoil_the_record_of_who_got_it(
    post: Fair, begun: tuple[Party, Party]
) -> None:
    buyer, seller = begun
    shipped(post, buyer, seller)
    give(post, seller, buyer)
    sends(seller, "deviation", b"nothing")
    post.post(seller, buyer)
    folded(buyer)
    decide(post, buyer, seller, "satisfied")
    assert buyer.deal.state.place == "END.sold"
    assert post.verify(post.export(buyer)).deal == buyer.deal.id


def test_a_message_1_that_comes_too_late_before_a_good_one_does_not_spoil_the_record_of_who_answers(
    post: Fair, begun: tuple[Party, Party]
) -> None:
    buyer, seller = begun
    sends(seller, "agree", first_message(seller, ago=60))
    move(post, buyer, seller)
    assert buyer.deal.state.place == seller.deal.state.place == "ship"
    found = post.verify(post.export(buyer))
    assert [each.outcome for each in found.steps] == ["done", "done"]
    assert found.steps[0].contradictions == ("seller",)
    assert judge([found], Claim("seller", ClaimKind.NOT_PAID)).deviated != "buyer"


def test_a_parcel_that_was_refused_before_a_good_one_does_not_spoil_the_record_of_who_answers() -> None:
    """Of two parcels with one digest, or of two payments, the first may be refused for what no stranger sees."""
    run = Exchange(Fairness.WEAK, "open")
    context, cheat = run.sides["seller"].context, run.sides["seller"].record
    other = encode(Handed(transfer.give(context.ours[0], context.crypto, b"another letter")))
    run.sides["buyer"].record.received(cheat.sent(other), cheat)
    run.run()
    assert run.sides["buyer"].state.outcome == "done"
    found = run.verified("buyer")
    assert (found.steps[0].outcome, found.steps[0].contradictions) == ("done", ("seller",))
    for kind in ClaimKind:
        assert judge([found], Claim("seller", kind)).deviated != "buyer"


def test_an_affidavit_stands_although_the_record_holds_what_its_holder_refused() -> None:
    """A credential for another key, a payment that ends at once: it came, and was worth nothing."""
    run = Exchange(Fairness.WEAK, "open").run(2)
    buyer, seller = run.sides["buyer"], run.sides["seller"]
    sworn = seller.record.exhibits.pop()
    seller.record.head = recorded.head_of(seller.record.exhibits)
    seller.record.received(buyer.record.sent(buyer.state.said), buyer.record)
    seller.record.keep("seller", sworn.message or b"", AFFIDAVIT)
    found = run.verified("seller")
    assert any("declares that it got nothing" in line for line in found.steps[0].words)
    assert judge([found], Claim("seller", ClaimKind.NOT_DELIVERED)).deviated in ("", "buyer")


def test_a_sealed_parcel_that_does_not_open_before_a_good_one_does_not_spoil_the_record_of_who_takes_it(
    post: Fair, begun: tuple[Party, Party]
) -> None:
    buyer, seller = begun
    shipped(post, buyer, seller)
    give(post, seller, buyer)
    decide(post, buyer, seller, "unsatisfied")
    plan = buyer.deal.business.plan
    parcel = Parcel.decode(transfer.give(plan.transfer(plan.automaton.step("returns")), plan.crypto, b"nothing"))
    sends(buyer, "returns", message(What.PARCEL, encode(msgspec.structs.replace(parcel, body=b"sealed to nobody"))))
    post.post(buyer, seller)
    assert seller.deal.state.place == "returns"
    give(post, buyer, seller, b"the goods, back")
    assert seller.deal.state.place == "approve"
    found = post.verify(post.export(seller))
    [returns] = [each for each in found.steps if each.name == "returns"]
    assert (returns.outcome, returns.contradictions) == ("ok", ("buyer",))


def test_who_hands_over_a_worthless_credential_in_two_transfers_is_convicted_by_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It comes last, so nobody looks into it before something is given for it; its description was agreed on."""
    issuer = SigningKey.from_seed(b"i" * 32)
    said = Described(1, issuer.public, "voucher", "A voucher", (), b"h" * 32, "", 1, 2, True)
    agreed = {("buyer", "info.survey"): Issued("info.survey", issuer.public, encode(said))}
    claims = [Claim("seller", each) for each in (ClaimKind.NOT_DELIVERED, ClaimKind.CONTENT_FALSE)]
    other = msgspec.structs.replace(said, title="Another")
    for given, deviated in ((Credential(said, 0), ""), (Credential(other, 0), "buyer")):
        run = Exchange(Fairness.WEAK, "survey")
        given_by_seller = cose.sign1(encode(given), CREDENTIAL, issuer)
        monkeypatch.setattr(run, "item", lambda made=given_by_seller: made)
        run.run()
        plan = plan_for(run.label, "seller", run.fair, run.second)
        found = recorded.verified(run.sides["seller"].record, None, plan, agreed)
        assert [judge([found], claim).deviated for claim in claims] == [deviated, deviated]


def test_the_banks_word_on_a_step_that_we_never_joined_does_not_spoil_the_record(
    post: Fair, begun: tuple[Party, Party]
) -> None:
    """The money was held, the process was killed before our first message, and came back too late for it."""
    buyer, seller = begun
    deals, live = buyer.deals, buyer.deal
    sends(seller, "agree", first_message(seller, ago=60))
    post.post(seller, buyer)
    for step in ("agree", "returns"):
        back = Followed(post.clock(), step, "Reclaim", VOIDED, b"the bank's word")
        buyer.home.archive.commit(partial(deals.record._keep_proof, live=live, state=live.state, event=back))
        shipped(post, buyer, seller)
    assert post.verify(post.export(buyer)).deal == live.id


def test_money_that_had_gone_back_before_it_was_collected_satisfies_nobody(
    post: Fair, begun: tuple[Party, Party]
) -> None:
    """Of two transfers no right to capture is left among the gains; the bank's word on our own money says nothing."""
    _, seller = begun
    plan, state = seller.deal.business.plan, replace(seller.deal.state, place="END.sold")
    for effect, satisfied in ((Capture("pay", b"l", b"right"), False), (Reclaim("pay", b"l"), True)):
        told = Followed(1, "pay", type(effect).__name__, VOIDED, b"word")
        after, _ = engine.advance(plan, replace(state, pending=(effect,)), told)
        assert isinstance(engine.outcome(plan, after), Satisfied) is satisfied


def test_keys_that_open_nothing_replace_none_that_were_bought(post: Fair, begun: tuple[Party, Party]) -> None:
    """Who begins two transfers takes what comes last, without a look into it before."""
    home, run = post.homes["buyer"], Exchange(Fairness.WEAK, "survey")
    goods = Content("info.survey", OTHER_GOODS)
    nothing, brings = SimpleNamespace(brought=None), SimpleNamespace(brought=Brought(contents=(goods,)))
    business: Any = SimpleNamespace(
        plan=run.sides["seller"].plan, deal=b"d" * 32, goods=OTHER_GOODS, hello=brings, agreement=nothing,
        beginning=SimpleNamespace(side="seller"),
    )  # fmt: skip
    absent: Any = None
    effects = ExchangeEffects(home, absent, absent, Watcher(), post.clock, lambda *_: "")
    for keys in ((OTHER_CONTENT_KEY,), (b"z" * 32,), (OTHER_CONTENT_KEY, b"z" * 32)):
        assert effects._unlock(business, Unlock("pay", keys)) == Followed(post.clock(), "pay", "Unlock")
        assert home.archive.recall(KEYS, business.deal.hex()) == OTHER_CONTENT_KEY


@pytest.mark.parametrize("false", [b"", b"x" * 31, b"x" * 33, b"x" * 64])
def test_what_is_no_key_hides_none_that_another_step_brings(post: Fair, false: bytes) -> None:
    """All keys of a deal stand in one record, one behind the other."""
    archive, deal, good = post.homes["buyer"].archive, hashlib.sha256(b"false" + false).digest(), b"k" * 32
    archive.commit(partial(_adding, archive, deal, [false]))
    assert archive.recall(KEYS, deal.hex()) is None
    for keys in ([false, good], [good]):
        archive.commit(partial(_adding, archive, deal, keys))
    assert archive.recall(KEYS, deal.hex()) == good
    assert bought_keys.key_of(archive, deal, digest(good)) == good
    assert bought_keys.key_of(archive, deal, digest(false)) is None


def _adding(archive: Archive, deal: bytes, keys: list[bytes], tx: Transaction) -> None:
    bought_keys.add(archive, tx, deal, keys)


@pytest.mark.parametrize("false", [b"", b"x" * 31, b"x" * 33, b"x" * 64])
def test_goods_whose_promised_hash_is_that_of_no_key_are_worth_nothing(false: bytes) -> None:
    goods = Goods((Part("course", b"r" * 32, digest(false)),))
    assert worth.fault(goods, encode([false])) == "the keys do not open the goods"


def test_the_pulse_of_a_merchant_outlives_a_flood_of_hellos(
    post: Fair, begun: tuple[Party, Party], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Deals begin while the pulse looks at those there are; without it no deadline would be kept any more."""
    deals, live = begun[1].deals, begun[1].deal
    flood = itertools.count()
    monkeypatch.setattr(LiveDeal, "left", property(lambda _: deals.live.update({b"%d" % next(flood): live})))
    deals.let_go()
    assert next(flood) == 1

    class Failing(SimpleNamespace):
        def let_go(self) -> None:
            if next(flood) > 3:
                stopping.set()
            raise RuntimeError

    stopping = threading.Event()
    seller: Any = SimpleNamespace(deals=Failing(live={}))
    pulse = Beat("test", 0.001, lambda: Seller._look(seller))
    pulse.start()
    assert stopping.wait(10)
    pulse.stop()
    assert next(flood) > 3


def test_a_fault_of_ours_in_one_deal_is_seen_and_not_tried_again_at_once(begun: tuple[Party, Party]) -> None:
    def fails(_: LiveDeal) -> None:
        raise OverflowError

    live = begun[1].deal
    seller: Any = SimpleNamespace(deals=SimpleNamespace(work=fails))
    Seller._work(seller, live)
    assert live.trouble.startswith("BACKEND_FAILED: cannot")
    assert live.todo and live.next_due() is None


def test_a_code_that_a_payment_bundle_made_up_is_a_refusal_like_any_other() -> None:
    with pytest.raises(PeerDeviated, match="cannot collect the payment: no") as caught:
        proof_of(Refused("NO SUCH CODE", "no"), "collect the payment")
    assert caught.value.code == "PAYMENT_REFUSED"


def test_a_credential_that_outlives_calendars_is_not_kept() -> None:
    """The wallet could not be listed any more: the year 10000 cannot be shown."""
    said = Described(1, b"i" * 32, "ticket", "A ticket", (), b"h" * 32, "", 1, END_OF_TIME, True)
    assert well_formed(Credential(said, 0))
    assert "9999-12-31" in credential._lines("name", Credential(said, 0))[-1]
    assert not well_formed(Credential(msgspec.structs.replace(said, not_after=END_OF_TIME + 1), 0))


def test_mail_that_comes_while_a_hello_is_answered_makes_no_second_deal_of_it(begun: tuple[Party, Party]) -> None:
    """Who says the same hello twice knows the answer as soon as it is durable."""
    deals, live = begun[1].deals, begun[1].deal
    assert deals._enter(LiveDeal(live.business)) is live
    assert deals.sessions[live.business.ends.session] is live


def test_a_label_that_names_a_bank_as_issuer_keeps_no_order_from_being_carried(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a label says is its parties' choice; nobody told this trustee where that issuer would be."""
    bank, issuer = b"b" * 32, b"i" * 32
    orders = [made(key, b"l", b"d") for made in (Revoke, Void) for key in (bank, issuer)]
    monkeypatch.setattr(trusteeing, "resume", lambda *_: SimpleNamespace(effects=orders))
    rows = SimpleNamespace(forbidden=lambda _: frozenset(), issuers=lambda _: {issuer: b"statement"})
    trustee: Any = SimpleNamespace(rows=rows, _banks=lambda: (bank,), _trustee=None)
    row: Any = SimpleNamespace(label=b"l")
    assert TrusteeService._owed(trustee, row) == [Revoke(issuer, b"l", b"d"), Void(bank, b"l", b"d")]


def test_a_merchant_that_states_a_banks_key_as_its_own_is_no_issuer_to_the_trustee() -> None:
    """It would refuse to revoke, and the bank would never be told to send the money back."""
    label, nobody = label_for("access"), SimpleNamespace()
    enrolled: Any = SimpleNamespace(issuer=lambda said, _: SimpleNamespace(signing=said))
    revoker, [bank] = Revoker(cast(Any, nobody), enrolled), [hold.system for hold in label.holds]
    status = label.left.status
    assert status is not None and revoker.known(label, (status.issuer,), b"").keys() == {status.issuer}
    left = msgspec.structs.replace(label.left, status=msgspec.structs.replace(status, issuer=bank))
    assert revoker.known(msgspec.structs.replace(label, left=left), (bank,), b"") == {}


def test_words_of_others_reach_no_terminal_unescaped(
    begun: tuple[Party, Party], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an item manager says, or who certified a seller: neither moves the cursor of a merchant's terminal."""
    live, row = begun[1].deal, begun[1].home.archive.deals()[-1]
    live.trouble = "ITEM_REFUSED: cannot take it: its manager says: \x1b[2J"
    row = DealRow(row.deal, row.role, row.state, row.at, {**row.summary, "seller": "Shop \x1b[2J"})
    monkeypatch.setattr(deal_cli, "desk", lambda _: nullcontext(SimpleNamespace(home=None)))
    monkeypatch.setattr(deal_cli, "buyer_at", lambda _: SimpleNamespace(deals=SimpleNamespace(find=lambda _: live)))
    monkeypatch.setattr(deal_cli, "find", lambda *_: row)
    context: Any = SimpleNamespace()
    deal_cli.show_deal(context, "")
    said = capsys.readouterr().out
    assert said.count("[2J") == 2 and "\x1b" not in said

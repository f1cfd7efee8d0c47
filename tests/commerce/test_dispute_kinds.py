"""Who deviates in whatever kind of exchange is convicted by what it signed; the honest side never is."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from semper_host.commerce.dispute import Claim, ClaimKind, Verdict, judge
from semper_host.commerce.evidence_proved import Verified
from semper_host.exchange import messages
from semper_host.exchange.certifying import certify
from semper_host.exchange.events import Begin, Consent, Received, Withdraw
from semper_host.exchange.fair_exchange import join, step
from semper_host.exchange.keepers import keepers_of
from semper_host.exchange.kinds import fair_purchase
from semper_host.exchange.legs import information
from semper_host.exchange.places import Place, lefts, rights
from semper_host.exchange.preparing import Promised, answering, certificate_request, opening
from semper_host.exchange.requests import RESOLVED, Answer
from semper_host.exchange.state import Role
from semper_host.exchange.status import FINAL, REVOKED, StatusEnd
from semper_host.model.credentials import STATUS_LIST, StatusList
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.model.holds import CAPTURED, DECISION, VOIDED, Decision, Settlement
from tests.commerce.recorded import SIDES, Record, Recorded, verified
from tests.protocol.samples import GOODS, HOLD, K1, K1_B, K2, OTHER_GOODS, START, promised
from tests.protocol.world import CAST, ISSUER, TRUSTEE, every_kind

KINDS = tuple(every_kind())
LIE = b"z" * 32
KEPT_LEFT = [kind for kind in KINDS if any(item.form == "access" for item in Recorded(kind).label.lefts)]
MONEY = [kind for kind in KINDS if Recorded(kind).label.holds]


def both(world: Recorded) -> list[Verified]:
    return [verified(record) for record in world.records.values()]


def verdicts(files: list[Verified]) -> Iterator[tuple[Claim, Verdict]]:
    for kind in ClaimKind:
        for side in SIDES:
            yield Claim(side, kind), judge(files, Claim(side, kind))


def never_convicts(honest: str, world: Recorded) -> None:
    """Whatever of the two files is shown, and up to wherever; what the other side shows may not even hold."""
    cut = {side: list(prefixes(record, side == honest)) for side, record in world.records.items()}
    whole = next(iter(cut[honest][-1:]))
    shown = [[each] for files in cut.values() for each in files]
    shown += [[whole, other] for side, files in cut.items() if side != honest for other in files]
    for files in shown:
        for claim, verdict in verdicts(files):
            assert verdict.deviated != honest, (claim, verdict)


def prefixes(record: Record, honest: bool) -> Iterator[Verified]:
    for end in range(2, len(record.exhibits) + 1):
        try:
            yield verified(record, record.exhibits[:end])
        except PeerDeviated:
            assert not honest, "an honest side's evidence always holds"


def lying(world: Recorded, place: Place) -> Promised:
    """A promise of information whose keys open something else than the goods."""
    goods, first = (GOODS, K1) if place.first else (OTHER_GOODS, K1_B)
    return Promised(information.promise(world.a.context.case, place, goods, (LIE,), first, K2), first)


def seller_lies(world: Recorded) -> None:
    case = world.a.context.case
    if case.label.kind == "fair-purchase":
        event = Begin(*fair_purchase.prepare(case, GOODS, (LIE,), K1, K2))
    else:
        items = [
            lying(world, place) if place.item.form == "information" else promised(case, place, CAST)
            for place in lefts(case.label)
        ]
        event = opening(case, items, K2)
    world.hold(event.attachments)
    world.a.feed(event, world.now)
    world.finish()


def buyer_lies(world: Recorded) -> None:
    case, rules = world.b.context.case, world.b.context.rules
    items = [
        lying(world, place) if place.item.form == "information" else promised(case, place, CAST)
        for place in rights(case.label)
    ]
    request = certificate_request(case, rules, items)
    consent = answering(items, None if request is None else certify(CAST.trustee, request, START))

    def agree() -> Consent:
        world.hold(consent.attachments)
        return consent

    world.consent = agree  # type: ignore[method-assign]
    world.begin()
    world.finish()


LIES: list[tuple[str, str, Callable[[Recorded], None]]] = [
    ("fair-purchase", "seller", seller_lies), ("information", "seller", seller_lies),
    ("package", "seller", seller_lies), ("package-two-holds", "seller", seller_lies),
    ("information", "buyer", buyer_lies), ("package-wide", "buyer", buyer_lies), ("package-mixed", "buyer", buyer_lies),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "liar", "run"), LIES)
def test_information_that_is_not_what_was_promised_convicts_its_giver(
    kind: str, liar: str, run: Callable[[Recorded], None]
) -> None:
    world, honest = Recorded(kind), "buyer" if liar == "seller" else "seller"
    run(world)
    for files in ([verified(world.records[honest])], both(world)):
        for claim in (ClaimKind.CONTENT_FALSE, ClaimKind.NOT_DELIVERED):
            verdict = judge(files, Claim(honest, claim))
            assert (verdict.decided, verdict.deviated) == (True, liar), verdict
    assert not judge([verified(world.records[liar])], Claim(honest, ClaimKind.CONTENT_FALSE)).decided
    never_convicts(honest, world)


@pytest.mark.parametrize("number", [2, 4])
@pytest.mark.parametrize("kind", KINDS)
def test_two_different_messages_of_the_buyer_convict_it_by_the_sellers_file_or_by_both(kind: str, number: int) -> None:
    world = Recorded(kind)
    world.begin()
    world.finish()
    m1, m2 = world.a.state.m1 or b"", world.a.state.m2 or b""
    before = messages.digest_of(m1 if number == 2 else m2)
    again = messages.make(world.b.context.case.crypto, number, world.a.context.case.id, (b"other",), previous=before)
    seller, buyer = world.records["seller"], world.records["buyer"]
    seller.received(buyer.sent(again), buyer)
    assert judge([verified(seller)], []).deviated == "buyer"
    never_convicts("seller", world)


@pytest.mark.parametrize("kind", KINDS)
def test_a_seller_that_goes_on_after_it_had_the_trustee_abort_gets_no_verdict_against_the_buyer(kind: str) -> None:
    """Its message 3 and the trustee's word don't fit: one of the two has to answer, and the buyer never."""
    world = Recorded(kind)
    world.drop(2)
    world.begin()
    world.run()
    m2 = world.b.state.m2 or b""
    other, _ = join(world.label, Role.INITIATOR, world.a.context.case.crypto)
    continued, _ = step(other, world.a.state, Received(m2), START)
    world.a.feed(Withdraw(), world.now)
    world.run()
    seller, buyer = world.records["seller"], world.records["buyer"]
    seller.received(buyer.exhibits[-1].message or b"", buyer)
    signed = seller.sent(continued.m3 or b"")
    buyer.received(signed, seller)
    world.relay = lambda number, message: message
    world.b.feed(Received(continued.m3 or b""), world.now)
    world.finish()
    never_convicts("buyer", world)
    told = [why for _, verdict in verdicts(both(world)) if "it had asked to abort" in (why := verdict.why)]
    ended = verified(buyer).steps[0]
    assert told or ended.outcome == "done" or all(not item.had for item in ended.items if item.giver == "buyer")


@pytest.mark.parametrize("kind", KEPT_LEFT)
def test_an_issuer_that_signs_both_final_and_revoked_is_convicted(kind: str) -> None:
    world = Recorded(kind)
    world.begin()
    world.finish()
    keeper = next(each for each in keepers_of(world.label) if each.status is not None and each.first)
    assert keeper.status is not None
    gone = ISSUER.crypto.sign(encode(StatusEnd(world.a.context.case.id, keeper.status.index or 0, START)), REVOKED)
    sellers = world.records["seller"]
    sellers.keep("bank", gone)
    verdict = judge(both(world), Claim("buyer", ClaimKind.REVOKED))
    assert (verdict.decided, verdict.deviated) == (True, "issuer")
    alone = judge([verified(sellers)], Claim("buyer", ClaimKind.REVOKED))
    assert not alone.decided and "its issuer must show" in alone.why


@pytest.mark.parametrize("kind", KEPT_LEFT)
def test_a_final_credential_answers_the_claim_that_it_was_revoked(kind: str) -> None:
    world = Recorded(kind)
    world.begin()
    world.finish()
    verdict = judge(both(world), Claim("buyer", ClaimKind.REVOKED))
    if any(item.ended == "final" for item in verified(world.records["buyer"]).steps[0].items):
        assert (verdict.decided, verdict.deviated) == (True, "")
    assert FINAL.endswith("final")


def status_list(index: int, *, revoked: bool, at: int = 0, key: object = ISSUER) -> bytes:
    bits = bytearray(2)
    if revoked:
        bits[index // 8] |= 1 << index % 8
    said = StatusList(1, ISSUER.signing.public, "main", at, at + 600, 16, bytes(bits))
    return key.crypto.sign(encode(said), STATUS_LIST)  # type: ignore[attr-defined,no-any-return]


def test_an_issuer_whose_list_revokes_what_it_made_final_is_convicted() -> None:
    world = Recorded("access")
    world.begin()
    world.finish()
    claim = Claim("buyer", ClaimKind.REVOKED)
    assert judge(both(world), claim, [status_list(7, revoked=False)]).deviated == ""
    assert judge(both(world), claim, [status_list(8, revoked=True)]).deviated == "", "another credential's place"
    verdict = judge(both(world), claim, [status_list(7, revoked=True)])
    assert (verdict.decided, verdict.deviated) == (True, "issuer")
    for forged in (status_list(7, revoked=True, key=TRUSTEE), b"", b"junk"):
        with pytest.raises(UsageError, match="status list"):
            judge(both(world), claim, [forged])


def test_a_credential_that_was_shown_counts_as_its_list_had_it_then() -> None:
    world = Recorded("access-shown")
    world.begin()
    world.finish()
    claim = Claim("seller", ClaimKind.REVOKED)  # the membership's place is 3; the deal began in second 0
    for lists, decided, words in (
        ([], False, "no status list"),
        ([status_list(3, revoked=True, at=1)], False, "no status list"),  # it came to light later
        ([status_list(3, revoked=True)], False, "had been revoked when it was shown"),
        ([status_list(3, revoked=False)], True, "stood when it was shown"),
        ([status_list(3, revoked=False, at=-600)], False, "had run out"),
    ):
        verdict = judge(both(world), claim, lists)
        assert (verdict.decided, verdict.deviated) == (decided, "") and words in verdict.why, verdict


@pytest.mark.parametrize("kind", MONEY)
def test_a_bank_that_gives_and_takes_back_the_same_money_is_convicted(kind: str) -> None:
    world = Recorded(kind)
    world.begin()
    world.finish()
    terms = world.label.holds[0]
    ended = Settlement(world.a.context.case.id, HOLD, terms.payee, terms.amount, START)
    keys = next(each for each in (world.mint.keys, world.court.bank.keys) if each.signing.public == terms.system)
    for side, signed in (("seller", CAPTURED), ("buyer", VOIDED)):
        world.records[side].keep("bank", keys.crypto.sign(encode(ended), signed))
    assert judge(both(world), []).deviated == "bank"


@pytest.mark.parametrize("kind", KINDS)
def test_a_trustee_that_decides_twice_is_convicted_by_two_files(kind: str) -> None:
    world = Recorded(kind)
    world.drop(4)
    world.begin()
    world.finish()
    case = world.a.context.case
    digest = messages.digest_of(world.a.state.m1 or b"")
    other = Decision(case.id, "lapsed", digest, why="too late")
    answer = Answer(TRUSTEE.crypto.sign(encode(other), DECISION))
    assert verified(world.records["seller"]).steps[0].verdicts == (RESOLVED,)
    world.records["buyer"].keep("trustee", encode(answer))
    assert judge(both(world), []).deviated == "trustee"


def test_a_trustee_that_finds_a_false_escrow_where_there_is_none_is_convicted() -> None:
    world = Recorded("contract")
    world.drop(4)
    world.begin()
    world.run()
    case = world.a.context.case
    m1, m2 = (messages.digest_of(each or b"") for each in (world.a.state.m1, world.a.state.m2))
    answer = Answer(TRUSTEE.crypto.sign(encode(Decision(case.id, "aborted", m1, m2, why="no")), DECISION))
    world.records["seller"].keep("trustee", encode(answer))
    assert judge([verified(world.records["seller"])], []).deviated == "trustee"


def test_an_escrow_that_does_not_open_convicts_its_giver_by_the_trustees_word() -> None:
    world = Recorded("access")
    case = world.a.context.case
    token = promised(case, lefts(case.label)[0], CAST)
    sealed = case.crypto.seal(CAST.t.party.sealing, b"no credential", case.id)
    world.a.feed(opening(case, [Promised((sealed,), token.secret)]), world.now)
    world.drop(3)
    world.finish()
    for files in ([verified(world.records["buyer"])], both(world)):
        for claim in (ClaimKind.NOT_DELIVERED, ClaimKind.NOT_PAID):
            verdict = judge(files, Claim("buyer" if claim is ClaimKind.NOT_DELIVERED else "seller", claim))
            assert (verdict.decided, verdict.deviated) == (True, "seller")
    never_convicts("buyer", world)

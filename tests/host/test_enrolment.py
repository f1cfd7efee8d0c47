"""Whom a trustee serves: enrolled merchants within their quota; nobody else leaves a row."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from semper_host.admission.service_keys import DealKey, sign_deal_key
from semper_host.exchange.items import Party
from semper_host.exchange.trustee import Row
from semper_host.host import offers, trusting
from semper_host.host.enrolment import GRACE, QUOTA, Admitted, Enrolments, check_vouch, context_of
from semper_host.host.trustee_line import ask_enrolled
from semper_host.host.trustee_rows import MOST_OF_A_DEAL, Rows
from semper_host.model.errors import SemperError, UsageError
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import Purpose
from tests.host.courtroom import Court, refused
from tests.host.marketplace import DAY, Keys, Marketplace, now

TRUSTEE = SigningKey.from_seed(b"t" * 32).public
SELLER = Keys.of("seller").party


@pytest.fixture
def enrolments(market: Marketplace) -> Enrolments:
    made = Enrolments(market.home("trustee"))
    made.remove("root:Registrars", 0)
    return made


def admit(enrolments: Enrolments, vouch: bytes, at: int = 0, party: Party = SELLER) -> Admitted:
    return enrolments.admit(vouch, TRUSTEE, [party.signing], at or now())


def test_a_merchant_is_served_once_it_is_enrolled(market: Marketplace, enrolments: Enrolments) -> None:
    vouch = market.authorities.vouch(TRUSTEE, SELLER)
    refused("NOT_ENROLLED", admit, enrolments, vouch)
    enrolments.enrol(market.authorities.registrars, "semper:merchant/shop", 5, now())
    assert admit(enrolments, vouch) == Admitted("semper:merchant/shop", SELLER.signing, 5)
    other = market.authorities.vouch(TRUSTEE, SELLER, "other")
    refused("NOT_ENROLLED", admit, enrolments, other)


def test_everybody_whom_a_root_certifies_can_be_enrolled_and_one_of_them_with_its_own_quota(
    market: Marketplace, enrolments: Enrolments
) -> None:
    enrolments.enrol(market.authorities.registrars, "", QUOTA, now())
    enrolments.enrol(market.authorities.registrars, "semper:merchant/shop", 5, now())
    assert admit(enrolments, market.authorities.vouch(TRUSTEE, SELLER)).quota == 5
    assert admit(enrolments, market.authorities.vouch(TRUSTEE, SELLER, "other")).quota == QUOTA


def test_a_vouch_counts_for_its_trustee_its_keys_and_its_signer_only(
    market: Marketplace, enrolments: Enrolments
) -> None:
    enrolments.enrol(market.authorities.registrars, "", QUOTA, now())
    vouch = market.authorities.vouch(TRUSTEE, SELLER)
    admit(enrolments, vouch)
    changed = bytearray(vouch)
    changed[-1] ^= 1
    elsewhere = market.authorities.vouch(bytes(32), SELLER)
    for bad in (b"", b"\xff", bytes(changed), elsewhere, vouch + b"\0", b"\0" * 20_000):
        refused("NOT_ENROLLED", admit, enrolments, bad)
    refused("NOT_ENROLLED", admit, enrolments, vouch, 0, Keys.of("stranger").party)
    refused("NOT_ENROLLED", admit, enrolments, market.authorities.vouch(TRUSTEE, SELLER, at=now() + DAY))


def test_who_certified_a_bank_vouches_for_no_merchant(market: Marketplace, enrolments: Enrolments) -> None:
    enrolments.enrol(market.authorities.registrars, "", QUOTA, now())
    bank = market.home("bank")
    from semper_host.host import identity

    keys = DealKey("bank", SELLER.signing, SELLER.sealing, context_of(TRUSTEE), now())
    refused("NOT_ENROLLED", admit, enrolments, sign_deal_key(keys, identity.certified(bank)))


def test_a_removed_merchant_is_served_in_the_deals_it_began_before(market: Marketplace, enrolments: Enrolments) -> None:
    enrolments.enrol(market.authorities.registrars, "semper:merchant/shop", 5, now() - 100)
    before, after = (market.authorities.vouch(TRUSTEE, SELLER, at=now() + shift) for shift in (-50, 50))
    enrolments.remove("semper:merchant/shop", now())
    assert admit(enrolments, before).quota == 5
    refused("NOT_ENROLLED", admit, enrolments, before, now() + GRACE + 1)
    refused("NOT_ENROLLED", admit, enrolments, after)
    with pytest.raises(UsageError):
        enrolments.remove("semper:merchant/shop", now())


def test_trust_that_is_withdrawn_later_blocks_no_exchange(market: Marketplace, enrolments: Enrolments) -> None:
    enrolments.enrol(market.authorities.registrars, "", QUOTA, now())
    trusting.remove(enrolments.home.trust, "Registrars")
    admit(enrolments, market.authorities.vouch(TRUSTEE, SELLER))


def test_what_cannot_be_meant_is_not_enrolled(market: Marketplace, enrolments: Enrolments) -> None:
    root = market.authorities.registrars
    for bad, uri, quota in (
        (root, "", 0), (root, "semper:bank/b", 1), (root, "shop", 1),
        (root._replace(purposes=frozenset({Purpose.BANK})), "", 1),
    ):  # fmt: skip
        with pytest.raises(UsageError):
            enrolments.enrol(bad, uri, quota, now())
    assert [each.until for each in enrolments.all()] == [0]


def test_a_buyer_refuses_a_merchant_that_does_not_vouch_for_its_keys(market: Marketplace) -> None:
    trustee = market.home("trustee", "t")
    from semper_host.host import identity

    stated = identity.service(trustee, now())
    roots = [market.authorities.registrars]
    good = market.authorities.vouch(stated.signing.public, SELLER)
    check_vouch(good, stated.statement, SELLER, roots, now())
    for bad in (None, b"", market.authorities.vouch(TRUSTEE, SELLER)):
        with pytest.raises(SemperError):
            check_vouch(bad, stated.statement, SELLER, roots, now())
    refused("PEER_IDENTITY", check_vouch, good, stated.statement, Keys.of("other").party, roots, now())


def test_a_strangers_requests_write_no_row(court: Court) -> None:
    made = court.purchase()
    made.hold()
    stranger = court.banked.market.authorities.vouch(court.keys.signing, Keys.of("somebody").party)
    for request in (made.abort(), made.resolve()):
        for vouch in (b"", stranger):
            refused("NOT_ENROLLED", court.service.answer, request, vouch)
    assert court.service.rows.docket.lines(10) == []
    court.answer(made.resolve())


def test_who_asks_again_needs_no_enrolment_for_the_answer_that_stands(court: Court) -> None:
    made = court.purchase()
    first = court.answer(made.abort())
    assert court.service.answer(made.abort(), b"") == first


def row(number: int, verdict: str) -> Row:
    return Row(number.to_bytes(32, "big"), verdict, b"m" * 32, b"decision", b"request")


def filled(rows: Rows, admitted: Callable[[int], Admitted], verdict: str) -> int:
    """Decide until the quota refuses; return how many were decided."""
    for number in range(1000):
        try:
            rows.decide(row(number, verdict), admitted(number), now(), owed=False, mine=False)
        except SemperError as error:
            assert error.code == "TRUSTEE_QUOTA"
            return number
    raise AssertionError("no quota")


def test_a_merchants_decisions_are_bounded_and_aborts_to_half(market: Marketplace) -> None:
    rows = Rows(market.home("trustee").archive)

    def admitted(number: int) -> Admitted:
        return Admitted("semper:merchant/shop", b"key" + number.to_bytes(4, "big"), 10)

    assert filled(rows, admitted, "aborted") == 5
    for number in range(100, 105):
        rows.decide(row(number, "resolved"), admitted(number), now(), owed=False, mine=False)
    refused("TRUSTEE_QUOTA", lambda: rows.decide(row(200, "resolved"), admitted(200), now(), owed=False, mine=False))
    other = Admitted("semper:merchant/other", b"o", 10)
    rows.decide(row(201, "aborted"), other, now(), owed=False, mine=False)
    rows.decide(row(202, "aborted"), admitted(202), now() + DAY + 1, owed=False, mine=False)


def test_one_deal_cannot_use_up_its_merchants_quota(market: Marketplace) -> None:
    rows = Rows(market.home("trustee").archive)
    assert filled(rows, lambda _: Admitted("semper:merchant/shop", b"key", QUOTA), "resolved") == MOST_OF_A_DEAL


@pytest.mark.parametrize("made_up", ["aborted", "lapsed"])
def test_exchanges_that_one_side_made_up_leave_its_peer_half_of_the_deals_decisions(
    market: Marketplace, made_up: str
) -> None:
    rows, merchant = Rows(market.home("trustee").archive), "semper:merchant/shop"
    assert filled(rows, lambda _: Admitted(merchant, b"key", QUOTA), made_up) == MOST_OF_A_DEAL // 2
    assert filled(rows, lambda number: Admitted(merchant, b"%d" % number, 40), made_up) == 20
    rows.decide(row(500, "resolved"), Admitted(merchant, b"key", QUOTA), now(), owed=False, mine=False)
    rows.decide(row(501, "resolved"), Admitted(merchant, b"1", 40), now(), owed=False, mine=False)


def test_a_merchant_learns_before_its_offer_whether_the_trustee_serves_it(court: Court) -> None:
    market = court.banked.market
    merchant, statement = market.home("merchant"), court.service.keys()
    offers.check_enrolled(merchant, market.client, statement, now())
    Enrolments(court.home).remove("root:Registrars", now() - 10)
    refused("NOT_ENROLLED", offers.check_enrolled, merchant, market.client, statement, now())
    for junk in (b"", b"junk", market.authorities.vouch(TRUSTEE, SELLER)):
        with pytest.raises(SemperError):
            ask_enrolled(market.client, court.keys, junk)

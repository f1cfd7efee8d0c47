"""From signed offer, hello and agreement to what is at stake, under terms of every form."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import pytest
from msgspec.structs import replace as changed

from semper_host.admission.admit import Admitted
from semper_host.admission.manifest import Manifest, parse_manifest
from semper_host.admission.served_banks import write_served
from semper_host.admission.statements import Release
from semper_host.commerce.agreement import AGREEMENT, HELLO, SUITES, VERSIONS, Agreement, Basket, Hello, Quoted, Wish
from semper_host.commerce.brought import Account, Asked, Brought, Content, Issued, Priced, description_of
from semper_host.commerce.offers import Offer, OfferArticle, OfferParameter, OfferPayment, open_offer, sign_offer
from semper_host.commerce.plan import Payee, Plan
from semper_host.commerce.planning import BUYER, SELLER, Agreed, agree, plan_of
from semper_host.exchange.goods import Goods, Part
from semper_host.model.credentials import Claim, Described
from semper_host.model.encoding import encode
from semper_host.model.grants import Grants
from semper_host.model.money import Money
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.edition import FORMAT, Edition, EditionFile
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.sealing import SealingKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose
from semper_host.supporting.cryptographic.x509_issue import Applicant, issue_leaf
from tests.commerce.evidence_services import Keys as ServiceKeys
from tests.host.marketplace import Authorities
from tests.protocol import world
from tests.protocol.world import refused

TOTAL, DOLLARS = Money(1990, "EUR"), Money(2100, "USD")
ECASH, DEPOSIT = "semper/ecash", "semper/deposit"
ISSUER = world.ISSUER.signing.public


class Market:
    """A certified merchant with two banks and a trustee; what was signed is made anew for each deal."""

    def __init__(self, library: Any) -> None:
        self.library = library
        self.authorities = Authorities()
        self.at = self.authorities.validity.not_before + 86_400
        key = P256Key.from_seed(b"m" * 32)
        applicant = Applicant("EUROCOM", key.public, frozenset({Purpose.MERCHANT}), ("semper:merchant/eurocom",))
        self.merchant = CertifiedKey(
            key, issue_leaf(applicant, self.authorities.validity, self.authorities.registering)
        )
        self.roots = (self.authorities.registrars,)
        self.banks = {ECASH: ServiceKeys.of("bank"), DEPOSIT: ServiceKeys.of("other bank")}
        source = library.root / "plugins/commerce/courseware/manifest.yaml"
        self.manifest: Manifest = parse_manifest(source.read_bytes(), unpublished=True)

    def service(self, name: str) -> Admitted:
        """The courseware's bundle with other terms; nothing but its terms is looked at here."""
        flow = self.manifest.terms.flow if self.manifest.terms else ""
        release = Release(b"d" * 32, self.manifest.id, self.manifest.version, self.manifest.kind, self.at)
        return Admitted(b"d" * 32, self.manifest, {flow: self.library.text(f"sound/{name}")}, Grants(), (), release)

    def offer(self, *parameters: OfferParameter) -> bytes:
        certified = {name: keys.service("bank", self.authorities, self.at, name) for name, keys in self.banks.items()}
        served = write_served(tuple(keys.signing.public for keys in self.banks.values()))
        return sign_offer(
            Offer(
                self.manifest.id, self.manifest.version, b"d" * 32, "EUROCOM", "http://127.0.0.1:1",
                (OfferArticle("course", "A course", TOTAL, encode(edition("course"))),
                 OfferArticle("notes", "Notes", TOTAL, encode(edition("notes")))),
                parameters,
                tuple(OfferPayment(name, f"shop at {name}", keys) for name, keys in certified.items()),
                ServiceKeys.of("trustee").service("trustee", self.authorities, self.at, keyset=served), "",
                self.at - 3600, self.at + 3600, SealingKey.from_seed(b"s" * 32).public,
            ),
            self.merchant,
        )  # fmt: skip

    def agreed(self, name: str, *parameters: OfferParameter, hello: Any = None, agreement: Any = None) -> Agreed:
        """What comes of a hello and an agreement with these fields changed."""
        offer = self.offer(*parameters)
        said = Hello(
            VERSIONS, SUITES, self.at, sha256(offer).digest(), world.BUYER.party, b"b" * 32,
            Basket((Wish("course", 1),)), (ECASH,),
        )  # fmt: skip
        signed = cose.sign1(encode(changed(said, **(hello or {}))), HELLO, world.BUYER.signing)
        answered = Agreement(
            VERSIONS[0], SUITES[0], self.at, sha256(signed).digest(), world.SELLER.party, b"s" * 32,
            Quoted((), TOTAL), ECASH,
        )  # fmt: skip
        answer = cose.sign1_certified(encode(changed(answered, **(agreement or {}))), AGREEMENT, self.merchant)
        opened = open_offer(offer, self.roots, self.at)
        return agree(opened, self.service(name), offer, signed, answer, self.roots, self.at)

    def plans(self, agreed: Agreed) -> tuple[Plan, Plan]:
        return plan_of(agreed, BUYER, world.BUYER.crypto), plan_of(agreed, SELLER, world.SELLER.crypto)


def edition(name: str) -> Edition:
    files = (EditionFile("a.txt", 1, b"a" * 32),)
    return Edition(FORMAT, files, b"\x0e" * 32, b"\x0f" * 32, sha256(name.encode()).digest())


@pytest.fixture(scope="module")
def market(library: Any) -> Market:
    return Market(library)


def money(name: str, amount: Money) -> OfferParameter:
    return OfferParameter(name, money=amount)


def description(holder: bytes = b"", sort: str = "ticket") -> bytes:
    claims, once = (Claim("course", "1"),), sort == "ticket"
    return encode(Described(1, ISSUER, sort, "One evening", claims, holder, "sold", 0, 2_000_000_000, once))


CEILINGS = (money("euros_ceiling", Money(5000, "EUR")), money("dollars_ceiling", Money(6000, "USD")))
PRICED = (Priced("money.dollars", DOLLARS),)


def test_each_side_of_an_exchange_of_money_is_paid_at_its_own_account(market: Market) -> None:
    agreed = market.agreed(
        "currency_exchange", *CEILINGS,
        hello={"brought": Brought(accounts=(Account(DEPOSIT, "anna"),))},
        agreement={"pays": DEPOSIT, "priced": PRICED},
    )  # fmt: skip
    ecash, deposit = (market.banks[name].signing.public for name in (ECASH, DEPOSIT))
    buyer, seller = market.plans(agreed)
    stake = buyer.stakes["change"]
    assert stake == seller.stakes["change"]
    assert stake.payees == (Payee(deposit, "anna"), Payee(ecash, "shop at semper/ecash"))
    assert [str(paid.item.amount) for paid in stake.paid] == ["21.00 USD", "19.90 EUR"]
    assert agreed.buyers_bank is not None
    assert agreed.buyers_bank.signing == deposit


@pytest.mark.parametrize(
    ("code", "accounts", "agreement"),
    [
        ("NO_COMMON_PAYMENT", (), {"pays": DEPOSIT, "priced": PRICED}),  # the buyer names no account
        ("NO_COMMON_PAYMENT", (Account(DEPOSIT, "anna"),), {"priced": PRICED}),  # the seller pays elsewhere
        ("NO_COMMON_PAYMENT", (Account(ECASH, "anna"),), {"pays": ECASH, "priced": PRICED}),  # two holds at one bank
        ("NO_COMMON_PAYMENT", (Account("x/y", "anna"),), {"pays": "x/y", "priced": PRICED}),  # not in the offer
        ("OFFER_PARAMETERS", (Account(DEPOSIT, "anna"),), {"pays": DEPOSIT}),  # euros are no dollars
        ("MESSAGE_UNEXPECTED", (Account(DEPOSIT, "a"), Account(DEPOSIT, "b")), {"pays": DEPOSIT, "priced": PRICED}),
    ],
)
def test_money_that_cannot_reach_the_buyer_is_no_deal(
    market: Market, code: str, accounts: tuple[Account, ...], agreement: dict[str, Any]
) -> None:
    with refused(code):
        market.agreed("currency_exchange", *CEILINGS, hello={"brought": Brought(accounts)}, agreement=agreement)


def test_a_refund_goes_to_the_buyers_account_at_the_payment_system_agreed_on(market: Market) -> None:
    parameters = (money("price_ceiling", Money(5000, "EUR")), OfferParameter("days_to_inspect", text="P2D"))
    brought = Brought(accounts=(Account(ECASH, "anna"),))
    agreed = market.agreed("mail_order", *parameters, hello={"brought": brought})
    ecash = market.banks[ECASH].signing.public
    assert agreed.stakes["pay"].payees == (Payee(ecash, "shop at semper/ecash"),)
    assert agreed.stakes["refund"].payees == (Payee(ecash, "anna"),)
    with refused("NO_COMMON_PAYMENT"):
        market.agreed("mail_order", *parameters)


def test_a_credential_is_made_out_to_its_takers_key_of_the_deal(market: Market) -> None:
    for holder in (b"", world.BUYER.signing.public):
        brought = Brought(issued=(Issued("credential.ticket", ISSUER, description(holder)),))
        agreed = market.agreed("tickets", money("price_ceiling", Money(5000, "EUR")), agreement={"brought": brought})
        ticket = agreed.stakes["buy"].left[0]
        assert ticket.digest == sha256(description(world.BUYER.signing.public)).digest()
        assert ticket.status is not None
        assert (ticket.form, ticket.status.issuer, ticket.status.index) == ("access", ISSUER, None)
        said = description_of(brought.issued[0], world.BUYER.signing.public)
        assert encode(said) == description(world.BUYER.signing.public)


@pytest.mark.parametrize(
    "issued",
    [
        Issued("credential.ticket", ISSUER, description(world.OTHER.signing.public)),  # somebody else's
        Issued("credential.ticket", world.OTHER.signing.public, description()),  # another issuer's
        Issued("credential.ticket", ISSUER, description(sort="membership")),
        Issued("credential.ticket", ISSUER, description()[:-1]),
        Issued("credential.ticket", ISSUER, b""),
        Issued("credential.ticket", ISSUER, description(), index=-1),
        Issued("credential.seat", ISSUER, description()),  # what the terms don't name
    ],
)
def test_what_describes_no_credential_for_this_deal_is_refused(market: Market, issued: Issued) -> None:
    with pytest.raises(Exception) as caught:
        market.agreed(
            "tickets", money("price_ceiling", Money(5000, "EUR")), agreement={"brought": Brought(issued=(issued,))}
        )
    assert getattr(caught.value, "code", "") in ("OFFER_INVALID", "ENCODING_INVALID")


def test_whoever_wants_to_see_a_credential_says_whose(market: Market) -> None:
    issued = (Issued("credential.ticket", ISSUER, description(sort="access")),)
    asked = (Asked("credential.card", ISSUER, "membership"),)
    agreed = market.agreed("members_evening", agreement={"brought": Brought(issued=issued, asked=asked)})
    card = agreed.stakes["admit"].right[0]
    assert card.form == "presentation"
    assert card.status is not None
    assert card.status.issuer == ISSUER
    with refused("OFFER_INVALID"):
        market.agreed("members_evening", agreement={"brought": Brought(issued=issued)})


def test_information_is_the_sellers_basket_and_what_the_buyer_says_it_brings(market: Market) -> None:
    survey = Goods((Part("survey", b"r" * 32, b"k" * 32),))
    agreed = market.agreed("information_swap", hello={"brought": Brought(contents=(Content("info.survey", survey),))})
    left, right = agreed.stakes["swap"].items
    assert left.digest == sha256(encode(agreed.goods)).digest()
    assert right.digest == sha256(encode(survey)).digest()


def test_a_seller_can_name_other_content_of_its_offer_and_no_other(market: Market) -> None:
    survey = Content("info.survey", Goods((Part("survey", b"r" * 32, b"k" * 32),)))
    known = edition("notes")
    notes = Goods((Part("notes", known.root, known.ck_hash),))
    hello = {"brought": Brought(contents=(survey,))}
    given = Brought(contents=(Content("info.course", notes),))
    agreed = market.agreed("information_swap", hello=hello, agreement={"brought": given})
    assert agreed.stakes["swap"].left[0].digest == sha256(encode(notes)).digest()
    foreign = Brought(contents=(Content("info.course", survey.goods),))
    with refused("OFFER_INVALID"):
        market.agreed("information_swap", hello=hello, agreement={"brought": foreign})


def test_weak_fairness_is_what_the_agreement_says_within_the_terms(market: Market) -> None:
    tickets = Brought(issued=(Issued("credential.stalls", ISSUER, description(sort="access")),))
    circle = Brought(issued=(Issued("credential.circle", ISSUER, description(sort="access")),))
    for weak, protocol in ((None, "optimistic"), (("swap",), "two-transfers")):
        agreed = market.agreed(
            "strong_or_weak", hello={"brought": circle}, agreement={"brought": tickets, "weak": weak}
        )
        specs = [plan.automaton.step("swap") for plan in market.plans(agreed)]
        assert {spec.protocol for spec in specs} == {protocol}
    with refused("OFFER_PARAMETERS"):
        market.agreed("information_swap", agreement={"weak": ("swap",)})


def test_a_hello_or_agreement_that_brings_nothing_is_written_as_it_always_was() -> None:
    plain = {n for n, name in enumerate(Hello.__struct_fields__) if name != "brought"}
    hello = Hello(VERSIONS, SUITES, 1, b"o" * 32, world.BUYER.party, b"b" * 32, Basket((Wish("c", 1),)), (ECASH,))
    assert set(hello.to_map()) == plain
    assert Agreement.__struct_fields__[-4:] == ("brought", "pays", "priced", "weak")
    assert Hello.__struct_fields__[-1] == "brought"
    assert Hello.decode(encode(hello)) == hello

"""Terms under which two hosts exchange one thing for another, of every kind; and a street on which they do."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from semper_host.admission.archive_format import pack, unpack
from semper_host.admission.pack import Pack
from semper_host.api_v1 import Order
from semper_host.commerce.capabilities import needed_capabilities
from semper_host.commerce.terms import parse_terms
from semper_host.confinement.zygote import Zygote
from semper_host.exchange.goods import Goods
from semper_host.host import data, installed, offers
from semper_host.host.accounts import Accounts
from semper_host.host.banking import Bank, accounts_of
from semper_host.host.buying import Buyer
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.home import Home
from semper_host.host.live_deal import LiveDeal
from semper_host.host.payments import KEYS_PATH, OpenPurse, proof_of
from semper_host.model.money import Money
from tests.host.marketplace import Authorities, now
from tests.host.street import PARAMETERS, Street, offer, street_in

_MONEY = "money:\n  price: {amount: from-offer, most: parameter price_ceiling}\n"
_HEAD = """
schema: semper.terms/1
protocol: trade-{name}/1
roles: {{B: buyer, S: seller, T: trustee, J: arbiter}}
parameters:
  answer_within: {{kind: duration, min: PT5S, max: P7D}}
  resolve_within: {{kind: duration, min: PT5S, max: P30D}}
  price_ceiling: {{kind: money, currencies: [EUR], min: 1, max: 100000}}
{money}statement:
  offer: Offer under these terms
  order: Order under these terms
{items}
steps:
  agree:
    exchange: contract
    left: S statement.offer
    right: B statement.order
    fair: strong
    within: parameter answer_within
    resolve_within: parameter resolve_within
    then: {{done: trade, aborted: END.none}}
  trade:
    exchange: {kind}
    left: {left}
    right: {right}
    fair: {fair}
    needs: [agree]
    within: parameter answer_within
{resolve}    then: {{done: END.traded, aborted: END.none}}
ends:
  none: {none}
  traded: {{S: [{seller}], B: [{buyer}]}}
satisfied: [traded]
"""


def terms(
    name: str, kind: str, left: str, right: str, *, items: str = "", seller: str = "", buyer: str = "",
    fair: str = "strong", none: str = "{}",
) -> str:  # fmt: skip
    """Terms of one exchange; `seller` and `buyer` say what each has at the end, `none` what is left if it fails."""
    money = _MONEY if "money.price" in left + right else ""
    resolve = "    resolve_within: parameter resolve_within\n" if fair == "strong" else ""
    return _HEAD.format(
        name=name, kind=kind, left=left, right=right, items=items.strip("\n"), seller=seller, buyer=buyer, fair=fair,
        resolve=resolve, money=money, none=none,
    ).lstrip("\n")  # fmt: skip


def service(authorities: Authorities, name: str, flow: str) -> Pack:
    """Courseware's decisions under other terms, published."""
    files = unpack(data.archives()["commerce-courseware"])
    files["terms.yaml"] = flow.encode()
    manifest: dict[str, Any] = yaml.safe_load(files["manifest.yaml"])
    needed = sorted(needed_capabilities(parse_terms(files["terms.yaml"])))
    asked = [_request(each) for each in needed]
    manifest |= {"id": f"tests/{name}", "requests": asked}
    lines = [f"{key}: {json.dumps(value)}\n" for key, value in manifest.items()]  # JSON is YAML
    files["manifest.yaml"] = "".join(lines).encode()
    return authorities.pack(pack(files))


def _request(capability: str) -> dict[str, str]:
    most = {"most": "1000.00 EUR"} if capability.startswith("money.") else {}
    return {"capability": str(capability), **most, "reason": "The trade."}


PRICE, DOLLARS = Money(7, "EUR"), Money(5, "USD")
FLOAT = 600
"""Minor units of dollars that the merchant has to give."""
TICKET = "credential:\n  ticket: {title: Ticket, sort: ticket}"
FLOWS: dict[str, str] = {
    "access": terms(
        "access", "access", "S credential.ticket", "B money.price", items=TICKET, seller="money.price",
        buyer="credential.ticket",
    ),
    "shown": terms(
        "shown", "access", "S credential.ticket", "B shows credential.membership",
        items=f"{TICKET}\n  membership: {{title: Membership, sort: membership}}", buyer="credential.ticket",
    ),
    "credentials": terms(
        "credentials", "credentials", "S credential.ticket", "B credential.voucher",
        items=f"{TICKET}\n  voucher: {{title: Voucher, sort: access}}", seller="credential.voucher",
        buyer="credential.ticket",
    ),
    "information": terms(
        "information", "information", "S info.course", "B info.survey",
        items="info:\n  course: Key to the course\n  survey: Key to the survey", seller="info.survey",
        buyer="info.course",
    ),
    "money": terms(
        "money", "money-money", "S money.dollars", "B money.price", seller="money.price", buyer="money.dollars",
    ).replace("money:\n", f"money:\n  dollars: {{amount: {DOLLARS}}}\n"),
    "package": terms(
        "package", "package", "[S info.course, S credential.ticket]", "B money.price",
        items=f"{TICKET}\ninfo:\n  course: Key to the course", seller="money.price",
        buyer="info.course, credential.ticket",
    ),
    "weak": terms(
        "weak", "fair-purchase", "S info.course", "B money.price", items="info:\n  course: Key to the course",
        seller="money.price", buyer="info.course", fair="weak",
    ),
    "none": terms(
        "none", "access", "S credential.ticket", "B money.price", items=TICKET, seller="money.price",
        buyer="credential.ticket", fair="none", none="{B: [credential.ticket perhaps], S: [money.price perhaps]}",
    ),
}  # fmt: skip
"""One trade of each kind, by name."""
BESIDES: dict[str, str] = {
    "survey": terms(
        "survey", "fair-purchase", "B info.survey", "S money.dollars",
        items=f"info:\n  survey: Answers to our questions\nmoney:\n  dollars: {{amount: {DOLLARS}}}",
        seller="info.survey", buyer="money.dollars",
    ),
    "weak-package": terms(
        "weak-package", "package", "[S info.course, S credential.ticket]", "[B money.price, B info.survey]",
        items=f"{TICKET}\ninfo:\n  course: Key to the course\n  survey: Key to the survey", fair="weak",
        seller="money.price, info.survey", buyer="info.course, credential.ticket",
    ),
    "none-package": terms(
        "none-package", "package", "[S credential.ticket, S info.course]", "B money.price",
        items=f"{TICKET}\ninfo:\n  course: Key to the course", seller="money.price",
        buyer="info.course, credential.ticket", fair="none",
        none="{B: [credential.ticket perhaps, info.course perhaps], S: [money.price perhaps]}",
    ),
    "advance-weak": terms(
        "advance-weak", "money-money", "B money.price", "S money.dollars", seller="money.price",
        buyer="money.dollars", fair="weak",
    ).replace("money:\n", f"money:\n  dollars: {{amount: {DOLLARS}}}\n"),
    "advance-none": terms(
        "advance-none", "money-money", "B money.price", "S money.dollars", seller="money.price",
        buyer="money.dollars", fair="none", none="{B: [money.dollars perhaps], S: [money.price perhaps]}",
    ).replace("money:\n", f"money:\n  dollars: {{amount: {DOLLARS}}}\n"),
}  # fmt: skip
"""Packages without a trustee, a buyer that sells, and one that pays in advance."""
_AGAIN = """  again:
    exchange: information
    left: B info.answers
    right: S info.course
    fair: strong
    needs: [trade]
    within: parameter answer_within
    resolve_within: parameter resolve_within
    then: {done: END.traded, aborted: END.none}
ends:
"""
_TWO = terms(
    "twice", "information", "S info.course", "B info.survey", seller="info.survey, info.answers", buyer="info.course",
    items="info:\n  course: Key to the course\n  survey: Key to the survey\n  answers: Key to the answers",
    none="{S: [info.survey any], B: [info.course any]}",
)  # fmt: skip
TWICE = _TWO.replace("done: END.traded", "done: again").replace("ends:\n", _AGAIN, 1)
"""Two steps of one deal bring the merchant information."""
ALL_FLOWS = {**FLOWS, **BESIDES, "twice": TWICE}


@dataclass
class Trading:
    """A street with a second bank, of dollars, and an offer for each kind of trade."""

    street: Street
    bank: Home
    books: Accounts
    offers: dict[str, bytes] = field(default_factory=dict)

    def agree(self, name: str, gives: dict[str, Goods] | None = None, buyer: Buyer | None = None) -> LiveDeal:
        """A buyer, who arrives unless there is one, agrees to the trade."""
        buyer = buyer or self.street.arrive()
        considered = buyer.consider(self.offers[name], [])
        buyer.review(considered)
        return buyer.agree(considered, Order([]), gives or {})

    def trade(self, name: str, gives: dict[str, Goods] | None = None) -> LiveDeal:
        """Carry a trade through, both sides to the end."""
        live = self.agree(name, gives)
        self.street.run(live)
        assert live.over, (live.state.place, live.trouble, self.street.troubles, self.sale(live).trouble)
        self.street.quiet()
        return live

    def sale(self, live: LiveDeal) -> LiveDeal:
        return self.street.sale(live)

    def dollars(self) -> dict[str, int]:
        """Where the dollars are, in minor units."""
        homes = {"merchant": self.street.merchant, "buyer": self.street.customer}
        found = {"held": self.books.totals()["mint:held"].minor}
        for name, home in homes.items():
            purse = self._purse(home)
            coins = purse.purse.balance().minor + purse.purse.reserved().minor
            found[name] = coins + self.books.balance(purse.account_name).minor
        return found

    def _purse(self, home: Home) -> OpenPurse:
        purses = self.street.market.payments(home).purses(now())
        return next(purse for purse in purses if purse.keyset.currency == "USD")


@contextmanager
def trading_street(
    root: Path, authorities: Authorities, packs: dict[str, Pack], mint: MintKeys, dollars: MintKeys, zygote: Zygote,
    names: Sequence[str] = (*FLOWS, *BESIDES), databases: dict[str, str] | None = None,
) -> Iterator[Trading]:  # fmt: skip
    """Build the street; `names` are the trades that are offered, `databases` as for `street_in`."""
    with street_in(root, authorities, packs, mint, zygote, databases) as street:
        market = street.market
        abroad = replace(market, mint=dollars)
        bank, _, _ = abroad.up(
            abroad.home("bank", "Dollars"), lambda home: Bank(home, market.sandbox(home), street.clock)
        )
        books = accounts_of(bank)
        market.payments(street.trustee).open(bank.config.url, now())
        for home in (street.merchant, street.customer):
            payments = market.payments(home)
            purse = payments.open(bank.config.url, now())
            books.open(purse.account_name, home.config.name)
            if home is street.merchant:
                books.credit(purse.account_name, Money(FLOAT, "USD"))
                proof_of(payments.withdraw(purse, Money(FLOAT, "USD")), "withdraw")
                till = purse
        trading = Trading(street, bank, books)
        statement = market.client.get(street.trustee.config.url + KEYS_PATH)
        thing = offers.ForSale("hamlet", "Hamlet, 7 December", PRICE, None)
        course = offers.ForSale("course", "A course", PRICE, street.content)
        for name in names:
            made = service(authorities, name, ALL_FLOWS[name])
            installed.install(street.merchant, made, now())
            trading.offers[name] = offer(
                street, name, pack=made, things=[course if "info.course" in ALL_FLOWS[name] else thing],
                purses=[street.till, till], trustee=statement,
            )  # fmt: skip
        made = packs["commerce-tickets"]
        installed.install(street.merchant, made, now())
        given = {**PARAMETERS, "valid_for": "P7D"}
        trading.offers["tickets"] = offer(
            street, "tickets", pack=made, things=[thing], purses=[street.till], trustee=statement, parameters=given,
        )  # fmt: skip
        yield trading

"""The homes of a market, made once by hosts in this process: money for hundreds of trades, an offer of each kind."""

from __future__ import annotations

from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from semper_host.host import home as homes
from semper_host.host import installed, offers
from semper_host.host.payments import KEYS_PATH, proof_of
from semper_host.model.money import Money
from tests.host.marketplace import Authorities, now
from tests.host.postal import TERMS
from tests.host.street import START, offer
from tests.host.test_exchanges import membership
from tests.host.trades import BESIDES, FLOAT, FLOWS, PRICE, Trading, service, terms, trading_street

SLOW = {"answer_within": "PT5M", "resolve_within": "PT5M", "price_ceiling": "30.00 EUR"}
"""Nobody who is killed and comes back is late."""
MORE = {"EUR": 9000, "USD": 3000}
"""Minor units that the buyer, and of dollars the merchant, has besides."""
OTHERS: dict[str, str] = {
    "purchase": terms(
        "purchase", "fair-purchase", "S info.course", "B money.price", items="info:\n  course: Key to the course",
        seller="money.price", buyer="info.course",
    ),
    "post": TERMS.lstrip("\n"),
    "survey": BESIDES["survey"], "weak-package": BESIDES["weak-package"],
    "advance-weak": BESIDES["advance-weak"],
}  # fmt: skip
ALL = {**FLOWS, **OTHERS}
"""The terms of every kind of trade. By post: payment with receipt, transfers both ways, decisions of both.

Survey: the buyer sells information. Weak, weak-package, advance-weak: without a trustee, one item or two a side, the
buyer's money first.
"""
TOTAL = {"EUR": START + MORE["EUR"], "USD": FLOAT + MORE["USD"]}
"""All the money that there is, in minor units."""


class Made(NamedTuple):
    """Where the homes are, by party; the signed offers by trade; root and key digest of the buyer's information."""

    places: dict[str, Path]
    offers: dict[str, bytes]
    survey: tuple[bytes, bytes]


def homes_in(
    root: Path, authorities: Authorities, packs: Any, mint: Any, dollars: Any, zygote: Any, names: tuple[str, ...]
) -> Made:
    """Make everybody's home below `root`, with offers of the trades `names`; nobody serves any more on return."""
    with trading_street(root, authorities, packs, mint, dollars, zygote, names=()) as made:
        signed = {name: _offered(made, authorities, name) for name in names}
        membership(made)
        _enrich(made)
        edition = offers.seal(made.street.customer, made.street.content)
        return Made(_addressed(made), signed, (edition.root, edition.ck_hash))


def _offered(made: Trading, authorities: Authorities, name: str) -> bytes:
    pack = service(authorities, name, ALL[name])
    street, flow = made.street, ALL[name]
    installed.install(street.merchant, pack, now())
    content = street.content if "info.course" in flow else None
    thing = offers.ForSale("course" if content else "hamlet", "Something", PRICE, content)
    purses = street.market.payments(street.merchant).purses(now())
    tills = sorted(purses, key=lambda purse: purse.keyset.currency)
    statement = street.market.client.get(street.trustee.config.url + KEYS_PATH)  # it has come to serve both banks
    return offer(street, name, pack=pack, things=[thing], purses=tills, parameters=SLOW, trustee=statement)


def _enrich(made: Trading) -> None:
    """Give buyer and merchant enough for hundreds of trades."""
    street = made.street
    for home, currency, books in ((street.customer, "EUR", street.books), (street.merchant, "USD", made.books)):
        payments = street.market.payments(home)
        [purse] = [each for each in payments.purses(now()) if each.keyset.currency == currency]
        amount = Money(MORE[currency], currency)
        books.credit(purse.account_name, amount)
        for _ in range(10):
            proof_of(payments.withdraw(purse, Money(amount.minor // 10, currency)), "withdraw")


def _addressed(made: Trading) -> dict[str, Path]:
    """Write into each home's configuration where it was served; return the homes' places."""
    street = made.street
    found = {
        "bank": street.bank, "dollars": made.bank, "trustee": street.trustee, "merchant": street.merchant,
        "buyer": street.customer,
    }  # fmt: skip
    for home in found.values():
        listen = home.config.url.partition("://")[2]
        homes.write_config(home.path, msgspec.structs.replace(home.config, listen=listen))
    return {name: home.path for name, home in found.items()}

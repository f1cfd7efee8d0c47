"""One trade in which somebody is killed, and what must be so afterwards: all or nothing, once, for both alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from semper_host.commerce.dispute import Claim, ClaimKind, judge
from semper_host.host import evidence, trusting
from semper_host.host.buyer_effects import KEYS
from semper_host.host.credentials.desk import Desk
from semper_host.host.home import Home
from semper_host.host.sandbox import Sandbox
from semper_host.host.step_effects import RECEIVED
from tests.host.marketplace import now
from tests.host.trades import DOLLARS, PRICE
from tests.marketplace.mortal_homes import TOTAL
from tests.marketplace.mortal_market import Market
from tests.marketplace.mortal_party import PARCEL, WITHHELD
from tests.marketplace.mortal_store import Moment

DONE = ("END.traded", "END.credited")
PAID = ("access", "money", "package", "weak", "none", "purchase", "post", "weak-package", "advance-weak")
"""Trades in which the buyer gives the price."""
GAINS = {
    "access": (1, 0), "shown": (1, 0), "credentials": (1, 1), "information": (0, 0), "money": (0, 0),
    "package": (1, 0), "weak": (0, 0), "none": (1, 0), "purchase": (0, 0), "post": (0, 0),
    "survey": (0, 0), "weak-package": (1, 0), "advance-weak": (0, 0),
}  # fmt: skip
"""How many credentials a buyer and a merchant have more after a trade."""
KEYED = {
    "information": (True, True), "package": (True, False), "weak": (True, False), "purchase": (True, False),
    "survey": (False, True), "weak-package": (True, True),
}  # fmt: skip
"""Who has the keys to the other's content."""
SWORN = "The seller declares that it got nothing for it."


@dataclass(frozen=True)
class Death:
    """Which party is to be killed at which of its commits, and when of it."""

    party: str
    at: int
    moment: Moment


@dataclass(frozen=True)
class Spoilt:
    """Which message of an exchange a side spoils, so that the other asks the trustee; WITHHELD: it gives nothing."""

    side: str
    step: str
    number: int


def trade(market: Market, name: str, deaths: Sequence[Death] = (), spoilt: Spoilt | None = None) -> list[str]:
    """Trade once, whoever dies, and require all that must be; return who died."""
    market.behave()
    had, before = holdings(market), {row.deal for row in market.deals("merchant")}
    known, restarts = {row.deal for row in market.deals("buyer")}, len(market.restarts)
    if spoilt is not None:
        cheat = "buyer" if spoilt.side == "buyer" else "merchant"
        market.parties[cheat].ask("spoil", spoilt.side, spoilt.step, spoilt.number)
    for death in deaths:
        market.parties[death.party].ask("arm", death.at, death.moment)
    said = market.trade(name, flying=spoilt is not None)
    new = [row.deal for row in market.deals("buyer") if row.deal not in known]
    if not new:  # it died before there was a deal; nothing may be left of it but what the merchant waits for in vain
        if len(market.restarts) == restarts:
            market.mourn(said)
        market.behave()
        market.settle()
        assert holdings(market) == had
        said = market.trade(name)
        new = [row.deal for row in market.deals("buyer") if row.deal not in known]
    market.settle()
    market.counts = {party: market.parties[party].ask("count") or 0 for party in market.parties}
    market.behave()
    died = market.restarts[restarts:]
    assert set(died) <= {death.party for death in deaths}, died
    assert len(new) == 1, said
    check(market, name, new[0], had, spoilt)
    vain = [row for row in market.deals("merchant") if row.deal not in before | set(new)]
    assert all(row.summary["place"] == "END.none" for row in vain)
    return died


def holdings(market: Market) -> dict[str, int]:
    """What everybody has, money and credentials."""
    found = {f"{who} {currency}": minor for currency in TOTAL for who, minor in market.money(currency).items()}
    for currency, total in TOTAL.items():
        assert sum(market.money(currency).values()) == total
        assert found[f"held {currency}"] == 0
    assert market.reserved() == 0
    for name in ("buyer", "merchant"):
        home = market.parties[name].home
        found[f"{name} credentials"] = len(Desk(home, Sandbox(home.archive), market.clock()).wallet.all())
    return found


def check(market: Market, name: str, deal: bytes, had: dict[str, int], spoilt: Spoilt | None) -> None:
    """Both have ended alike; what each has is what the end says, once; the evidence of both says the same."""
    rows = {who: row for who in ("buyer", "merchant") for row in market.deals(who) if row.deal == deal}
    places = {row.summary["place"] for row in rows.values()}
    assert len(rows) == 2 and len(places) == 1, rows
    assert all(row.state == "over" for row in rows.values())
    done, paid = places <= set(DONE), places != {"END.none"}  # by post, goods can come too late where time flies
    assert paid or (spoilt is not None and spoilt.number < 3), rows  # from 3 on the other has what brings its item
    assert done or spoilt is not None, rows
    expected = dict(had)
    if paid:
        _moved(expected, name)
    assert holdings(market) == expected
    for index, who in enumerate(("buyer", "merchant")):
        home = market.parties[who].home
        has_key = home.archive.recall(KEYS, deal.hex()) is not None
        assert has_key == (done and KEYED.get(name, (False, False))[index]), (who, has_key)
    if done:
        _check_files(market.customer, market.merchant, name, deal)
    if spoilt is not None and spoilt.number == WITHHELD and not paid:
        _check_sworn(market, deal)
    _check_evidence(market, deal, {"buyer", "seller"} - ({spoilt.side} if spoilt is not None else set()))


def _moved(holdings: dict[str, int], name: str) -> None:
    price, dollars = PRICE.minor * (name in PAID), DOLLARS.minor * (name in ("money", "survey", "advance-weak"))
    bought, sold = GAINS[name]
    for key, more in {
        "buyer EUR": -price, "merchant EUR": price, "buyer USD": dollars, "merchant USD": -dollars,
        "buyer credentials": bought, "merchant credentials": sold,
    }.items():  # fmt: skip
        holdings[key] += more


def _check_files(customer: Home, merchant: Home, name: str, deal: bytes) -> None:
    folder = deal.hex()[:16]
    if name in ("purchase", "weak", "package", "weak-package"):
        assert (customer.path / "goods" / folder / "course" / "part-2.txt").read_bytes() == b"two"
    if name == "post":
        names = [
            sorted(file.name for file in (home.path / RECEIVED / folder).iterdir()) for home in (customer, merchant)
        ]
        assert names == [["credit", "ship"], ["returns"]]
        assert (merchant.path / RECEIVED / folder / "returns").read_bytes() == PARCEL


def _check_sworn(market: Market, deal: bytes) -> None:
    """The seller gave in vain: its record shows what it gave and swears to it, and that is what an arbiter weighs."""
    home, at = market.merchant, now() + market.clock.ahead
    file = evidence.verify_file(evidence.export(home, deal), trusting.load(home.trust), at)
    words = [line.strip() for line in file.lines]
    assert "The seller signed that it gives course." in words and SWORN in words, words
    verdict = judge([file], Claim("seller", ClaimKind.NOT_PAID))
    assert not verdict.decided and "an arbiter weighs the affidavit" in verdict.why, verdict


def _check_evidence(market: Market, deal: bytes, honest: set[str]) -> None:
    """Each side's file holds for a stranger, both tell the same, and no claim convicts who was honest."""
    homes = (market.customer, market.merchant)
    at = now() + market.clock.ahead
    files = [evidence.verify_file(evidence.export(home, deal), trusting.load(home.trust), at) for home in homes]
    ends = {file.outcome.end for file in files}
    assert len(ends) == 1, [file.outcome for file in files]
    for given in (files, files[:1], files[1:]):
        for kind in ClaimKind:
            for side in ("buyer", "seller"):
                assert judge(given, Claim(side, kind)).deviated not in honest

"""What the homes say once every process has exited: balances, goods, refusals, ends. Nothing comes from the script."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from semper_host.cli.demo.parties import Party
from semper_host.cli.demo.world import World
from semper_host.commerce.deal import DealState
from semper_host.host import banking
from semper_host.host import home as homes
from semper_host.host.bank_line import account_of
from semper_host.host.business import editions
from semper_host.host.deals import Deals, LiveDeal
from semper_host.host.home import Home
from semper_host.host.trustee_rows import Rows
from semper_host.model.error_codes import CODES
from semper_host.supporting.archive.purses import CoinState
from semper_host.supporting.cryptographic.signing import SigningKey

CURRENCY = "EUR"


@contextmanager
def home_of(party: Party) -> Iterator[Home]:
    """Open a party's home, whose processes have all exited."""
    secret = (party.home.parent / f"{party.home.name}.passphrase").read_text().rstrip("\n")
    home = homes.open_home(party.home, secret)
    try:
        yield home
    finally:
        home.close()


Balances = dict[str, dict[str, int]]
"""What each party has, in minor units by currency."""


class Reading(NamedTuple):
    """What the homes said at one moment, with no process alive."""

    balances: Balances
    deals: int
    """How many deals the buyer's home knows."""
    refusals: int
    """How many refusals it has kept."""


def read(world: World, buyer: Party) -> Reading:
    """Return what the homes of bank, merchant and `buyer` say now."""
    with home_of(world.bank) as bank, home_of(world.merchant) as merchant, home_of(buyer) as customer:
        archive = customer.archive
        return Reading(_balances(bank, merchant, customer), len(archive.deals()), len(archive.refusals()))


def balances(world: World, buyer: Party) -> Balances:
    """Return what each party has: account and purse; and what the bank holds for nobody yet."""
    return read(world, buyer).balances


def _balances(bank: Home, merchant: Home, customer: Home) -> Balances:
    books = banking.accounts_of(bank)
    accounts = {account.account: account.balance.minor for account in books.all()}
    return {
        "buyer": {CURRENCY: accounts.get(_account(customer), 0) + _coins(customer)},
        "merchant": {CURRENCY: accounts.get(_account(merchant), 0)},
        "held": {CURRENCY: books.totals()["mint:held"].minor},
    }


def refusals(party: Party) -> list[dict[str, str]]:
    """Return what a buyer's home refused, oldest first: code and blame."""
    with home_of(party) as home:
        codes = [refusal.why.split(":", 1)[0] for refusal in home.archive.refusals()]
    return [{"code": code, "blame": CODES[code].blame.value} for code in codes]


def deal(party: Party, number: int) -> dict[str, Any]:
    """Return how the party's deal `number` (from 0, by age) ended, and what of its goods lies in the home."""
    with home_of(party) as home:
        rows = [row for row in home.archive.deals() if row.role == "buyer"]
        live = Deals(home, lambda live, effect: None).find(rows[number].deal)
        state: DealState = live.state
        end = live.business.plan.automaton.outcome(state.place).end if state.place.startswith("END.") else "unfinished"
        pays = [past.label for past in state.past if live.business.plan.stakes[past.name].system]
        return {
            "deal": live.id.hex(),
            "end": end,
            "label": pays[0].hex() if pays else None,
            "goods": _goods(home, live),
        }


def verdict(trustee: Party, label: str | None) -> str | None:
    """Return what the trustee's home says it decided under L (hex); None where it decided nothing."""
    if label is None:
        return None
    with home_of(trustee) as home:
        row = Rows(home.archive).find(bytes.fromhex(label))
        return row.verdict if row else None


def _goods(home: Home, live: LiveDeal) -> list[dict[str, str | None]]:
    """Return each file that the offer promised, and what lies in the home in its place."""
    found = []
    place = home.path / "goods" / live.id.hex()[:16]
    for article, edition in editions(live.business.offer).items():
        for file in edition.files:
            delivered = place / article / file.name
            found.append(
                {
                    "path": f"{article}/{file.name}",
                    "offered_sha256": file.sha256.hex(),
                    "delivered_sha256": _digest(delivered) if delivered.is_file() else None,
                }
            )
    return found


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        digest = sha256()
        while piece := content.read(1 << 20):
            digest.update(piece)
    return digest.hexdigest()


def _account(home: Home) -> str:
    return account_of(SigningKey.from_seed(home.keyring.seed("account")).public)


def _coins(home: Home) -> int:
    purses = home.archive.kept_names(b"purses")
    return sum(
        home.archive.purse_total(purse, state) for purse in purses for state in (CoinState.FREE, CoinState.RESERVED)
    )

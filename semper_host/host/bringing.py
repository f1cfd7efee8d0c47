"""What a side brings to a deal: where it is paid, what it gives beside the basket, what it wants to be shown.

It goes into the hello or the agreement, so that both sides, the trustee and a judge mean the same by each item.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple, TypeVar

from semper_host.commerce.agreement import Basket
from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.brought import Account, Asked, Brought, Content, Issued
from semper_host.commerce.planning import BUYER, SELLER
from semper_host.commerce.terms_model import Exchange, ItemName, ItemSpec, Section, Side
from semper_host.exchange.goods import Goods
from semper_host.host.credentials.desk import BUNDLE
from semper_host.host.credentials.issuing import Issuer
from semper_host.model import credentials
from semper_host.model.credentials import MOST_CLAIMS, MOST_TEXT, VERSION, Claim
from semper_host.model.encoding import encode

SOLD = "sold"
"""The status list of an issuer's credentials that were given in exchanges."""
VALID_FOR = "valid_for"
"""The parameter of terms that says for how many seconds a credential is good; without one, a year."""
YEAR = 365 * 86_400


N = TypeVar("N", Issued, Asked)


class About(NamedTuple):
    """What a credential of a deal says beside its kind: the deal's basket, whom it is for, and from when on."""

    basket: Basket
    titles: Mapping[str, str]  # of the articles, by name
    holder: bytes
    at: int


def of_seller(bound: BoundTerms, issuer: Issuer, about: About, key: bytes) -> Brought | None:
    """Return what a seller brings; `key` names the agreement, for places in the status list. None: nothing."""
    given = tuple(
        _credential(bound, each.item, issuer.signing.public, about, SOLD, _place(issuer, step, side, each.item, key))
        for step, side, each in _credentials(bound, SELLER, shown=False)
    )
    wanted = tuple(_wanted(each, issuer.signing.public) for _, _, each in _credentials(bound, BUYER, shown=True))
    return Brought(issued=_once(given), asked=_once(wanted)) if given or wanted else None


def of_buyer(
    bound: BoundTerms, accounts: Sequence[Account], contents: Mapping[str, Goods], about: About, key: bytes
) -> Brought | None:
    """Return what a buyer brings: its accounts, the information in `contents` by item, credentials that it gives.

    A buyer's credential bears its key of this deal, `key`, and nobody can revoke it. None: nothing.
    """
    paid = any(item.family is Section.MONEY for _, to, item in _gifts(bound) if bound.terms.kind_of(to) == BUYER)
    given = tuple(
        _credential(bound, each.item, key, about, "", None) for _, _, each in _credentials(bound, BUYER, shown=False)
    )
    informed = tuple(Content(item, goods) for item, goods in contents.items())
    brought = Brought(accounts=tuple(accounts) if paid else (), contents=informed, issued=_once(given))
    return brought if brought != Brought() else None


def bundles_of(bound: BoundTerms, *ways: str | None) -> tuple[str, ...]:
    """Return the ids of the bundles that a deal runs on beside its terms: of its ways to pay, and of credentials."""
    systems = dict.fromkeys(way.partition("#")[0] for way in ways if way)
    given = any(
        True for kind in (BUYER, SELLER) for shown in (True, False) for _ in _credentials(bound, kind, shown=shown)
    )
    return (*systems, *((BUNDLE,) if given else ()))


def _gifts(bound: BoundTerms) -> Iterator[tuple[str, str, ItemName]]:
    for step in bound.terms.steps:
        if isinstance(step, Exchange):
            yield from step.gifts


def _credentials(bound: BoundTerms, kind: str, *, shown: bool) -> Iterator[tuple[Exchange, Side, ItemSpec]]:
    """Yield the credentials that the role of this kind gives in exchanges, or only shows."""
    for step in bound.terms.steps:
        if not isinstance(step, Exchange):
            continue
        for side in (step.left, step.right):
            if bound.terms.kind_of(side.role) != kind:
                continue
            for item in side.shown if shown else side.given:
                spec = bound.terms.item(item)
                if item.family is Section.CREDENTIAL and (shown or not spec.is_evidence):
                    yield step, side, spec


def _credential(
    bound: BoundTerms, item: ItemName, issuer: bytes, about: About, status: str, index: int | None
) -> Issued:
    spec = bound.terms.item(item)
    titles = ", ".join(about.titles.get(line.article, line.article) for line in about.basket.lines)
    claims = tuple(Claim(line.article, str(line.count)) for line in about.basket.lines[:MOST_CLAIMS])
    sort = spec.sort or item.name
    said = credentials.Described(
        VERSION, issuer, sort, (titles or spec.title)[:MOST_TEXT], claims, about.holder, status, about.at,
        about.at + _seconds(bound), sort == "ticket",
    )  # fmt: skip
    return Issued(str(item), issuer, encode(said), index)


def _wanted(spec: ItemSpec, issuer: bytes) -> Asked:
    """The credentials that count are those of the seller itself."""
    return Asked(str(spec.item), issuer, spec.sort or spec.item.name)


def _place(issuer: Issuer, step: Exchange, side: Side, item: ItemName, key: bytes) -> int | None:
    """Where the other side begins, the place must be known now; else the exchange's label names it, anew each time."""
    return None if side == step.initiator else issuer.allot(SOLD, encode([key, step.name, str(item)]))


def _seconds(bound: BoundTerms) -> int:
    found = dict(bound.parameters).get(VALID_FOR)
    return found if isinstance(found, int) else YEAR


def _once(said: tuple[N, ...]) -> tuple[N, ...]:
    return tuple({each.item: each for each in said}.values())

"""What the item managers of a home say of the items of a deal, before anything binds and whenever one changes hands.

Managers are bundles: they are asked by hooks, and answer with values. Whether an item is what was agreed on, the host
has checked by its digest; a manager says whether it is such an item at all (a ticket that can be read, say).
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from typing import NamedTuple

from semper_host.api_v1 import Declined, Item
from semper_host.commerce.brought import Brought, completed
from semper_host.commerce.handing import INFORMATION
from semper_host.commerce.terms_model import ItemSpec, Section
from semper_host.exchange.items import ItemRef
from semper_host.exchange.state import Role
from semper_host.host.business import Business
from semper_host.model.credentials import Described
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.model.items import Family
from semper_host.registry.bundles import Registry

MOST_BODY = 48 * 1024
"""Bytes of a body that a manager looks at: larger content never crosses to a bundle, its digest says enough."""


class Staked(NamedTuple):
    """An item of a deal as its manager knows it, what it is made of, and whether our side gives it."""

    item: Item
    body: bytes
    ours: bool


def check_items(registry: Registry, business: Business) -> None:
    """Have each item of the deal that is fixed by now committed to by its manager, or what the peer brings verified.

    Raises PeerDeviated ITEM_REFUSED.
    """
    for item, body, ours in staked(business):
        if ours:
            commit(registry, item, body)
        else:
            verify(registry, item, body)


def commit(registry: Registry, item: Item, body: bytes) -> None:
    """Require that `body` makes exactly this item, before it is promised. Raises PeerDeviated ITEM_REFUSED."""
    if len(body) > MOST_BODY:
        return
    found = registry.commit(item, body)
    if isinstance(found, Declined):
        raise _refused("promise", item, found.why)
    if item.digest and found.digest != item.digest:
        raise _refused("promise", item, "its manager makes something else of it than was agreed")


def verify(registry: Registry, agreed: Item, body: bytes) -> None:
    """Require that the `body` that came is what was agreed. Raises PeerDeviated ITEM_REFUSED."""
    found = registry.verify(agreed, body) if len(body) <= MOST_BODY else None
    if isinstance(found, Declined):
        raise _refused("take", agreed, found.why)


def release(registry: Registry, item: Item, body: bytes) -> bytes:
    """Return what is handed over for our item with this `body`. Raises PeerDeviated ITEM_REFUSED."""
    if len(body) > MOST_BODY:
        return body
    commit(registry, item, body)
    found = registry.release(item, body)
    if isinstance(found, Declined):
        raise _refused("give", item, found.why)
    return found


def described(registry: Registry, business: Business) -> tuple[str, ...]:
    """Return a line for people about each item that our side is to get, but the deal's own documents."""
    documents = business.documents.values()
    gets = [each.item for each in staked(business) if not each.ours and each.body not in documents]
    return tuple(dict.fromkeys(", ".join(registry.describe(item)) for item in gets))


def staked(business: Business) -> Iterator[Staked]:
    """Yield the items that the deal's exchanges fix, each once: money, and what both sides know the content of."""
    bodies, seen = _bodies(business), set()
    for spec in business.plan.automaton.specs.values():
        stake = business.plan.stakes.get(spec.step)
        if stake is None:
            continue
        first = business.plan.role_in(spec) is Role.INITIATOR
        for refs, ours in ((stake.left, first), (stake.right, not first)):
            for ref, name in zip(refs, spec.gives if ours else spec.gets, strict=True):
                body = b"" if ref.family == Family.MONEY else bodies.get(ref.digest)
                if body is not None and (ref, ours) not in seen:
                    seen.add((ref, ours))
                    yield Staked(item_of(ref, body, business.plan.automaton.bound.terms.item(name)), body, ours)


def item_of(ref: ItemRef, body: bytes = b"", spec: ItemSpec | None = None) -> Item:
    """Return an item as its manager knows it: a credential by what it is described as, others as the terms (`spec`)
    call them.
    """
    if ref.family == Family.STATEMENT and spec is not None:
        kind = INFORMATION if spec.item.family is Section.INFO else ref.kind
        return Item(ref.family, kind, ref.digest, title=spec.title)
    if ref.family == Family.CREDENTIAL and body:
        try:
            said = Described.decode(body)
        except SemperError:
            return Item(str(Family.STATEMENT), ref.kind, ref.digest)  # an invoice, for which a receipt is given
        return Item(ref.family, said.kind, ref.digest, title=said.title)
    return Item(ref.family, ref.kind, ref.digest, ref.amount)


def _bodies(business: Business) -> dict[bytes, bytes]:
    """Return what both sides know the content of, by its digest."""
    known = [*business.documents.values(), encode(business.goods)]
    hello, agreement = business.hello, business.agreement
    for brought, taker in ((hello.brought, agreement.party), (agreement.brought, hello.party)):
        known += _content(brought, taker.signing) if brought is not None else ()
    return {sha256(body).digest(): body for body in known}


def _content(brought: Brought, taker: bytes) -> Iterator[bytes]:
    yield from (encode(each.goods) for each in brought.contents)
    yield from (each.description for each in completed(brought, taker).issued)


def _refused(what: str, item: Item, why: str) -> PeerDeviated:
    return PeerDeviated("ITEM_REFUSED", f"cannot {what} {item.family}.{item.kind}: its manager says: {why[:200]}")

"""What a host puts into an exchange for its side: documents, keys, credentials, showings and held money, promised.

    promised    one `Promised` for each of our items, in the label's order; seals, so its result is journalled
    handed      the bytes of our item where the exchange is two transfers

Nothing is signed or held twice: credentials are issued once under L, holds are one under L at each bank.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from semper_host.commerce.brought import NOTHING, Brought, completed
from semper_host.commerce.planning import SELLER
from semper_host.commerce.projection import StepSpec
from semper_host.commerce.terms_model import ItemName, Section
from semper_host.commerce.worth import fault
from semper_host.exchange.case import Case
from semper_host.exchange.goods import Goods
from semper_host.exchange.legs import access, information
from semper_host.exchange.places import Place
from semper_host.exchange.preparing import Promised
from semper_host.host import offers
from semper_host.host.business import Business, deal_keys
from semper_host.host.credentials.desk import Desk
from semper_host.host.credentials.issuing import Issuer
from semper_host.host.credentials.keeping import StatusKeeper
from semper_host.host.home import Home
from semper_host.host.sandbox import Sandbox
from semper_host.model.credentials import Described
from semper_host.model.encoding import encode
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic.entropy import fresh_seed
from semper_host.supporting.cryptographic.signing import SigningKey

Hold = Callable[[Place, Case], bytes]
"""Have the money of a place held under its label; returns the signed HELD."""


@dataclass(frozen=True)
class ItemMaker:
    """Makes what one home gives in its deals."""

    home: Home
    sandbox: Sandbox
    clock: Callable[[], int]

    def promised(
        self, business: Business, spec: StepSpec, case: Case, mine: Sequence[Place], half: bytes, hold: Hold
    ) -> list[Promised]:
        """Return what promises each of our items, in the places `mine`; `half` is k2 where we make it.

        Raises UsageError where we don't have what we are to give.
        """
        pairs = zip(mine, spec.gives, strict=True)
        return [self._promised(business, case, place, item, half, hold) for place, item in pairs]

    def handed(self, business: Business, item: ItemName, step: str) -> bytes:
        """Return the bytes of an item, no money, that a plain transfer hands over in `step`; again, the same ones."""
        if item.family is Section.INFO:
            return encode(list(self.content_keys(goods_of(business, item))))
        if item in business.documents:
            return business.documents[item]
        said = described(business, item)
        issuer = self.issuer(business, said)
        index = issuer.allot(said.status, encode([business.deal, step, str(item)])) if said.status else None
        return self._desk(business).issue_in_exchange(issuer, said, b"", index)

    def issuer(self, business: Business, said: Described) -> Issuer:
        """Return what signs the credential that a description is of: our service's key, or that of the deal.

        Raises UsageError where it is neither.
        """
        service = SigningKey.from_seed(self.home.keyring.seed("service.signing"))
        dealt = deal_keys(self.home, business.beginning.counter).signing
        for key in (service, dealt):
            if key.public == said.issuer:
                return Issuer(self.home.archive, key)
        raise UsageError("USAGE_INVALID", "cannot give the credential: this home is not its issuer")

    def _promised(
        self, business: Business, case: Case, place: Place, item: ItemName, half: bytes, hold: Hold
    ) -> Promised:
        match place.item.form:
            case "held":
                return Promised((hold(place, case),))
            case "information":
                goods, first = goods_of(business, item), fresh_seed()
                keys = self.content_keys(goods)
                return Promised(information.promise(case, place, goods, keys, first, half), first)
            case "access":
                credential = self._issued(business, case, place, item)
                return Promised(access.promise(case, credential), credential)
            case "presentation":
                return Promised(self._shown(business, case, place))
        return Promised((business.documents[item],))

    def content_keys(self, goods: Goods) -> tuple[bytes, ...]:
        """Return the content key of each part, which this home sealed. Raises UsageError."""
        return tuple(offers.content_key(self.home, part.root) for part in goods.parts)

    def _issued(self, business: Business, case: Case, place: Place, item: ItemName) -> bytes:
        """Issue the credential under L, its place written down as pending before anything is signed."""
        said, status = described(business, item), place.item.status
        issuer = self.issuer(business, said)
        index = None if status is None else status.index
        if index is not None:
            keeper = StatusKeeper(self.home.archive, issuer.signing)
            keeper.pend(case.id, said.status, index, case.label.trustee.signing)
        return self._desk(business).issue_in_exchange(issuer, said, case.id, index)

    def _shown(self, business: Business, case: Case, place: Place) -> tuple[bytes, ...]:
        desk, status = self._desk(business), place.item.status
        held = desk.showable(place.item.digest, b"" if status is None else status.issuer, case.label.t_resolve)
        return (desk.present(held.name, place.taker.signing, case.id),)

    def _desk(self, business: Business) -> Desk:
        return Desk(self.home, self.sandbox, self.clock(), business.beginning.decided)


def described(business: Business, item: ItemName) -> Described:
    """Return what the credential for `item` says that our side gives in this deal. Raises UsageError."""
    for each in completed(_ours(business), business.plan.peer.signing).issued:
        if each.item == str(item):
            return Described.decode(each.description)
    raise UsageError("USAGE_INVALID", f"cannot give {item}: nothing was agreed about it")


def goods_of(business: Business, item: ItemName) -> Goods:
    """Return the information that our side gives for `item`: what was brought, else what the basket buys."""
    named = [each.goods for each in _ours(business).contents if each.item == str(item)]
    return named[0] if named else business.goods


def their_goods(business: Business, item: ItemName) -> Goods:
    """Return the information that the other side gives for `item`: what it brought, else what the basket buys."""
    named = [each.goods for each in _theirs(business).contents if each.item == str(item)]
    return named[0] if named else business.goods


def worthless(business: Business, item: ItemName, body: bytes) -> str:
    """Say why the `body` that the other side handed over for `item` is not what was agreed, or "".

    Keys must be those of the goods, a credential must be its issuer's, and say what was described.
    """
    if item.family is Section.INFO:
        return fault(their_goods(business, item), body)
    brought = completed(_theirs(business), business.plan.me.signing)
    return fault(next((each for each in brought.issued if each.item == str(item)), None), body)


def _ours(business: Business) -> Brought:
    ours = business.agreement.brought if business.beginning.side == SELLER else business.hello.brought
    return ours or NOTHING


def _theirs(business: Business) -> Brought:
    theirs = business.hello.brought if business.beginning.side == SELLER else business.agreement.brought
    return theirs or NOTHING


__all__ = ["Hold", "ItemMaker", "described", "goods_of", "their_goods", "worthless"]

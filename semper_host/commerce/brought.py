"""What a side brings to a deal beside its keys: named in the hello or the agreement, before anything binds (DESIGN §6).

Every item is fixed here by its digest, so that both sides, the trustee and a judge mean the same one.
"""

from __future__ import annotations

from msgspec.structs import replace

from semper_host.exchange.goods import MAX_PARTS, Goods
from semper_host.model.credentials import Credential, Described, well_formed
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.money import Money

DIGEST_BYTES = KEY_BYTES = 32


class Account(Record, frozen=True):
    """Where this side is paid: its account at the payment system whose bundle is `system`."""

    system: str
    account: str


class Content(Record, frozen=True):
    """The information that this side gives for `item` ("info.survey"), where the basket does not say it."""

    item: str
    goods: Goods


class Issued(Record, frozen=True):
    """The credential that this side gives for `item`: its issuer's key, and its encoded description, which fixes it.

    The description (`model.credentials.Described`) leaves its holder b"", or names the taker's key of this deal.
    `index`: its place in the status list, if it is allotted already; where the side that begins gives it, the
    exchange's label says it, anew for each exchange.
    """

    item: str
    issuer: bytes
    description: bytes
    index: int | None = None


class Asked(Record, frozen=True):
    """The credential that this side wants to be shown for `item`: any of this kind by the issuer with this key."""

    item: str
    issuer: bytes
    kind: str


class Parcelled(Record, frozen=True):
    """What this side will hand over by transfer for `item`: SHA-256 of its bytes, or a container's own digest."""

    item: str
    digest: bytes
    container: bool = False


class Brought(Record, frozen=True):
    """All that one side brings."""

    accounts: tuple[Account, ...] = ()
    contents: tuple[Content, ...] = ()
    issued: tuple[Issued, ...] = ()
    asked: tuple[Asked, ...] = ()
    parcels: tuple[Parcelled, ...] = ()


class Priced(Record, frozen=True):
    """What the money item `item` ("money.dollars") amounts to, where the quote's total is not what it says."""

    item: str
    amount: Money


NOTHING = Brought()


def completed(brought: Brought, taker: bytes) -> Brought:
    """Return what a side brings, its credentials made out to the key `taker` where they were left open (holder b"").

    A buyer can't know the seller's key of the deal when it says hello. Raises as `description_of` does.
    """
    made_out = (replace(each, description=encode(description_of(each, taker))) for each in brought.issued)
    return replace(brought, issued=tuple(made_out))


def description_of(issued: Issued, taker: bytes) -> Described:
    """Return what the credential is to say that is given to whoever has the key `taker`.

    Raises PeerDeviated (OFFER_INVALID) for what is no description, or of another's credential; MalformedEncoding.
    """
    said = Described.decode(issued.description)
    made_out = replace(said, holder=taker)
    fits = said.holder in (b"", taker) and said.issuer == issued.issuer
    if not fits or not well_formed(Credential(made_out, issued.index or 0)):
        cause = f"what is said of {issued.item[:64]} is no description of a credential for this deal"
        raise PeerDeviated("OFFER_INVALID", f"cannot deal: {cause}")
    return made_out


def check_brought(brought: Brought) -> None:
    """Refuse what names an item twice, by nothing, or by something that is no digest or key. Raises PeerDeviated."""
    for named in (brought.contents, brought.issued, brought.asked, brought.parcels):
        if len({each.item for each in named}) != len(named):
            raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot deal: an item is brought twice")
    if any(not 0 < len(each.goods.parts) <= MAX_PARTS for each in brought.contents):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot deal: nothing, or too much, is brought as information")
    if len({each.system for each in brought.accounts}) != len(brought.accounts):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot deal: two accounts are at one payment system")
    sizes = {len(each.digest) for each in brought.parcels} | {len(each.issuer) for each in brought.issued}
    if (sizes | {len(each.issuer) for each in brought.asked}) - {DIGEST_BYTES}:
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot deal: a digest or an issuer's key has the wrong length")

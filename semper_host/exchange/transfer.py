"""Transfer: something for nothing, with the tokens that its security attributes ask for (DESIGN §6).

    1  sender to recipient   the item; Sig(transfer, digest of the item) where `origin` is asked
    2  recipient to sender   Sig(transfer, H(1), "received" or "opened") where a receipt is asked

Exactly once: taking the same parcel again gives the same receipt, another parcel in its place is refused.
Nothing here draws randomness but the sealing of a confidential item.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from msgspec.structs import replace

from semper_host.exchange.items import ItemRef, Party
from semper_host.exchange.labels import SUITE
from semper_host.exchange.primitives import Crypto, digest
from semper_host.model import container
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated

DOMAIN = "semper.transfer"
FORMAT = 1
ORIGIN, RECEIPT, OPENED, CONFIDENTIAL, ANONYMOUS = "origin", "receipt", "opened", "confidential", "anonymous"
"""Security attributes: the sender can't deny; the recipient can't deny having the bytes, or the item; sealed to it;
the sender is known by the key of this deal alone, so its origin is that key's and no certificate may come along."""
ATTRIBUTES = (ORIGIN, RECEIPT, OPENED, CONFIDENTIAL, ANONYMOUS)
CONTAINER = "container"
"""The kind of an item that is a container: named by the digest that all its forms share."""
ORIGIN_KIND, RECEIPT_KIND = "transfer.origin", "transfer.receipt"
"""The signed kinds of the two tokens."""


class Transfer(Record, frozen=True):
    """What a transfer is about; its hash names it. `item.digest` fixes what is handed over (see `identity`).

    Where nobody but the sender can know it before, `item.digest` is b"" until the parcel tells (see `learnt`).
    """

    domain: str
    format: int
    suite: str
    deal: bytes
    step: str
    iteration: int
    sender: Party
    recipient: Party
    item: ItemRef
    security: tuple[str, ...]
    nonce: bytes


class Parcel(Record, frozen=True):
    """Message 1. `body` is the item, or the item sealed to the recipient."""

    transfer: bytes
    body: bytes
    origin: bytes | None = None


class Origin(Record, frozen=True):
    """What the sender signs: this transfer gives the item with this digest."""

    transfer: bytes
    item: bytes


class Receipt(Record, frozen=True):
    """What the recipient signs: `what` is "received" (these bytes came) or "opened" (they are the item).

    `hidden`: the digests of the parts of a container that stayed sealed to the recipient; None where nothing did.
    """

    transfer: bytes
    parcel: bytes
    what: str
    hidden: tuple[bytes, ...] | None = None


Look = Callable[[bytes], tuple[bytes, ...]]
"""An item's bytes -> the digests of its parts that stay hidden; raises PeerDeviated for what must not be."""


class Taken(NamedTuple):
    """What the recipient has: the item's bytes, and the receipt to send back if one is asked."""

    item: bytes
    receipt: bytes | None


def make_transfer(
    *, deal: bytes, step: str, sender: Party, recipient: Party, item: ItemRef, security: tuple[str, ...],
    nonce: bytes, iteration: int = 0,
) -> Transfer:  # fmt: skip
    """Return a transfer in the current format.

    Raises PeerDeviated (PEER_DEVIATED) for an unknown attribute, and for an item that neither side's agreement nor the
    sender's token of origin fixes.
    """
    if not set(security) <= set(ATTRIBUTES):
        raise PeerDeviated("PEER_DEVIATED", "cannot transfer: an attribute of its security is unknown")
    if not item.digest and ORIGIN not in security:
        raise PeerDeviated("PEER_DEVIATED", "cannot transfer: nothing fixes the item, and no token of origin is asked")
    ordered = tuple(sorted(set(security)))
    return Transfer(DOMAIN, FORMAT, SUITE, deal, step, iteration, sender, recipient, item, ordered, nonce)


def name_of(transfer: Transfer) -> bytes:
    """Return the transfer's name, 32 bytes."""
    return digest(encode(transfer))


def give(transfer: Transfer, crypto: Crypto, item: bytes) -> bytes:
    """Return the sender's parcel. Raises PeerDeviated if `item` is not the one agreed on."""
    transfer = transfer if transfer.item.digest else _fixed(transfer, identity(transfer.item, item))
    name = name_of(transfer)
    _check_item(transfer, item)
    sealing = CONFIDENTIAL in transfer.security
    body = crypto.seal(transfer.recipient.sealing, item, name) if sealing else item
    said = encode(Origin(name, transfer.item.digest))
    origin = crypto.sign(said, ORIGIN_KIND) if ORIGIN in transfer.security else None
    return encode(Parcel(name, body, origin))


def take(
    transfer: Transfer, crypto: Crypto, data: bytes, *, before: bytes | None = None, look: Look | None = None
) -> Taken:
    """Return the item of the parcel `data`, and its receipt; `before` is the parcel taken earlier, if any.

    `look` says which parts of a container stay hidden, which the receipt then names; without it none may be.
    Raises PeerDeviated: SIG_INVALID, PEER_DEVIATED (not the item agreed on, or a second, different parcel),
    CONTAINER_INVALID (a part is missing).
    """
    if before not in (None, data):
        evidence = encode([before, data])
        raise PeerDeviated("PEER_DEVIATED", "cannot take the item: a different one came before", evidence=evidence)
    transfer = learnt(transfer, crypto, data)
    name, parcel = name_of(transfer), Parcel.decode(data)
    if parcel.transfer != name or (parcel.origin is None) == (ORIGIN in transfer.security):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot take the item: it belongs elsewhere", evidence=data)
    item = crypto.unseal(parcel.body, name) if CONFIDENTIAL in transfer.security else parcel.body
    _check_item(transfer, item)
    if parcel.origin is not None:
        _check_origin(transfer, crypto, name, parcel.origin)
    hidden = _whole(transfer.item, item, data) if look is None else look(item)
    asked = _receipt_for(transfer, name, data, hidden)
    return Taken(item, None if asked is None else crypto.sign(encode(asked), RECEIPT_KIND))


def learnt(transfer: Transfer, crypto: Crypto, data: bytes) -> Transfer:
    """Return the transfer with its item fixed by the parcel `data`, where nothing fixed it before.

    The sender's token of origin says the digest, to everybody alike. Raises PeerDeviated (SIG_INVALID).
    """
    if transfer.item.digest:
        return transfer
    signed = Parcel.decode(data).origin
    if signed is None:
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot take the item: its token of origin is missing", evidence=data)
    origin = Origin.decode(crypto.open(signed, ORIGIN_KIND, transfer.sender.signing))
    if not origin.item:
        raise PeerDeviated("PEER_DEVIATED", "cannot take the item: its token of origin names none", evidence=data)
    return _fixed(transfer, origin.item)


def check_receipt(
    transfer: Transfer, crypto: Crypto, parcel: bytes, signed: bytes, *, hidden: tuple[bytes, ...] = ()
) -> None:
    """Require that `signed` is the recipient's receipt for our `parcel`, with `hidden` parts. Raises PeerDeviated."""
    transfer = learnt(transfer, crypto, parcel)
    receipt = Receipt.decode(crypto.open(signed, RECEIPT_KIND, transfer.recipient.signing))
    if receipt != _receipt_for(transfer, name_of(transfer), parcel, hidden):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot accept the receipt: it is for something else", evidence=signed)


def _fixed(transfer: Transfer, item: bytes) -> Transfer:
    return replace(transfer, item=replace(transfer.item, digest=item))


def asks_receipt(transfer: Transfer) -> bool:
    """Say whether the recipient has to sign that it has the bytes, or the item."""
    return bool({OPENED, RECEIPT} & set(transfer.security))


def _receipt_for(transfer: Transfer, name: bytes, parcel: bytes, hidden: tuple[bytes, ...]) -> Receipt | None:
    if not asks_receipt(transfer):
        return None
    what = OPENED if OPENED in transfer.security else "received"
    return Receipt(name, digest(parcel), what, hidden or None)


def _whole(item: ItemRef, body: bytes, data: bytes) -> tuple[bytes, ...]:
    """Require that nothing of a container is hidden: the digest that was agreed is the same if all of it is."""
    if item.kind == CONTAINER and not container.complete(container.read(body)):
        raise PeerDeviated("CONTAINER_INVALID", "cannot take the item: a part of it is hidden", evidence=data)
    return ()


def _check_origin(transfer: Transfer, crypto: Crypto, name: bytes, signed: bytes) -> None:
    origin = Origin.decode(crypto.open(signed, ORIGIN_KIND, transfer.sender.signing))
    if (origin.transfer, origin.item) != (name, transfer.item.digest):
        raise PeerDeviated("PEER_DEVIATED", "cannot take the item: its token of origin is for another", evidence=signed)


def identity(item: ItemRef, body: bytes) -> bytes:
    """Return what the digest of an item with this body has to be: a container's own digest, else SHA-256 of the bytes.

    Raises PeerDeviated (CONTAINER_*), MalformedEncoding for a container that is none.
    """
    return container.read(body).digest if item.kind == CONTAINER else digest(body)


def _check_item(transfer: Transfer, item: bytes) -> None:
    if identity(transfer.item, item) != transfer.item.digest:
        raise PeerDeviated("PEER_DEVIATED", "cannot transfer: the item is not the one agreed on")

"""A transfer as a stranger sees it: what needs nobody's private key can be checked by everybody. Pure."""

from __future__ import annotations

from semper_host.exchange.primitives import Crypto, digest
from semper_host.exchange.transfer import (
    CONFIDENTIAL,
    OPENED,
    ORIGIN,
    ORIGIN_KIND,
    RECEIPT_KIND,
    Origin,
    Parcel,
    Receipt,
    Transfer,
    asks_receipt,
    identity,
    learnt,
    name_of,
)
from semper_host.model.errors import PeerDeviated


def witness(transfer: Transfer, crypto: Crypto, data: bytes) -> Transfer:
    """Return the transfer that the parcel `data` belongs to, its item fixed, and the item itself where it lies open.

    Raises PeerDeviated: SIG_INVALID, MESSAGE_UNEXPECTED, PEER_DEVIATED (what lies open is not the item).
    """
    transfer, parcel = learnt(transfer, crypto, data), Parcel.decode(data)
    name = name_of(transfer)
    if parcel.transfer != name or (parcel.origin is None) == (ORIGIN in transfer.security):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot use the parcel: it belongs elsewhere", evidence=data)
    if parcel.origin is not None:
        said = Origin.decode(crypto.open(parcel.origin, ORIGIN_KIND, transfer.sender.signing))
        if said != Origin(name, transfer.item.digest):
            message = "cannot use the parcel: its token of origin is for another"
            raise PeerDeviated("PEER_DEVIATED", message, evidence=data)
    if CONFIDENTIAL not in transfer.security and identity(transfer.item, parcel.body) != transfer.item.digest:
        raise PeerDeviated("PEER_DEVIATED", "cannot use the parcel: the item is not the one agreed on", evidence=data)
    return transfer


def witness_receipt(transfer: Transfer, crypto: Crypto, parcel: bytes, signed: bytes) -> str:
    """Return what the recipient's receipt for `parcel` says: "received" or "opened". Raises PeerDeviated.

    Which parts of a container stayed hidden, only those can check who know them.
    """
    transfer = learnt(transfer, crypto, parcel)
    receipt = Receipt.decode(crypto.open(signed, RECEIPT_KIND, transfer.recipient.signing))
    what = OPENED if OPENED in transfer.security else "received"
    said = (receipt.transfer, receipt.parcel, receipt.what)
    if not asks_receipt(transfer) or said != (name_of(transfer), digest(parcel), what):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot use the receipt: it is for something else", evidence=signed)
    return receipt.what

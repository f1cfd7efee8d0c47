"""Transfers of containers: the attributes that its nodes ask for become those of the transfer, and nothing less.

Everybody gets the same tree: a part that is for named parties is sealed to each of them, the rest stays open. So one
signature covers it, each recipient opens its own parts, and its receipt names those that stayed sealed to it: a part
that was withheld can't be told from one for somebody else, and nobody has signed for it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from semper_host.exchange import transfer as transfers
from semper_host.exchange.items import ItemRef, Party
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.transfer import ANONYMOUS, CONFIDENTIAL, CONTAINER, OPENED, ORIGIN, RECEIPT, Taken, Transfer
from semper_host.model import container as containers
from semper_host.model import container_sealing
from semper_host.model.container import Container
from semper_host.model.container_nodes import Elided, Inner, Node, Sealed, Shown
from semper_host.model.container_rules import Path, beyond, walk
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.model.items import Family
from semper_host.model.security import Fairness, Receipt, Security

_RECEIPTS = {Receipt.NONE: (), Receipt.RECEIVED: (RECEIPT,), Receipt.OPENED: (OPENED,)}

MOST_SEALED = 4096
"""Parts that one recipient opens at most: each costs it a decapsulation."""


def attributes_of(security: Security) -> tuple[str, ...]:
    """Return the attributes of a transfer that satisfies `security`. Raises UsageError for fairness: exchange then."""
    if security.fairness != Fairness.NONE:
        raise UsageError(
            "FAIRNESS_UNATTAINABLE", "cannot transfer the container: it asks for fairness, so it must be exchanged"
        )
    asked = (ORIGIN if security.origin else "", ANONYMOUS if security.anonymous else "")
    kept = (CONFIDENTIAL,) if security.confidential else ()
    return tuple(sorted((*filter(None, asked), *_RECEIPTS[security.receipt], *kept)))


def make_transfers(
    container: Container, *, deal: bytes, step: str, sender: Party, recipients: Sequence[Party], nonce: bytes,
    iteration: int = 0,
) -> tuple[Transfer, ...]:  # fmt: skip
    """Return one transfer of `container` for each recipient, in their order.

    Raises UsageError (CONTAINER_PART) where a recipient is not among those that the whole is for, or comes twice.
    """
    demanded = containers.demands(container)
    if len({party.sealing for party in recipients}) != len(recipients) or not recipients:
        raise UsageError("CONTAINER_PART", "cannot transfer the container: name each recipient once")
    outside = [party for party in recipients if demanded.confidential and party.sealing not in demanded.confidential]
    if outside:
        raise UsageError("CONTAINER_PART", "cannot transfer the container: it is not for one of the recipients")
    item = ItemRef(Family.STATEMENT, CONTAINER, container.digest)
    return tuple(
        transfers.make_transfer(
            deal=deal, step=step, sender=sender, recipient=party, item=item, security=attributes_of(demanded),
            nonce=nonce, iteration=iteration,
        )
        for party in recipients
    )  # fmt: skip


def give(transfer: Transfer, crypto: Crypto, container: Container) -> bytes:
    """Return the parcel for one recipient, the parts for named parties sealed. Raises PeerDeviated, UsageError."""
    return transfers.give(transfer, crypto, containers.write(sealed(container, crypto)))


def take(transfer: Transfer, crypto: Crypto, data: bytes, *, before: bytes | None = None) -> tuple[Container, Taken]:
    """Return the container of a parcel with all parts open that are for us, and the receipt, if one is asked.

    Raises PeerDeviated as `transfer.take`, and where a part was left out: nobody gives a receipt for what is not there.
    """
    found: list[Container] = []

    def look(item: bytes) -> tuple[bytes, ...]:
        found.append(opened(containers.read(item), transfer.recipient.sealing, crypto))
        cause = _wrong(found[0], transfer.security)
        if cause:
            raise PeerDeviated("CONTAINER_INVALID", f"cannot take the container: {cause}", evidence=data)
        return tuple(node.digest for _, node in walk(found[0].root) if isinstance(node, Sealed))

    taken = transfers.take(transfer, crypto, data, before=before, look=look)
    return found[0], taken


def check_covered(transfer: Transfer, container: Container) -> None:
    """Require that the transfer does all that the container asks for: no receiver takes it otherwise.

    Raises UsageError (CONTAINER_PART, FAIRNESS_UNATTAINABLE).
    """
    asked = set(attributes_of(containers.demands(container))) - _covered(transfer.security)
    if asked:
        raise UsageError(
            "CONTAINER_PART", f"cannot transfer the container: it asks for {', '.join(sorted(asked))} besides"
        )


def check_receipt(transfer: Transfer, crypto: Crypto, container: Container, parcel: bytes, signed: bytes) -> None:
    """Require that `signed` is the recipient's receipt for our `parcel` of `container`. Raises PeerDeviated."""
    hidden = tuple(_kept_from(transfer.recipient.sealing, container.root, top=True))
    transfers.check_receipt(transfer, crypto, parcel, signed, hidden=hidden)


def sealed(container: Container, crypto: Crypto) -> Container:
    """Return the container with every part below the root that names parties sealed to those, innermost first."""
    for path in sorted(_named_parts(container), key=len, reverse=True):
        named = container_sealing.audience_at(container, path)
        container = container_sealing.seal(container, path, named, crypto.seal)
    return container


def opened(container: Container, own: bytes, crypto: Crypto) -> Container:
    """Return the container with everything sealed to the key `own` in the open, what comes to light included.

    Raises PeerDeviated also for more than MOST_SEALED parts, and where a part was kept from a party that it names.
    """
    count = 0
    while paths := container_sealing.sealed_for(container, own):
        count += len(paths)
        if count > MOST_SEALED:
            raise beyond(f"more than {MOST_SEALED} of its parts are sealed to one party")
        container = container_sealing.open_all(container, paths, own, crypto.unseal, everybody=True)
    return container


def _wrong(found: Container, promised: Sequence[str]) -> str:
    """Say why no receipt is given for what was found, or ""."""
    demanded = containers.demands(found)
    if isinstance(found.root, Sealed):
        return "all of it is sealed to others"
    if any(isinstance(node, Elided | Shown) for _, node in walk(found.root)):
        return "a part of it was left out"
    if demanded.fairness != Fairness.NONE:
        return "it asks for fairness, so it must be exchanged"
    return "" if set(attributes_of(demanded)) <= _covered(promised) else "it asks for more than the transfer does"


def _kept_from(own: bytes, node: Node, *, top: bool = False) -> Iterator[bytes]:
    """Yield the digests of the outermost parts that are not for the key `own`, in their order."""
    if isinstance(node, Sealed) and own not in [copy.recipient for copy in node.copies]:
        yield node.digest
    elif isinstance(node, Inner):
        named = node.security.confidential
        if named and own not in named and not top:
            yield node.digest
        else:
            for child in node.children:
                yield from _kept_from(own, child)


def _covered(attributes: Sequence[str]) -> set[str]:
    """Return what these attributes satisfy: who says "opened" says "received" too. Hidden parts may ask for more."""
    return {*attributes, RECEIPT} if OPENED in attributes else set(attributes)


def _named_parts(container: Container) -> list[Path]:
    """Return the paths of the open groups below the root that are kept for parties of their own."""
    return [
        path
        for path, node in walk(container.root)
        if path and isinstance(node, Inner) and node.security.confidential and not isinstance(node, Sealed)
    ]

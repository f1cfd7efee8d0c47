"""A credential that is shown, not given away: its holder's signature over L, and the issuer's over the holder's key.

Showing is the whole item: the promise carries it, and message 3 or 4 only acknowledges. The trustee sees it if it is
asked, since it must not complete an exchange for a presentation that the other side would have refused.
"""

from __future__ import annotations

from semper_host.exchange.case import Case
from semper_host.exchange.labels import Label
from semper_host.exchange.legs.leg import Leg, Promise
from semper_host.exchange.places import Place
from semper_host.exchange.primitives import digest
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.items import Family

HOLDER, PRESENTATION = "credential.holder", "exchange.presentation"
"""The signed kinds of an issuer's credential, and of its holder's presentation under L."""


class Holder(Record, frozen=True):
    """What the issuer signs: the holder of the signing key `key` is what `item` (SHA-256) describes, until `until`."""

    key: bytes
    item: bytes
    until: int  # seconds since 1970


class Shown(Record, frozen=True):
    """What the holder signs: this credential (its SHA-256) is shown under L."""

    label: bytes
    credential: bytes


class Presentation(Record, frozen=True):
    """The credential as the issuer signed it, and the holder's signed Shown."""

    credential: bytes
    shown: bytes


def promise(case: Case, credential: bytes, shown: bytes) -> tuple[bytes, ...]:
    """Return the part that shows `credential`, with its holder's signed Shown for this exchange."""
    return (encode(Presentation(credential, shown)),)


def check_item(label: Label, place: Place) -> None:
    """The label must say whose credentials count. Nothing is given away, so nothing can be revoked here."""
    status = place.item.status
    if status is None or status.index is not None or place.first:
        why = "only the responder shows a credential, of a named issuer, and none that the trustee could revoke"
        raise PeerDeviated("PEER_DEVIATED", f"cannot join the exchange: {why}")


def check(case: Case, place: Place, promise: Promise) -> None:
    """The named issuer's credential, valid until the trustee's last moment, shown by its holder under this L."""
    crypto, status = case.crypto, place.item.status
    given = Presentation.decode(promise.part(0))
    holder = Holder.decode(crypto.open(given.credential, HOLDER, b"" if status is None else status.issuer))
    shown = Shown.decode(crypto.open(given.shown, PRESENTATION, holder.key))
    if holder.item != place.item.digest or holder.until < case.label.t_resolve:
        raise PeerDeviated("PEER_DEVIATED", "cannot accept the credential: it is not the one asked for, or runs out")
    if shown != Shown(case.id, digest(given.credential)):
        message = "cannot accept the credential: it was shown for something else"
        raise PeerDeviated("PEER_DEVIATED", message, evidence=given.shown)


LEG = Leg(
    form="presentation", family=Family.CREDENTIAL, parts=1, shown=frozenset({0}), check=check,
    check_item=check_item, substituted=True,
)  # fmt: skip

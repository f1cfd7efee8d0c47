"""A credential that is shown, not given away: the issuer's signature over its holder's key, and the holder's over L.

Showing is the whole item: the promise carries it, and message 3 or 4 only acknowledges. It is the showing that any
verifier gets (`model.credentials`): to the initiator's deal key, in answer to L. The trustee sees it if it is asked,
since it must not complete an exchange for a presentation that the other side would have refused. For the same reason
nobody looks it up in a status list here: two who look at different times could disagree.
"""

from __future__ import annotations

from semper_host.exchange.case import Case
from semper_host.exchange.labels import Label
from semper_host.exchange.legs.leg import Leg, Promise
from semper_host.exchange.places import Place
from semper_host.exchange.primitives import digest
from semper_host.model.credentials import CREDENTIAL, PRESENTATION, Credential, Presentation, Shown, well_formed
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.items import Family


def asked_for(kind: str) -> bytes:
    """Return the digest of an item that any credential of this kind can be shown for."""
    return digest(encode(["semper.presentation/1", kind]))


def showing(case: Case, place: Place, credential: bytes) -> Presentation:
    """Return what the holder of the signed `credential` signs to show it in this place."""
    return Presentation(digest(credential), place.taker.signing, case.id)


def promise(credential: bytes, presentation: bytes) -> tuple[bytes, ...]:
    """Return the part that shows the signed `credential`, with its holder's signed `showing`."""
    return (encode(Shown(credential, presentation)),)


def check_item(label: Label, place: Place) -> None:
    """The label must say whose credentials count. Nothing is given away, so nothing can be revoked here."""
    status = place.item.status
    if status is None or status.index is not None or place.first:
        why = "only the responder shows a credential, of a named issuer, and none that the trustee could revoke"
        raise PeerDeviated("PEER_DEVIATED", f"cannot join the exchange: {why}")


def check(case: Case, place: Place, promise: Promise) -> None:
    """The named issuer's credential, valid until the trustee's last moment, shown by its holder under this L."""
    crypto, status, label = case.crypto, place.item.status, case.label
    issuer = b"" if status is None else status.issuer
    given = Shown.decode(promise.part(0))
    found = Credential.decode(crypto.open(given.credential, CREDENTIAL, issuer))
    said = found.described
    fits = said.issuer == issuer and asked_for(said.kind) == place.item.digest and well_formed(found)
    if not fits or not said.not_before <= label.t2 <= label.t_resolve < said.not_after:
        raise PeerDeviated("PEER_DEVIATED", "cannot accept the credential: it is not the one asked for, or runs out")
    shown = Presentation.decode(crypto.open(given.presentation, PRESENTATION, said.holder))
    if shown != showing(case, place, given.credential):
        message = "cannot accept the credential: it was shown for something else"
        raise PeerDeviated("PEER_DEVIATED", message, evidence=given.presentation)


LEG = Leg(
    form="presentation", family=Family.CREDENTIAL, parts=1, shown=frozenset({0}), check=check,
    check_item=check_item, substituted=True,
)  # fmt: skip

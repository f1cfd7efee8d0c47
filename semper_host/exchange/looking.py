"""What anybody can check of an exchange's messages with nobody's private key: an arbiter years later, say. Pure."""

from __future__ import annotations

from semper_host.exchange.case import Case, Progress, Rules
from semper_host.exchange.composition import half_hash_in, promised
from semper_host.exchange.goods import Conviction
from semper_host.exchange.kinds import COMPOSED, fair_purchase
from semper_host.exchange.legs import information
from semper_host.exchange.messages import Attachments, Opened
from semper_host.exchange.places import Place, places
from semper_host.model.errors import PeerDeviated
from semper_host.model.items import Family

DOCUMENT, RECEIPT, HELD, INFORMATION, ACCESS, PRESENTATION = (
    "document", "receipt", "held", "information", "access", "presentation",
)  # fmt: skip
"""How an item is handed over: the forms of `legs`, and the receipt of a payment."""
ESCROWED = (INFORMATION, ACCESS)
"""The forms whose givers leave the trustee something to open."""


def form_of(kind: str, place: Place) -> str:
    """Return how the item at `place` is handed over in an exchange of `kind`, whether its label says so or not."""
    if place.item.form is not None:
        return place.item.form
    if place.item.family == Family.MONEY:
        return HELD
    return {"fair-purchase": INFORMATION, "payment-receipt": RECEIPT}.get(kind, DOCUMENT)


def check_given(
    case: Case, rules: Rules, number: int, promises: tuple[Opened, Opened], hold: bytes, given: Attachments
) -> None:
    """Require that message `number` (3 or 4) gives what message 1 or 2 (`promises`, checked before) promised.

    `hold`: the id, where the kind has one. What a key opens is not looked at (see `convicted`). Raises PeerDeviated.
    """
    if case.label.kind not in COMPOSED:
        m1, m2 = (tuple(part for part in each.attachments if part is not None) for each in promises)
        check = rules.check_m3 if number == 3 else rules.check_m4
        check(case, Progress(m1, m2, b"", hold), given)
        return
    items = promised(case.label, number - 2, promises[number - 3])
    if len(given) != len(items):
        message = "cannot accept the items: some are missing, or there are too many"
        raise PeerDeviated("PEER_DEVIATED", message)
    for (place, leg, promise), each in zip(items, given, strict=True):
        leg.take(case, place, promise, b"", each)


def convicted(case: Case, m1: Opened, m2: Opened | None, conviction: Conviction) -> Place | None:
    """Return the item that `conviction` proves to be other than its giver promised, None if it proves nothing.

    Never an item whose giver wrapped the keys of the goods that it promised.
    """
    kind = case.label.kind
    if kind == fair_purchase.RULES.kind:
        return places(case.label)[0] if fair_purchase.convicts(case, m1, conviction) else None
    for number, message in ((1, m1), (2, m2)) if kind in COMPOSED else ():
        for place, leg, promise in () if message is None else promised(case.label, number, message):
            if leg is information.LEG and information.convicts(case, place, promise, half_hash_in(m1), conviction):
                return place
    return None

"""Money held under L, as an exchange checks it: the hold itself, the right to capture it, how it ended (DESIGN §8)."""

from __future__ import annotations

from semper_host.exchange.case import Case
from semper_host.exchange.items import Token
from semper_host.exchange.labels import Label
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURE_RIGHT, CAPTURED, HELD, RELEASED, VOIDED, CaptureRight, Held, Settlement


def check_one_hold(label: Label) -> None:
    """Require that the label's right item is money and is held, exactly, at one payment system."""
    if label.right.family != "money" or len(label.holds) != 1 or label.holds[0].amount != label.right.amount:
        raise PeerDeviated("PEER_DEVIATED", "cannot join the exchange: it must hold exactly the money that is paid")


def check_held(case: Case, signed: bytes, at: int = 0, *, first: bool = False) -> bytes:
    """Return the id of the hold that `signed` attests, if it covers the label's terms number `at`.

    `first`: the initiator pays, not the responder. Raises PeerDeviated (HOLD_INVALID).
    """
    terms, label = case.label.holds[at], case.label
    payer, payee = (label.initiator, label.responder) if first else (label.responder, label.initiator)
    try:
        held = Held.decode(case.crypto.open(signed, HELD, terms.system))
    except PeerDeviated as error:
        message = "cannot rely on the hold: the payment system that the exchange names did not sign it"
        raise PeerDeviated("HOLD_INVALID", message, evidence=signed) from error
    expected = {
        "exchange": (held.label, case.id),
        "account": (held.payee, terms.payee),
        "amount": (held.amount, terms.amount),
        "payer": (held.payer, payer.signing),
        "payee": (held.payee_key, payee.signing),
        "trustee": (held.trustee, label.trustee.signing),
        "payment system": (held.system, terms.system),
    }
    for name, (found, agreed) in expected.items():
        if found != agreed:
            raise PeerDeviated("HOLD_INVALID", f"cannot rely on the hold: it names another {name}", evidence=signed)
    if held.expiry < terms.least_expiry:
        raise PeerDeviated("HOLD_INVALID", "cannot rely on the hold: it may expire too early", evidence=signed)
    return held.hold


def grant_capture(case: Case, hold: bytes) -> bytes:
    """Return the payer's right to capture `hold`, signed with the payer's deal key."""
    return case.crypto.sign(encode(CaptureRight(case.id, hold)), CAPTURE_RIGHT)


def check_capture(case: Case, hold: bytes, signed: bytes, *, first: bool = False) -> None:
    """Require that `signed` is the payer's right to capture `hold` under L. Raises PeerDeviated.

    `first`: the initiator pays, not the responder.
    """
    payer = case.label.initiator if first else case.label.responder
    right = CaptureRight.decode(case.crypto.open(signed, CAPTURE_RIGHT, payer.signing))
    if (right.label, right.hold) != (case.id, hold):
        raise PeerDeviated("HOLD_INVALID", "cannot use the right to capture: it is for another hold", evidence=signed)


def read_settlement(case: Case, token: Token, hold: bytes = b"", at: int = 0) -> Settlement:
    """Return how the label's hold number `at` (its id, where known) ended, as its payment system signed it.

    Raises PeerDeviated.
    """
    if token.name not in (RELEASED, VOIDED, CAPTURED) or not case.label.holds:
        raise PeerDeviated("HOLD_INVALID", f"cannot use a record of kind {token.name!r} here", evidence=token.data)
    terms = case.label.holds[at]
    ended = Settlement.decode(case.crypto.open(token.data, token.name, terms.system))
    fits = (ended.label, ended.payee, ended.amount) == (case.id, terms.payee, terms.amount)
    if not fits or hold not in (b"", ended.hold):
        message = "cannot use the payment system's record: it is for another hold"
        raise PeerDeviated("HOLD_INVALID", message, evidence=token.data)
    return ended

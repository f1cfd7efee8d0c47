"""Payment with receipt: the payee's invoice, the payer's held money, the receipt, the right to capture (DESIGN §6).

    m1  the invoice    m2  HELD    m3  the payee's signed receipt    m4  the payer's right to capture
    the trustee can release the money and sign the receipt itself

The payee begins: its item, the receipt, goes first and is covered by the hold.
"""

from __future__ import annotations

from semper_host.exchange import held_money
from semper_host.exchange.case import Case, Gains, Generated, Progress, Rules
from semper_host.exchange.items import Token
from semper_host.exchange.labels import Label
from semper_host.exchange.messages import Attachments, Opened
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURE_RIGHT
from semper_host.model.money import Money

INVOICE = 0
"""Where message 1 carries the invoice: the document whose SHA-256 is the label's left digest."""
HOLD = 0
"""Where message 2 carries the payment system's signed HELD."""
RECEIPT = "exchange.receipt"
"""The signed kind of a receipt, and the name of the payer's gain."""


class Receipt(Record, frozen=True):
    """The payee's word that the payer paid `amount` to `payee` by `hold` for the invoice named by its digest."""

    label: bytes
    invoice: bytes
    payee: str
    amount: Money
    hold: bytes


def check_label(label: Label) -> None:
    """A receipt against money that is held at one payment system."""
    if label.left.family != "credential":
        raise PeerDeviated("PEER_DEVIATED", "cannot pay with receipt: the payee offers no credential")
    held_money.check_one_hold(label)


def check_offer(case: Case, m1: Opened) -> None:
    """Message 1 must carry exactly the invoice that the label names."""
    if m1.digests != (case.label.left.digest,):
        raise PeerDeviated("PEER_DEVIATED", "cannot pay: the invoice is not the one agreed on")


def check_m1(case: Case, m1: Opened) -> bytes:
    """Check message 1 as the payer; there is no secret."""
    check_offer(case, m1)
    return b""


def check_m2(case: Case, m2: Opened) -> bytes:
    """Message 2 must carry a hold that covers the price; return the hold's id."""
    if len(m2.digests) != 1:
        raise PeerDeviated("HOLD_INVALID", "cannot accept the payment: it must come with one hold")
    return held_money.check_held(case, m2.part(HOLD))


def make_m3(case: Case, progress: Progress) -> Attachments:
    """Return the payee's signed receipt."""
    return (case.crypto.sign(encode(_receipt(case, progress.hold)), RECEIPT),)


def check_m3(case: Case, progress: Progress, attachments: Attachments) -> Gains:
    """Message 3 must carry the receipt for exactly this payment; it is the payer's gain."""
    if len(attachments) != 1:
        raise PeerDeviated("PEER_DEVIATED", "cannot accept the receipt: it is missing")
    receipt = Receipt.decode(case.crypto.open(attachments[0], RECEIPT, case.label.initiator.signing))
    if receipt != _receipt(case, progress.hold):
        message = "cannot accept the receipt: it is for another payment"
        raise PeerDeviated("PEER_DEVIATED", message, evidence=attachments[0])
    return (Token(RECEIPT, attachments[0]),)


def make_m4(case: Case, progress: Progress) -> Attachments:
    """Return the payer's right to capture."""
    return (held_money.grant_capture(case, progress.hold),)


def check_m4(case: Case, progress: Progress, attachments: Attachments) -> Gains:
    """Message 4 must carry the right to capture the hold; it is the payee's gain."""
    if len(attachments) != 1:
        raise PeerDeviated("PEER_DEVIATED", "cannot accept the payment: the right to capture is missing")
    held_money.check_capture(case, progress.hold, attachments[0])
    return (Token(CAPTURE_RIGHT, attachments[0]),)


def generate(case: Case, m1: Opened, m2: Opened) -> Generated:
    """The trustee's signed substitute is the receipt, once the money is released."""
    return Generated()


def claim(case: Case, progress: Progress, key: bytes) -> Gains:
    """There is no key: the payer waits for the trustee's substitute."""
    raise PeerDeviated("PEER_DEVIATED", "cannot claim: a payment with receipt releases no key")


def _receipt(case: Case, hold: bytes) -> Receipt:
    terms = case.label.holds[0]
    return Receipt(case.id, case.label.left.digest, terms.payee, terms.amount, hold)


RULES = Rules(
    kind="payment-receipt",
    keyed=False,
    substitutes=True,
    shown1=frozenset(),
    shown2=frozenset({HOLD}),
    check_label=check_label,
    check_offer=check_offer,
    check_m1=check_m1,
    check_m2=check_m2,
    make_m3=make_m3,
    check_m3=check_m3,
    make_m4=make_m4,
    check_m4=check_m4,
    generate=generate,
    claim=claim,
)

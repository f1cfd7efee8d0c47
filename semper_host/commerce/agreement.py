"""The hello: two strangers agree on versions, keys and a basket before anything binds (DESIGN §6).

The buyer's hello is signed with a key made for this deal. The seller's agreement is signed with its certified
key and names the hello, so it certifies the seller's deal key for exactly this deal. D, the digest of both
and of the offer, names the deal from then on; nothing is owed yet.
"""

from __future__ import annotations

from hashlib import sha256

from semper_host.api_v1 import Line, Order, OrderLine, Quote
from semper_host.commerce.brought import Brought, Priced
from semper_host.exchange.items import Party
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.model.money import Money

HELLO, AGREEMENT = "deal.hello", "deal.agreement"
"""The kinds under which the two messages are signed."""

VERSIONS = ("semper/1",)
SUITES = ("Ed25519-X25519-SHA256-AES256GCM",)
MOST_SKEW = 300
"""Seconds by which the two clocks may differ."""

NONCE_BYTES = 32


class Wish(Record, frozen=True):
    """One line of the basket."""

    article: str
    count: int


class Basket(Record, frozen=True):
    """What the buyer orders, and a note for the seller."""

    lines: tuple[Wish, ...]
    note: str = ""

    @classmethod
    def of(cls, order: Order) -> Basket:
        """Return the basket that carries `order`."""
        return cls(tuple(Wish(line.article, line.count) for line in order.lines), order.note)

    def order(self) -> Order:
        """Return the order as a commerce service sees it."""
        return Order([OrderLine(line.article, line.count) for line in self.lines], self.note)


class QuotedLine(Record, frozen=True):
    """One line of a quoted price."""

    text: str
    amount: Money


class Quoted(Record, frozen=True):
    """The seller's price for the basket; its lines add up to `total`."""

    lines: tuple[QuotedLine, ...]
    total: Money

    @classmethod
    def of(cls, quote: Quote) -> Quoted:
        """Return the record of a service's quote."""
        return cls(tuple(QuotedLine(line.text, line.amount) for line in quote.lines), quote.total)

    def quote(self) -> Quote:
        """Return the quote as a commerce service sees it."""
        return Quote([Line(line.text, line.amount) for line in self.lines], self.total)


class Hello(Record, frozen=True):
    """The buyer's opening: signed with its deal key, sealed to the seller's service key."""

    versions: tuple[str, ...]
    suites: tuple[str, ...]
    at: int
    offer: bytes  # SHA-256 of the signed offer
    party: Party
    nonce: bytes
    basket: Basket
    payments: tuple[str, ...]  # the buyer's payment systems, best first
    brought: Brought | None = None  # where it is paid, and what it gives, where the terms ask for that


class Agreement(Record, frozen=True):
    """The seller's answer: its deal keys, its price, its choice of payment system."""

    version: str
    suite: str
    at: int
    hello: bytes  # SHA-256 of the signed hello
    party: Party
    nonce: bytes
    quoted: Quoted
    payment: str
    vouch: bytes | None = None  # the seller's word to the trustee that `party` is its own; either side shows it there
    brought: Brought | None = None  # what it gives beside the basket's goods, where the terms ask for that
    pays: str | None = None  # the payment system with which it pays the buyer; None: `payment`
    priced: tuple[Priced, ...] | None = None  # what it pays, where that is not the quote's total
    weak: tuple[str, ...] | None = None  # the steps for which its item managers can do no better than weak fairness


def deal_id(service: bytes, offer: bytes, hello: bytes, agreement: bytes) -> bytes:
    """Return D (32 bytes): the name of the deal that these signed bytes began. `service` is the bundle's digest."""
    parts = [sha256(part).digest() for part in (offer, hello, agreement)]
    return sha256(encode(["semper.deal/1", service, *parts])).digest()


def check_hello(hello: Hello, offer: bytes, now: int) -> tuple[str, str]:
    """Return the (version, suite) that both sides speak, the hello's best.

    Raises SemperError VERSION_UNSUPPORTED, PEER_CLOCK, or MESSAGE_UNEXPECTED where the hello is for another offer.
    """
    _check_clock(hello.at, now)
    if hello.offer != sha256(offer).digest():
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot answer the hello: it is about another offer")
    if len(hello.nonce) != NONCE_BYTES:
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot answer the hello: its nonce is not 32 bytes")
    return _first_common(hello.versions, VERSIONS), _first_common(hello.suites, SUITES)


def check_agreement(hello: Hello, signed_hello: bytes, agreement: Agreement, now: int) -> None:
    """Refuse an agreement that does not answer this hello.

    Raises PEER_CLOCK, VERSION_UNSUPPORTED, MESSAGE_UNEXPECTED.
    """
    _check_clock(agreement.at, now)
    if agreement.hello != sha256(signed_hello).digest() or len(agreement.nonce) != NONCE_BYTES:
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot go on: the seller answered another hello")
    if agreement.version not in hello.versions or agreement.suite not in hello.suites:
        raise PeerDeviated("VERSION_UNSUPPORTED", "cannot go on: the seller chose a version that was not offered")
    if agreement.payment not in hello.payments:
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot go on: the seller chose a payment system that was not offered")
    if not _adds_up(agreement.quoted):
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot go on: the quoted lines do not add up to the total")


def _adds_up(quoted: Quoted) -> bool:
    total = quoted.total
    same = all(line.amount.currency == total.currency for line in quoted.lines)
    return same and sum(line.amount.minor for line in quoted.lines) == total.minor and total.minor >= 0


def _check_clock(at: int, now: int) -> None:
    if abs(at - now) > MOST_SKEW:
        raise SemperError("PEER_CLOCK", f"cannot go on: the two clocks differ by {abs(at - now)} seconds")


def _first_common(theirs: tuple[str, ...], ours: tuple[str, ...]) -> str:
    for choice in theirs:
        if choice in ours:
            return choice
    raise SemperError("VERSION_UNSUPPORTED", f"cannot go on: the other side speaks {', '.join(theirs)[:80]!r} only")

"""Who sends a container to several: it invites, seats who comes, packs one tree for all, and keeps their receipts.

One sealed call does everything for a recipient; repeated, it does nothing twice: it seats the recipient, says who has
joined, hands over its parcel once all have, and takes its receipt.
"""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from semper_host.commerce.agreement import MOST_SKEW, NONCE_BYTES
from semper_host.commerce.consignment import (
    INVITATION,
    MOST_CONTENT,
    VERSION,
    Invitation,
    Part,
    check_file,
    transfer_to,
)
from semper_host.commerce.consignment_evidence import Handed
from semper_host.commerce.consignment_state import Acknowledged, Packed, Receipted, Seated, Standing
from semper_host.commerce.seats import MOST_NAME, MOST_STATEMENT, Joining
from semper_host.exchange import container_transfer
from semper_host.host import identity, trusting
from semper_host.host.business import deal_keys, next_counter
from semper_host.host.consignments.records import SENDER, Beginning, Consignments, Ticket
from semper_host.host.home import Home
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, SemperError, UsageError
from semper_host.model.security import MAX_PARTIES, Receipt
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.hurdle import Hurdle
from semper_host.supporting.communication.server import Handler
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.entropy import fresh, fresh_seed
from semper_host.supporting.trusted_ui.display_text import check_text

TRANSFER_PATH = "/semper/v1/transfer"
SECRET_BYTES = 32


class TransferCall(Record, frozen=True):
    """A recipient's call: its ticket's secret, its joining, and its receipt once it has taken its parcel.

    `has`: that it has taken it, where no receipt is asked.
    """

    secret: bytes
    joining: bytes
    receipt: bytes | None = None
    has: bool | None = None


class TransferReply(Record, frozen=True):
    """Who has joined, by seat, b"" where one is free; and, once all have, what is for the caller."""

    joinings: tuple[bytes, ...]
    handed: Handed | None = None


@dataclass(frozen=True)
class Attributes:
    """What a sender asks for: that it signs what it sends, which receipt it wants, that all of it is sealed."""

    origin: bool = True
    receipt: Receipt = Receipt.OPENED
    confidential: bool = True


class Consignor:
    """The transfers that a home sends, as one part of what it serves (`serving.Role`)."""

    def __init__(self, home: Home, clock: Callable[[], int] = lambda: int(time.time())) -> None:
        self.home, self.clock = home, clock
        self.consignments = Consignments(home, clock)
        self._hurdle = Hurdle(fresh_seed())

    def routes(self) -> Mapping[str, Handler]:
        """Return what is answered by POST."""
        sealing = identity.service(self.home, self.clock()).sealing
        return {TRANSFER_PATH: sealed_call.serve(sealing, TRANSFER_PATH, self.answer, self._hurdle)}

    def pages(self) -> Mapping[str, Callable[[], bytes]]:
        """Return what is answered by GET: nothing."""
        return {}

    def files(self) -> Mapping[str, Path]:
        """Return the directories served as files: none."""
        return {}

    def start(self) -> None:
        """There is nothing to start: recipients call."""

    def stop(self) -> None:
        """There is nothing to stop."""

    def answer(self, data: bytes) -> bytes:
        """Answer a recipient's call. Raises PeerDeviated NOT_INVITED, TOO_LATE, MESSAGE_UNEXPECTED, …."""
        call = TransferCall.decode(data)
        if len(call.joining) > MOST_STATEMENT or len(call.receipt or b"") > MOST_STATEMENT:
            raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot answer: a joining or a receipt is too long")
        said = Joining.decode(cose.peek(call.joining).payload)
        number, standing = said.invitation, self._invited(said, call.secret)
        if standing.joinings[said.seat - 1] != call.joining:
            standing = self._seat(standing, said, call.joining)
        if not standing.full:
            return encode(TransferReply(standing.joinings))
        if standing.packed is None:
            standing = self.consignments.post(number, packed(standing))
        if call.receipt is not None:
            standing = self._receipted(number, said.seat, call.receipt)
        elif call.has:
            standing = self.consignments.post(number, Acknowledged(said.seat))
        assert standing.packed is not None, "somebody packed it"
        handed = Handed(standing.packed.digest, standing.packed.parcels[said.seat - 1])
        return encode(TransferReply(standing.joinings, handed))

    def _seat(self, standing: Standing, said: Joining, joining: bytes) -> Standing:
        now = self.clock()
        if now > standing.table.opened.invitation.until:
            raise PeerDeviated("TOO_LATE", "cannot join: the time of the transfer is over")
        if abs(now - said.at) > MOST_SKEW:
            raise PeerDeviated("PEER_CLOCK", "cannot join: the two clocks differ by more than five minutes")
        return self.consignments.post(said.invitation, Seated(said.seat, joining))

    def _receipted(self, number: bytes, seat: int, receipt: bytes) -> Standing:
        try:
            return self.consignments.post(number, Receipted(seat, receipt))
        except SemperError:
            self.consignments.deviated(number, seat, receipt)
            raise

    def _invited(self, said: Joining, secret: bytes) -> Standing:
        """Return the transfer that a ticket is for. Whoever has none learns nothing of it."""
        refused = PeerDeviated("NOT_INVITED", "cannot join: there is no such seat, or its ticket is another")
        try:
            beginning, standing = self.consignments.read(said.invitation)
        except SemperError:
            raise refused from None
        secrets = beginning.secrets
        if beginning.me != SENDER or not 1 <= said.seat <= len(secrets):
            raise refused
        if not hmac.compare_digest(secrets[said.seat - 1], secret):
            raise refused
        return standing


def packed(standing: Standing) -> Packed:
    """Return the parcels for all: one tree, sealed to each in its own transfer. The first ones that are kept count."""
    container, crypto = standing.container, standing.table.crypto
    digest, seats = container.digest, range(1, len(standing.roll.members))
    transfers = [transfer_to(standing.roll, seat, digest) for seat in seats]
    for transfer in transfers:
        container_transfer.check_covered(transfer, container)
    return Packed(digest, tuple(container_transfer.give(transfer, crypto, container) for transfer in transfers))


def send(
    home: Home, title: str, names: Sequence[str], parts: Sequence[Part], asked: Attributes, seconds: int,
    clock: Callable[[], int],
) -> tuple[bytes, tuple[Ticket, ...]]:  # fmt: skip
    """Begin a transfer: return its number, and the ticket of each seat, to be handed over in secret.

    Raises UsageError, DisplayRefused, PeerDeviated for a file's name.
    """
    if home.config.role != "merchant":
        raise UsageError("USAGE_INVALID", "cannot send: only a merchant's home serves those who receive; they call out")
    check_wishes(names, parts, seconds)
    for name in (title, *names):
        check_text(name, MOST_NAME, "title or name")
    now, counter = clock(), next_counter(home)
    said = Invitation(
        version=VERSION, at=now, title=title, seats=tuple(names), party=deal_keys(home, counter).party,
        url=home.config.url, sealing=identity.service(home, now).sealing.public, origin=asked.origin,
        receipt=asked.receipt.value, confidential=asked.confidential, until=now + seconds, nonce=fresh(NONCE_BYTES),
    )  # fmt: skip
    signed = cose.sign1_certified(encode(said), INVITATION, identity.certified(home))
    secrets = tuple(fresh(SECRET_BYTES) for _ in names)
    snapshot = trusting.snapshot(home.trust)
    beginning = Beginning(SENDER, now, counter, signed, snapshot, secrets, tuple(parts), fresh_seed())
    _, standing = Consignments(home, clock).begin(beginning)
    return standing.table.opened.number, tuple(Ticket(signed, seat, each) for seat, each in enumerate(secrets, 1))


def check_wishes(names: Sequence[str], parts: Sequence[Part], seconds: int) -> None:
    """Require recipients, files and time that a transfer can have. Raises UsageError, PeerDeviated for a name."""
    if not 1 <= len(names) <= MAX_PARTIES or len(set(names)) != len(names):
        raise UsageError("USAGE_INVALID", f"cannot send: name 1 to {MAX_PARTIES} recipients, each differently")
    files = [file for part in parts for file in part.files]
    if not files or sum(len(file.content) for file in files) > MOST_CONTENT:
        raise UsageError("USAGE_INVALID", f"cannot send: there is no file, or they have over {MOST_CONTENT} bytes")
    for file in files:
        check_file(file)
    if len({file.name for file in files}) != len(files):
        raise UsageError("USAGE_INVALID", "cannot send: two files have the same name")
    if seconds < 1:
        raise UsageError("USAGE_INVALID", "cannot send: there is no time to receive it")

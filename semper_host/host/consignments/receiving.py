"""A recipient of a transfer to several: takes its seat and its parcel, signs for it, and has the files."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from semper_host.admission.service_keys import DealKey, sign_deal_key
from semper_host.commerce.agreement import NONCE_BYTES
from semper_host.commerce.consignment import (
    JOINING,
    VERSION,
    Opened,
    check_time,
    files_in,
    open_invitation,
    transfer_to,
)
from semper_host.commerce.consignment_evidence import Handed
from semper_host.commerce.consignment_state import Seated, Standing, Taken
from semper_host.commerce.seats import MERCHANT, Joining
from semper_host.commerce.vouching import context_of
from semper_host.exchange import container_transfer
from semper_host.host import identity, trusting
from semper_host.host.business import deal_keys, next_counter
from semper_host.host.consignments.records import SENDER, Beginning, Consignments, Ticket
from semper_host.host.consignments.sending import TRANSFER_PATH, TransferCall, TransferReply
from semper_host.host.home import Home
from semper_host.host.revocation import check_not_revoked
from semper_host.host.step_effects import RECEIVED
from semper_host.host.watching import Watcher
from semper_host.model.container import Container
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, SemperError, UsageError, UserDeclined
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic import cose, durable_file
from semper_host.supporting.cryptographic.entropy import fresh, fresh_seed
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from semper_host.supporting.trusted_ui.screens import Decision

PAUSE = 0.3
"""Seconds between calls while nothing is new."""
CHOICES = {"received": "take it, and sign that it came", "opened": "take it, and sign that you have what is in it"}


@dataclass
class Consignee:
    """One home's part in transfers to several. `interface` asks the person before anything is signed."""

    home: Home
    client: Client
    interface: TrustedInterface
    watcher: Watcher = field(default_factory=Watcher)
    clock: Callable[[], int] = lambda: int(time.time())

    def __post_init__(self) -> None:
        self.consignments = Consignments(self.home, self.clock)

    def join(self, ticket: Ticket) -> bytes:
        """Take a seat; return the transfer's number. The same ticket again goes on with the transfer there is.

        Raises PeerDeviated, AdmissionRefused CHAIN_*.
        """
        now, snapshot = self.clock(), trusting.snapshot(self.home.trust)
        opened = open_invitation(ticket.invitation, snapshot.trust.roots, now)
        if not 1 <= ticket.seat <= len(opened.invitation.seats):
            raise PeerDeviated("NOT_INVITED", "cannot join: the invitation names no seat of the transfer")
        if opened.sender is None:
            raise PeerDeviated("NOT_INVITED", "cannot join: an anonymous sender calls, and hands out no invitation")
        if not self.home.archive.journal(opened.number):
            check_time(opened, now)
            check_not_revoked(self.home, now, opened.sender)
            counter = next_counter(self.home)
            signed = self._joining(opened, ticket.seat, counter, now)
            beginning = Beginning(ticket.seat, now, counter, ticket.invitation, snapshot, (ticket.secret,))
            # COMMIT POINT: the keys that take the seat are the journal's before anybody hears of them
            self.consignments.begin(beginning, Seated(ticket.seat, signed))
        begun, _ = self.consignments.read(opened.number)
        if (begun.me, begun.secrets) != (ticket.seat, (ticket.secret,)):
            raise UsageError("USAGE_INVALID", "cannot join: this home has another part in the transfer already")
        return opened.number

    def run(self, number: bytes, *, give_up: Callable[[], bool]) -> Standing:
        """Carry a transfer on until its files are here and its receipt is there, or `give_up()`.

        Raises UserDeclined, PeerDeviated for what must not be taken.
        """
        told = False
        while True:
            try:
                told = self._call(number)
            except SemperError as error:
                if not error.retryable or isinstance(error, UserDeclined):
                    raise
                self.watcher.trouble(error)
            _, standing = self.consignments.read(number)
            if told or give_up():
                return standing
            time.sleep(PAUSE)

    def files(self, number: bytes) -> list[Path]:
        """Write what was taken to the home, again if need be; return the files."""
        begun, standing = self.consignments.read(number)
        if begun.me == SENDER or standing.taken is None:
            return []
        folder = self.home.path / RECEIVED / number.hex()[:16]
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        container, _ = self.opened(standing, Handed(standing.taken.digest, standing.taken.parcel))
        durable_file.sweep_abandoned(folder, self.clock())
        written = []
        for file in files_in(container):
            durable_file.replace(folder / file.name, file.content, 0o600)
            written.append(folder / file.name)
        return written

    def _call(self, number: bytes) -> bool:
        """Call the sender once, and do what follows; say whether it knows all that it is to know."""
        begun, standing = self.consignments.read(number)
        own, taken = standing.joinings[begun.me - 1], standing.taken
        receipt, has = (None, None) if taken is None else (taken.receipt, True if taken.receipt is None else None)
        call = TransferCall(begun.secrets[0], own, receipt, has)
        said, line = standing.table.opened.invitation, self.client.isolated(f"transfer {number.hex()}")
        answer = sealed_call.call(line, said.url + TRANSFER_PATH, said.sealing, encode(call), fresh_seed())
        reply = TransferReply.decode(answer)
        if len(reply.joinings) != len(said.seats) or reply.joinings[begun.me - 1] != own:
            raise PeerDeviated("PEER_DEVIATED", "cannot join: our seat has somebody else in it", evidence=answer)
        if not all(reply.joinings):
            return False
        if not standing.full:
            joined = (Seated(seat, each) for seat, each in enumerate(reply.joinings, 1))
            standing = self.consignments.post(number, *joined)
            self.watcher.step("everybody", "has joined")
        if reply.handed is None:
            return False
        return self._take(number, standing, reply.handed)

    def _take(self, number: bytes, standing: Standing, handed: Handed) -> bool:
        """Take what was handed over, once; what comes later must be the same."""
        taken = standing.taken
        if taken is None:
            if standing.table.opened.invitation.receipt in CHOICES:
                self.interface.approve(self.screen(standing))
            try:
                _, receipt = self.opened(standing, handed)
            except SemperError:
                self.consignments.deviated(number, SENDER, encode(handed))
                raise
            # COMMIT POINT: what we sign for is kept before anybody has our signature
            self.consignments.post(number, Taken(handed.digest, handed.parcel, receipt))
            return False
        if (taken.digest, taken.parcel) != (handed.digest, handed.parcel):
            self.consignments.deviated(number, SENDER, encode(handed))
            raise PeerDeviated("PEER_DEVIATED", "cannot take the parcel: a different one came before")
        return True

    def opened(self, standing: Standing, handed: Handed) -> tuple[Container, bytes | None]:
        """Return the container with our parts open, and our receipt. Raises PeerDeviated for what must not be taken."""
        transfer = transfer_to(standing.roll, standing.table.me, handed.digest)
        container, taken = container_transfer.take(transfer, standing.table.crypto, handed.parcel)
        names = [file.name for file in files_in(container)]
        if len(set(names)) != len(names):
            raise PeerDeviated("CONTAINER_INVALID", "cannot take the container: two files have the same name")
        return container, taken.receipt

    def screen(self, standing: Standing) -> Decision:
        """Return what the person is asked before a receipt is signed."""
        opened = standing.table.opened
        said, peer = opened.invitation, opened.sender.name if opened.sender else ""
        return Decision(
            deal=standing.roll.deal, peer=peer, step=said.title, choice=CHOICES[said.receipt],
            others=("take nothing",), by=said.until,
        )  # fmt: skip

    def _joining(self, opened: Opened, seat: int, counter: int, now: int) -> bytes:
        keys = deal_keys(self.home, counter)
        vouch = None
        if self.home.config.role == MERCHANT:
            context = context_of(opened.invitation.party.signing)
            named = DealKey(MERCHANT, keys.signing.public, keys.sealing.public, context, now)
            vouch = sign_deal_key(named, identity.certified(self.home))
        said = Joining(VERSION, now, opened.number, seat, keys.party, fresh(NONCE_BYTES), vouch)
        return cose.sign1(encode(said), JOINING, keys.signing)

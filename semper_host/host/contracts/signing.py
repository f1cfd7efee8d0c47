"""A party to a contract: takes its seat, has its person look at everything, signs, and waits for all the others.

Nothing binds before the person approves. Who has promised can't take it back: it ends signed by all, signed by the
trustee in their stead, or lapsed; and it can always find out which, alone with the trustee.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from semper_host.admission.service_keys import DealKey, sign_deal_key
from semper_host.commerce.agreement import NONCE_BYTES
from semper_host.commerce.joint_deal import Seated, Standing
from semper_host.commerce.joint_roll import JOINING, VERSION, check_time, open_invitation
from semper_host.commerce.seats import MERCHANT, Joining
from semper_host.commerce.vouching import context_of
from semper_host.exchange.events import Begin, Consent, Insist, Withdraw
from semper_host.exchange.state import Phase
from semper_host.host import identity, trusting
from semper_host.host.business import deal_keys, next_counter
from semper_host.host.contracts.beginning import HOST, Beginning, Contract, Ticket, check_ticket, read
from semper_host.host.contracts.convening import JOIN_PATH, JoinCall, JoinReply
from semper_host.host.contracts.mailing import MAIL_PATH, ContractMail
from semper_host.host.contracts.records import SHOWN, Records
from semper_host.host.contracts.screens import signing_screen
from semper_host.host.contracts.working import WAITS, Worker
from semper_host.host.home import Home
from semper_host.host.revocation import check_not_revoked
from semper_host.host.watching import Watcher
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, SemperError, UsageError
from semper_host.supporting.archive.store import Transaction
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.mail import call_out
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.entropy import fresh, fresh_seed
from semper_host.supporting.trusted_ui.interface import TrustedInterface

PAUSE = 0.3
"""Seconds between calls while nothing is new."""


@dataclass
class Signatory:
    """One home's part in contracts. `interface` asks the person; `watcher` is told how far things are."""

    home: Home
    client: Client
    interface: TrustedInterface
    watcher: Watcher = field(default_factory=Watcher)
    clock: Callable[[], int] = lambda: int(time.time())
    waits: Sequence[float] = WAITS

    def __post_init__(self) -> None:
        self.records = Records(self.home, self.clock)
        self._worker = Worker(self.records, self.client, self.watcher.trouble, self.waits)

    def join(self, ticket: Ticket) -> Contract:
        """Take a seat; that binds to nothing. The same ticket again goes on with the contract there is.

        Raises PeerDeviated, AdmissionRefused CHAIN_*; RefusedByPeer NOT_INVITED, Unavailable from who invites.
        """
        now, snapshot = self.clock(), trusting.snapshot(self.home.trust)
        opened = open_invitation(ticket.invitation, snapshot.trust.roots, now)
        check_ticket(ticket, opened)
        if not self.home.archive.journal(opened.number):
            check_time(opened, now)
            check_not_revoked(self.home, now, opened.host, opened.guardian)
            counter = next_counter(self.home)
            signed = self._joining(opened.number, opened.trustee.signing, ticket.seat, counter, now)
            beginning = Beginning(
                ticket.seat, now, counter, ticket.invitation, ticket.text, snapshot, (ticket.secret,)
            )
            # COMMIT POINT: the keys that take the seat are the journal's before anybody hears of them
            self.records.begin(beginning, Seated(ticket.seat, signed))
        contract, _ = read(self.home, opened.number)
        if (contract.me, contract.beginning.secrets) != (ticket.seat, (ticket.secret,)):
            raise UsageError("USAGE_INVALID", "cannot join: this home has another part in the contract already")
        self.watcher.step("joined", f"{opened.invitation.title}, to which {opened.host.name} invites")
        return contract

    def run(self, number: bytes, *, give_up: Callable[[], bool], ask: bool = True) -> Standing:
        """Carry a contract on until it is over, or `give_up()`; whoever is away is waited for.

        `ask`: have the person approve, once there is something to sign. Raises UserDeclined, AdmissionRefused.
        """
        while True:
            new = self._call(number)
            standing = self._worker.work(number)
            if ask and self._asks(standing):
                standing, new = self.sign(number), 1
            if self._done(number, standing) or give_up():
                return standing
            if not new:
                time.sleep(PAUSE)

    def sign(self, number: bytes) -> Standing:
        """Show everything and, if the person says yes, promise; who invites begins so. Raises UserDeclined, …."""
        contract, standing = read(self.home, number)
        now, roll = self.clock(), standing.roll
        check_time(contract.opened, now)
        certified = [member.certified for member in roll.members if member.certified is not None]
        check_not_revoked(self.home, now, contract.opened.guardian, *certified)
        rendered = self.interface.approve(signing_screen(contract, roll))
        event = (Begin if contract.me == HOST else Consent)((contract.beginning.text,))
        shown = encode(rendered)

        def also(tx: Transaction) -> None:
            self.home.archive.keep(tx, SHOWN, number.hex(), shown)

        self.watcher.step("promised", "binding, once everybody has promised")
        return self.records.post(number, (event, self.clock()), also=also)

    def leave(self, number: bytes) -> Standing:
        """Take no part; possible until we have promised. Raises UsageError."""
        _, standing = read(self.home, number)
        if standing.signing is None:
            raise UsageError("USAGE_INVALID", "cannot leave: not everybody has joined; do not sign, and nothing binds")
        return self.records.post(number, (Withdraw(), self.clock()))

    def insist(self, number: bytes) -> Standing:
        """Ask the trustee now, without waiting for the time to sign to be over. Raises UsageError."""
        return self.records.post(number, (Insist(), self.clock()))

    def _joining(self, number: bytes, trustee: bytes, seat: int, counter: int, now: int) -> bytes:
        keys = deal_keys(self.home, counter)
        vouch = None
        if self.home.config.role == MERCHANT:
            named = DealKey(MERCHANT, keys.signing.public, keys.sealing.public, context_of(trustee), now)
            vouch = sign_deal_key(named, identity.certified(self.home))
        said = Joining(VERSION, now, number, seat, keys.party, fresh(NONCE_BYTES), vouch)
        return cose.sign1(encode(said), JOINING, keys.signing)

    def _asks(self, standing: Standing) -> bool:
        """Say whether the person is to be asked now."""
        signing, me = standing.signing, standing.table.me
        return signing is not None and signing.phase is (Phase.START if me == HOST else Phase.REVIEWING)

    def _done(self, number: bytes, standing: Standing) -> bool:
        """Over, and, while that matters to others, told: who serves tells them when they call."""
        if not standing.ended(self.clock()):
            return False
        if standing.signing is None or standing.table.me == HOST or self.clock() > standing.table.opened.invitation.t2:
            return True
        contract, _ = read(self.home, number)
        box = ContractMail(self.records, number, HOST)
        return not box.waiting(contract.peers(standing.roll)[HOST].session)

    def _call(self, number: bytes) -> int:
        """Exchange mail with who invites, or ask it who has joined; return how much was new."""
        contract, standing = read(self.home, number)
        if contract.me == HOST or (standing.over and self._done(number, standing)):
            return 0
        try:
            if not standing.full:
                return self._ask_roll(contract, standing)
            ends, box = contract.peers(standing.roll)[HOST], ContractMail(self.records, number, HOST)
            return call_out(self._line(contract), contract.opened.invitation.url + MAIL_PATH, box, ends, box.handle)
        except SemperError as error:
            if not error.retryable and standing.signing is None:
                raise
            self.watcher.trouble(error)  # who invites may never come back: deadlines and trustee are enough
            return 0

    def _ask_roll(self, contract: Contract, standing: Standing) -> int:
        """Take the seat, or ask again who has the others; believe it once all have theirs."""
        said, own = contract.opened.invitation, standing.joinings[contract.me - 1]
        call = encode(JoinCall(contract.beginning.secrets[0], own))
        answer = sealed_call.call(self._line(contract), said.url + JOIN_PATH, said.sealing, call, fresh_seed())
        joinings = JoinReply.decode(answer).joinings
        if len(joinings) != len(said.seats) or joinings[contract.me - 1] != own:
            raise PeerDeviated("PEER_DEVIATED", "cannot join: our seat has somebody else in it", evidence=answer)
        if not all(joinings):
            return 0
        self.records.post(contract.number, *(Seated(seat, each) for seat, each in enumerate(joinings, 1)))
        self.watcher.step("everybody", "has joined")
        return 1

    def _line(self, contract: Contract) -> Client:
        """Return the line of one contract, which nothing else uses where there is a proxy."""
        return self.client.isolated(f"contract {contract.number.hex()}")

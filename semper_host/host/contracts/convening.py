"""Who invites to a contract: it makes the invitation, seats who comes, and passes on what everybody says."""

from __future__ import annotations

import hmac
import time
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from pathlib import Path

from semper_host.admission.service_keys import open_service_keys
from semper_host.commerce.agreement import MOST_SKEW, NONCE_BYTES
from semper_host.commerce.joint_deal import Seated, Standing
from semper_host.commerce.joint_roll import INVITATION, MOST_TEXT, VERSION, Invitation
from semper_host.commerce.seats import MOST_NAME, MOST_STATEMENT, Joining
from semper_host.exchange.kinds.joint_contract import LEAST
from semper_host.exchange.labels import DELTA, MAX_PARTIES
from semper_host.host import identity, trusting
from semper_host.host.beating import Beat, report
from semper_host.host.business import deal_keys, next_counter
from semper_host.host.contracts.beginning import HOST, TICKET_BYTES, Beginning, Contract, Ticket, read
from semper_host.host.contracts.mailing import MAIL_PATH, ContractMail
from semper_host.host.contracts.records import Records
from semper_host.host.contracts.working import WAITS, Worker
from semper_host.host.enrolment import vouch_in
from semper_host.host.home import Home
from semper_host.host.revocation import check_not_revoked
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.hurdle import Hurdle
from semper_host.supporting.communication.mail import incoming, outgoing
from semper_host.supporting.communication.server import Handler
from semper_host.supporting.communication.session import MOST_ENVELOPES, Batch
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.entropy import fresh, fresh_seed
from semper_host.supporting.trusted_ui.display_text import check_text

JOIN_PATH = "/semper/v1/contract/join"
BEAT_SECONDS = 0.5


class JoinCall(Record, frozen=True):
    """What takes a seat: the ticket's secret, and the signed joining. Repeated, it asks who has joined since."""

    secret: bytes
    joining: bytes


class JoinReply(Record, frozen=True):
    """Who has joined: the joinings by seat, b"" where one is free."""

    joinings: tuple[bytes, ...]


class Convener:
    """The contracts that a home invites to, as one part of what it serves (`serving.Role`)."""

    def __init__(
        self, home: Home, client: Client, clock: Callable[[], int] = lambda: int(time.time()),
        waits: Sequence[float] = WAITS,
    ) -> None:  # fmt: skip
        self.home, self.clock = home, clock
        self.records = Records(home, clock)
        self._worker = Worker(self.records, client, waits=waits)
        self._hurdle = Hurdle(fresh_seed())
        self._pulse = Beat("semper-contracts", BEAT_SECONDS, self._look)

    def routes(self) -> Mapping[str, Handler]:
        """Return what is answered by POST."""
        sealing = identity.service(self.home, self.clock()).sealing
        return {JOIN_PATH: sealed_call.serve(sealing, JOIN_PATH, self.join, self._hurdle), MAIL_PATH: self.mail}

    def pages(self) -> Mapping[str, Callable[[], bytes]]:
        """Return what is answered by GET: nothing."""
        return {}

    def files(self) -> Mapping[str, Path]:
        """Return the directories served as files: none."""
        return {}

    def start(self) -> None:
        """Keep the deadlines of all contracts."""
        self._pulse.start()

    def stop(self) -> None:
        """End it; what is committed goes on at the next start."""
        self._pulse.stop()

    def join(self, call: bytes) -> bytes:
        """Seat who shows the ticket of a free seat, and say who has joined. Raises PeerDeviated NOT_INVITED, …."""
        asked = JoinCall.decode(call)
        if len(asked.joining) > MOST_STATEMENT:
            raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot join: a joining has at most {MOST_STATEMENT} bytes")
        said = Joining.decode(cose.peek(asked.joining).payload)
        contract, standing = self._invited(said, asked.secret)
        if standing.joinings[said.seat - 1] != asked.joining:
            now = self.clock()
            if now > contract.opened.invitation.t2:
                raise PeerDeviated("TOO_LATE", "cannot join: the time to sign the contract is over")
            if abs(now - said.at) > MOST_SKEW:
                raise PeerDeviated("PEER_CLOCK", "cannot join: the two clocks differ by more than five minutes")
            standing = self.records.post(contract.number, Seated(said.seat, asked.joining))
        return encode(JoinReply(standing.joinings))

    def mail(self, data: bytes) -> bytes:
        """Take a batch of envelopes of one party of a contract, and answer with what waits for it."""
        batch = Batch.decode(data)
        sessions = {envelope.session for envelope in batch.envelopes}
        if len(batch.envelopes) > MOST_ENVELOPES or len(sessions) != 1:
            raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot take the mail: it is not for one contract, or too much")
        found = self.records.session(sessions.pop())
        if found is None:
            raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot take the mail: its contract is unknown here")
        number, peer = found
        contract, standing = read(self.home, number)
        ends, box = contract.peers(standing.roll)[peer], ContractMail(self.records, number, peer)
        incoming(box, ends, batch.envelopes, box.handle)
        return encode(Batch(outgoing(box, ends)))

    def _invited(self, said: Joining, secret: bytes) -> tuple[Contract, Standing]:
        """Return the contract that a ticket is for. Whoever has none learns nothing of it."""
        refused = PeerDeviated("NOT_INVITED", "cannot join: there is no such seat, or its ticket is another")
        try:
            contract, standing = read(self.home, said.invitation)
        except UsageError:
            raise refused from None
        secrets = contract.beginning.secrets
        if contract.me != HOST or not 1 <= said.seat <= len(secrets):
            raise refused
        if not hmac.compare_digest(secrets[said.seat - 1], secret):
            raise refused
        return contract, standing

    def _look(self) -> None:
        now = self.clock()
        due = [number for number, row in self.records.rows().items() if not row.end and row.t2 < now]
        for number in due:
            if not self._pulse.stopping:
                self._keep_deadline(number)

    def _keep_deadline(self, number: bytes) -> None:
        try:
            self._worker.work(number)
        except Exception as error:  # one contract that can't go on must not keep the others
            report(f"contract {number.hex()[:16]}", error)


def convene(
    home: Home, text: bytes, title: str, names: Sequence[str], trustee: bytes, seconds: tuple[int, int],
    clock: Callable[[], int],
) -> tuple[Contract, tuple[Ticket, ...]]:  # fmt: skip
    """Invite to a contract: return it, and the ticket of each seat, to be handed over in secret.

    `trustee` is the trustee's statement of keys; `seconds` how long there is to sign, and then to have the trustee
    decide. It binds nobody, us neither. Raises UsageError, AdmissionRefused (CHAIN_*), DisplayRefused.
    """
    now = clock()
    _check_wishes(home, text, names, seconds)
    for name in (title, *names):
        check_text(name, MOST_NAME, "title or name")
    snapshot = trusting.snapshot(home.trust)
    _, guardian = open_service_keys(trustee, "trustee", snapshot.trust.roots, now)
    check_not_revoked(home, now, guardian)
    counter = next_counter(home)
    party = deal_keys(home, counter).party
    t2 = now + seconds[0]
    said = Invitation(
        version=VERSION, at=now, title=title, text=sha256(text).digest(), seats=tuple(names), party=party,
        url=home.config.url, sealing=identity.service(home, now).sealing.public, trustee=trustee,
        vouch=vouch_in(trustee, home, party, now), t2=t2, t_resolve=t2 + seconds[1], nonce=fresh(NONCE_BYTES),
    )  # fmt: skip
    signed = cose.sign1_certified(encode(said), INVITATION, identity.certified(home))
    secrets = tuple(fresh(TICKET_BYTES) for _ in names)
    beginning = Beginning(HOST, now, counter, signed, text, snapshot, secrets)
    contract, _ = Records(home, clock).begin(beginning)
    return contract, tickets(contract)


def tickets(contract: Contract) -> tuple[Ticket, ...]:
    """Return the ticket of each seat of a contract that this home invites to."""
    begun = contract.beginning
    return tuple(Ticket(begun.invitation, begun.text, seat, secret) for seat, secret in enumerate(begun.secrets, 1))


def _check_wishes(home: Home, text: bytes, names: Sequence[str], seconds: tuple[int, int]) -> None:
    if home.config.role != "merchant":
        raise UsageError("USAGE_INVALID", "cannot invite: only a merchant's home serves those who join; they call out")
    if not 0 < len(text) <= MOST_TEXT:
        raise UsageError("USAGE_INVALID", f"cannot invite: what is signed is empty, or has over {MOST_TEXT} bytes")
    if not LEAST <= len(names) + 1 <= MAX_PARTIES or len(set(names)) != len(names):
        message = f"cannot invite: name {LEAST - 1} to {MAX_PARTIES - 1} others, each differently; two sign by a deal"
        raise UsageError("USAGE_INVALID", message)
    if seconds[0] < 1 or seconds[1] < DELTA:
        raise UsageError("USAGE_INVALID", "cannot invite: there is no time to sign, or none for the trustee to decide")

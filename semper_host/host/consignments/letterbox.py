"""Where a merchant's home takes what anonymous senders hand over: they call, and show nothing but keys of one transfer.

A call without a parcel is answered with a joining, whose keys are made from the transfer's number: nothing is kept of
it, however many come. A parcel is kept, within bounds, until the person takes it or not; the receipt waits for whoever
called.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

from semper_host.admission.service_keys import DealKey, sign_deal_key
from semper_host.commerce.consignment import (
    JOINING,
    VERSION,
    Opened,
    Roll,
    check_time,
    open_invitation,
    read_roll,
    transfer_to,
)
from semper_host.commerce.consignment_evidence import Handed
from semper_host.commerce.seats import MERCHANT, Joining
from semper_host.commerce.vouching import context_of
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.transfer_looking import witness
from semper_host.host import identity, trusting
from semper_host.host.consignments.letters import MOST_LETTER, Letter, Letters, Notice, check_same, digest_of
from semper_host.host.consignments.passes import Passes
from semper_host.host.consignments.records import SENDER, Consignments, numbered_keys
from semper_host.host.home import Home
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.hurdle import Hurdle
from semper_host.supporting.communication.server import Handler
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.entropy import fresh_seed
from semper_host.supporting.trusted_ui.display_text import check_text

LETTER_PATH = "/semper/v1/transfer/letter"
LONGEST = 90 * 24 * 3600
"""Seconds for which something may wait for the person."""


class LetterCall(Record, frozen=True):
    """An anonymous sender's call: its invitation, whom it calls, and its parcel once all have joined."""

    invitation: bytes  # signed
    seat: int
    secret: bytes  # whose SHA-256 the invitation has for this seat
    joinings: tuple[bytes, ...] = ()
    handed: Handed | None = None
    shown: bytes | None = None  # the secret of a pass of the recipient's, where the sender has one


class LetterReply(Record, frozen=True):
    """The recipient's joining; or that the parcel is kept, and the receipt once there is one."""

    joining: bytes | None = None
    kept: bool = False
    receipt: bytes | None = None


class Letterbox:
    """One merchant's, as one part of what it serves (`serving.Role`)."""

    def __init__(self, home: Home, clock: Callable[[], int] = lambda: int(time.time())) -> None:
        self.home, self.clock = home, clock
        self.consignments, self.letters = Consignments(home, clock), Letters(home, clock)
        self._hurdle = Hurdle(fresh_seed())

    def routes(self) -> Mapping[str, Handler]:
        """Return what is answered by POST."""
        sealing = identity.service(self.home, self.clock()).sealing
        return {LETTER_PATH: sealed_call.serve(sealing, LETTER_PATH, self.answer, self._hurdle)}

    def pages(self) -> Mapping[str, Callable[[], bytes]]:
        """Return what is answered by GET: nothing."""
        return {}

    def files(self) -> Mapping[str, Path]:
        """Return the directories served as files: none."""
        return {}

    def start(self) -> None:
        """Forget what nobody took in its time."""
        self.letters.clear()

    def stop(self) -> None:
        """There is nothing to stop."""

    def answer(self, data: bytes) -> bytes:
        """Answer an anonymous sender's call. Raises PeerDeviated NOT_INVITED, TRANSFER_DECLINED, …; OVERLOADED."""
        if len(data) > MOST_LETTER:
            raise SemperError("REQUEST_TOO_LARGE", f"cannot take more than {MOST_LETTER} bytes of a stranger")
        call = LetterCall.decode(data)
        opened = open_invitation(call.invitation, trusting.load(self.home.trust).roots, self.clock())
        named = dict(enumerate(opened.invitation.seats, 1)).get(call.seat)
        if opened.sender is not None or named != self.home.config.name or not opened.is_from(call.seat, call.secret):
            raise PeerDeviated("NOT_INVITED", "cannot join: there is no such seat for us, or its secret is another")
        if call.handed is None:
            self._check_wait(opened)
            return encode(LetterReply(self._joining(opened, call.seat)))
        letter = Letter(call.invitation, call.seat, call.joinings, call.handed)
        return encode(self._taken(opened, letter, Passes(self.home).name_of(call.shown)))

    def _taken(self, opened: Opened, letter: Letter, shown: str) -> LetterReply:
        """Keep a parcel, once; say that it is here, and what the person signed for it."""
        if self.home.archive.journal(opened.number):
            return self._accepted(opened.number, letter)
        known = self.letters.notice(opened.number)
        if known is None:
            self._check_wait(opened)
            roll = self._check(opened, letter)
            known = self.letters.keep(opened.number, _notice(roll, letter, self.clock(), shown), letter)
        if known is None:  # the person took it between two looks of ours
            return self._accepted(opened.number, letter)
        if known.declined:
            raise PeerDeviated("TRANSFER_DECLINED", "cannot take the transfer: the recipient does not want it")
        check_same(known.digest, letter)
        return LetterReply(kept=True)

    def _accepted(self, number: bytes, letter: Letter) -> LetterReply:
        """Answer for what the person took, or found to be wrong."""
        begun, standing = self.consignments.read(number)
        taken, handed = standing.taken, letter.handed
        if begun.me == SENDER or taken is None or standing.joinings != letter.joinings:
            raise PeerDeviated("PEER_DEVIATED", "cannot take the parcel: it is not what it was to be")
        if (taken.digest, taken.parcel) != (handed.digest, handed.parcel):
            self.consignments.deviated(number, SENDER, encode(handed))
            raise PeerDeviated("PEER_DEVIATED", "cannot take the parcel: a different one came before")
        return LetterReply(kept=True, receipt=taken.receipt)

    def _check(self, opened: Opened, letter: Letter) -> Roll:
        """Require all that can be seen before the person says yes. Raises PeerDeviated, AdmissionRefused, DISPLAY_*."""
        for text in (opened.invitation.title, *opened.invitation.seats):
            check_text(text, 72, "title or name")
        roll = read_roll(opened, letter.joinings, trusting.load(self.home.trust).roots)
        keys = numbered_keys(self.home, opened.number)
        if roll.members[letter.seat].party != keys.party:
            raise PeerDeviated("PEER_DEVIATED", "cannot join: our seat has somebody else in it")
        signing = [member.party.signing for member in roll.members]
        sealing = [member.party.sealing for member in roll.members]
        if len({*signing}) != len(signing) or len({*sealing}) != len(sealing):
            raise PeerDeviated("PEER_IDENTITY", "cannot join: two parties have the same key")
        transfer = transfer_to(roll, letter.seat, letter.handed.digest)
        witness(transfer, crypto_for(keys.signing, keys.sealing), letter.handed.parcel)
        return roll

    def _check_wait(self, opened: Opened) -> None:
        now = self.clock()
        check_time(opened, now)
        if opened.invitation.until > now + LONGEST:
            raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot join: nothing waits that long for us")

    def _joining(self, opened: Opened, seat: int) -> bytes:
        """Take our seat with keys made from the transfer's number; whoever calls again gets what is as good."""
        keys, now = numbered_keys(self.home, opened.number), self.clock()
        context = context_of(opened.invitation.party.signing)
        named = DealKey(MERCHANT, keys.signing.public, keys.sealing.public, context, now)
        vouch = sign_deal_key(named, identity.certified(self.home))
        nonce = sha256(b"semper/letter/nonce" + keys.signing.public).digest()
        said = Joining(VERSION, now, opened.number, seat, keys.party, nonce, vouch)
        return cose.sign1(encode(said), JOINING, keys.signing)


def _notice(roll: Roll, letter: Letter, now: int, shown: str) -> Notice:
    said = roll.opened.invitation
    size, digest = len(encode(letter)), digest_of(letter)
    return Notice(said.title, now, said.until, said.seats, said.origin, said.receipt, size, digest, shown=shown)

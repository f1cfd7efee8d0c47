"""Who signs a contract together: one invites, the others take their seats, and the roll of all names the deal. Pure.

    invitation  who invites, certified: the text's digest, the seats' names, its deal keys, trustee, deadlines
    joining     who takes a seat, by the keys it made for this deal: the invitation, the seat, and, where it is
                certified, its word that those keys are its own
    D           the hash of the invitation and of every joining; the label of the exchange follows from them

So nobody can be shown a roll with other parties than those that it signs with: another roll is another L.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

from semper_host.admission.service_keys import ServiceKeys, open_deal_key, open_service_keys
from semper_host.commerce import seats
from semper_host.commerce.seats import MERCHANT, MOST_STATEMENT, Member, Seating, check_names, refused
from semper_host.commerce.vouching import context_of
from semper_host.exchange.items import ItemRef, Party
from semper_host.exchange.kinds.joint_contract import KIND, LEAST
from semper_host.exchange.labels import MAX_PARTIES, Label, Seat, label_of, make_label
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.items import Family
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.cose import Certified
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot

VERSION = "semper.contract/1"
INVITATION, JOINING = "contract.invitation", "contract.joining"
"""The kinds under which the two are signed."""
STEP = "sign"
MOST_TEXT = 128 * 1024
"""Bytes of what is signed: every party's promise carries it."""


class Invitation(Record, frozen=True):
    """What the party that invites signs with its certified key. Times are seconds since 1970 UTC."""

    version: str
    at: int
    title: str
    text: bytes  # SHA-256 of what is signed
    seats: tuple[str, ...]  # how the one that invites calls the others
    party: Party
    url: str
    sealing: bytes  # the X25519 key that calls to `url` are sealed to
    trustee: bytes  # the trustee's signed statement of service keys
    vouch: bytes  # the inviting merchant's word to the trustee that `party` is its own
    t2: int
    t_resolve: int
    nonce: bytes


@dataclass(frozen=True, slots=True)
class Opened:
    """An invitation whose signatures hold, from `host`, under `trustee`."""

    signed: bytes
    invitation: Invitation
    host: Certified
    trustee: ServiceKeys
    guardian: Certified  # who the trustee is

    @property
    def number(self) -> bytes:
        """What names the contract before all have joined: SHA-256 of the signed invitation."""
        return sha256(self.signed).digest()

    @property
    def parties(self) -> int:
        """How many sign."""
        return len(self.invitation.seats) + 1


@dataclass(frozen=True, slots=True)
class Roll:
    """Everybody who signs, the one that invited first."""

    opened: Opened
    joinings: tuple[bytes, ...]
    members: tuple[Member, ...]

    @property
    def deal(self) -> bytes:
        """D, 32 bytes."""
        return sha256(encode([VERSION, self.opened.signed, list(self.joinings)])).digest()

    @property
    def label(self) -> Label:
        """The label of the one exchange that this deal is."""
        said, parties = self.opened.invitation, [member.party for member in self.members]
        item = ItemRef(Family.STATEMENT, "contract", said.text)
        nonces = sha256(b"".join(self.joinings)).digest()
        keys = self.opened.trustee
        return make_label(
            deal=self.deal, step=STEP, kind=KIND, initiator=parties[0], responder=parties[1],
            trustee=Party(keys.signing, keys.sealing), left=item, right=item,
            others=tuple(Seat(party, item) for party in parties[2:]), t2=said.t2, t_resolve=said.t_resolve,
            nonce_a=said.nonce, nonce_b=nonces,
        )  # fmt: skip

    @property
    def id(self) -> bytes:
        """L, 32 bytes."""
        return label_of(self.label)


def open_invitation(signed: bytes, roots: Sequence[TrustedRoot], at: int) -> Opened:
    """Return the invitation, its certificates judged as of `at` (seconds since 1970).

    Raises PeerDeviated (PEER_DEVIATED, PEER_IDENTITY, SIG_INVALID, VERSION_UNSUPPORTED), AdmissionRefused CHAIN_*.
    """
    host = _certified(signed, roots, at)
    said = Invitation.decode(host.payload)
    if said.version != VERSION:
        raise PeerDeviated("VERSION_UNSUPPORTED", f"cannot join: the contract is in version {said.version[:40]!r}")
    check_names(said.title, said.seats, LEAST, MAX_PARTIES, signed)
    trustee, guardian = open_service_keys(said.trustee, "trustee", roots, at)
    keys, voucher = open_deal_key(said.vouch, MERCHANT, context_of(trustee.signing), roots, at)
    if (keys.signing, keys.sealing) != (said.party.signing, said.party.sealing) or voucher.uri != host.uri:
        raise PeerDeviated("PEER_IDENTITY", "cannot join: the one that invites vouches for other keys", evidence=signed)
    return Opened(signed, said, host, trustee, guardian)


def check_time(opened: Opened, now: int) -> None:
    """Require that the contract can still be signed at `now`. Raises PeerDeviated PEER_CLOCK, TOO_LATE."""
    seats.check_time(_seating(opened), now, "the time to sign the contract")


def read_joining(opened: Opened, signed: bytes, seat: int, roots: Sequence[TrustedRoot]) -> Member:
    """Return who takes seat number `seat` by the joining `signed`. Raises PeerDeviated, AdmissionRefused CHAIN_*."""
    return seats.read_joining(_seating(opened), signed, seat, roots)


def read_roll(opened: Opened, joinings: Sequence[bytes], roots: Sequence[TrustedRoot]) -> Roll:
    """Return the roll of an invitation and all joinings, by seat. Raises as `read_joining` does."""
    first = Member(opened.host.name, opened.invitation.party, opened.host)
    return Roll(opened, tuple(joinings), seats.read_members(_seating(opened), first, joinings, roots))


def _seating(opened: Opened) -> Seating:
    said, context = opened.invitation, context_of(opened.trustee.signing)
    return Seating(VERSION, JOINING, opened.number, said.seats, said.at, said.t2, context)


def _certified(signed: bytes, roots: Sequence[TrustedRoot], at: int) -> Certified:
    if len(signed) > MOST_STATEMENT:
        raise refused(f"the invitation has over {MOST_STATEMENT} bytes", b"")
    return cose.open1_certified(signed, INVITATION, Purpose.MERCHANT, roots, at)

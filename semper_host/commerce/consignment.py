"""One container for several recipients: who sends, who receives, with which attributes, and what is in it. Pure.

    invitation  the sender, certified: the seats' names, its deal keys, the security attributes, until when
                or nobody: signed with the deal key alone, and every recipient is certified by the name of its seat
    joining     a recipient takes its seat with keys made for this alone
    container   one tree: files for everybody, and files for those alone whom they name (`container_transfer`)

D is the hash of the invitation and of every joining. Each recipient gets one transfer, under D and its own key.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256

from semper_host.commerce import seats
from semper_host.commerce.seats import MOST_STATEMENT, Member, Seating, check_names, refused
from semper_host.commerce.vouching import context_of
from semper_host.exchange import transfer as transfers
from semper_host.exchange.container_transfer import attributes_of
from semper_host.exchange.items import ItemRef, Party
from semper_host.exchange.transfer import CONTAINER, Transfer
from semper_host.model import container as containers
from semper_host.model.container import Container, Group
from semper_host.model.container_nodes import Leaf
from semper_host.model.container_rules import walk
from semper_host.model.encoding import MalformedEncoding, Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.items import Family, Item
from semper_host.model.security import MAX_PARTIES, Receipt, Security, make_security
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.cose import Certified
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot

VERSION = "semper.transfer/1"
INVITATION, JOINING = "transfer.invitation", "transfer.joining"
"""The kinds under which the two are signed."""
STEP = "hand"
FILE = "statement.file"
"""The kind of an item that is a file."""
MOST_CONTENT = 128 * 1024
"""Bytes of all files together; what is larger is an edition, whose key or address can be sent."""
MOST_FILE_NAME = 120


class Invitation(Record, frozen=True):
    """What the sender signs with its certified key, or with its deal key. Times are seconds since 1970 UTC."""

    version: str
    at: int
    title: str
    seats: tuple[str, ...]
    party: Party
    url: str
    sealing: bytes  # the X25519 key that calls to `url` are sealed to
    origin: bool  # whether the sender signs what it sends
    receipt: str  # "none", "received" or "opened": what recipients sign
    confidential: bool  # whether all of it is sealed to the recipients
    until: int
    nonce: bytes
    callers: tuple[bytes, ...] | None = None  # of an anonymous sender: SHA-256 of the secret that it shows each seat


class File(Record, frozen=True):
    """A file in the container."""

    name: str
    content: bytes


class Part(Record, frozen=True):
    """Files for the recipients in these seats; no seat: for all of them."""

    seats: tuple[int, ...]
    files: tuple[File, ...]


@dataclass(frozen=True, slots=True)
class Opened:
    """An invitation whose signature holds, from the certified `sender`, or from nobody that is known."""

    signed: bytes
    invitation: Invitation
    sender: Certified | None

    @property
    def number(self) -> bytes:
        """What names the transfer: SHA-256 of the signed invitation."""
        return sha256(self.signed).digest()

    @property
    def called(self) -> str:
        """How people call the sender: by its certified name, or by the key that it has for this transfer alone."""
        if self.sender is not None:
            return self.sender.name
        return f"anonymous, key {self.invitation.party.signing.hex()[:16]}"

    def is_from(self, seat: int, secret: bytes) -> bool:
        """Say whether who shows `secret` in this seat is the anonymous sender."""
        callers = self.invitation.callers or ()
        return 1 <= seat <= len(callers) and hmac.compare_digest(sha256(secret).digest(), callers[seat - 1])


@dataclass(frozen=True, slots=True)
class Roll:
    """The sender and all recipients, by seat."""

    opened: Opened
    joinings: tuple[bytes, ...]
    members: tuple[Member, ...]

    @property
    def deal(self) -> bytes:
        """D, 32 bytes."""
        return sha256(encode([VERSION, self.opened.signed, list(self.joinings)])).digest()


def open_invitation(signed: bytes, roots: Sequence[TrustedRoot], at: int) -> Opened:
    """Return the invitation, its certificate judged as of `at`. Raises PeerDeviated, AdmissionRefused CHAIN_*."""
    if len(signed) > MOST_STATEMENT:
        raise refused(f"the invitation has over {MOST_STATEMENT} bytes", b"")
    said, sender = _anonymous(signed), None
    if said is None:
        sender = cose.open1_certified(signed, INVITATION, Purpose.MERCHANT, roots, at)
        said = Invitation.decode(sender.payload)
        if said.callers is not None:
            raise refused("it is certified and says that its sender is anonymous", signed)
    if said.version != VERSION:
        raise PeerDeviated("VERSION_UNSUPPORTED", f"cannot join: the transfer is in version {said.version[:40]!r}")
    check_names(said.title, said.seats, 2, MAX_PARTIES + 1, signed)
    if said.receipt not in list(Receipt):
        raise refused("it asks for an unknown kind of receipt", signed)
    return Opened(signed, said, sender)


def _anonymous(signed: bytes) -> Invitation | None:
    """Return an invitation of nobody that is known; None where it is under a certificate. Raises PeerDeviated."""
    signer = cose.peek(signed).kid
    if not signer:
        return None
    said = Invitation.decode(cose.open1(signed, INVITATION, signer))
    if signer != said.party.signing or said.callers is None or len(said.callers) != len(said.seats):
        raise refused("it is signed with another key than it names, or does not say who will call", signed)
    if said.url or said.sealing:
        raise refused("its sender is anonymous and says where it serves", signed)
    return said


def check_time(opened: Opened, now: int) -> None:
    """Require that the transfer is still on at `now`. Raises PeerDeviated PEER_CLOCK, TOO_LATE."""
    seats.check_time(_seating(opened), now, "the time of the transfer")


def read_joining(opened: Opened, signed: bytes, seat: int, roots: Sequence[TrustedRoot]) -> Member:
    """Return who takes seat number `seat`. Raises PeerDeviated, AdmissionRefused CHAIN_*."""
    return seats.read_joining(_seating(opened), signed, seat, roots)


def read_roll(opened: Opened, joinings: Sequence[bytes], roots: Sequence[TrustedRoot]) -> Roll:
    """Return the roll of an invitation and all joinings, by seat. Raises as `read_joining` does."""
    first = Member(opened.called, opened.invitation.party, opened.sender)
    members = seats.read_members(_seating(opened), first, joinings, roots)
    if opened.sender is None:
        for each in members[1:]:
            if each.certified is None or each.certified.name != each.name:
                raise refused("a recipient is not certified by the name of its seat", b"".join(joinings))
    return Roll(opened, tuple(joinings), members)


def _seating(opened: Opened) -> Seating:
    said = opened.invitation
    context = context_of(said.party.signing)
    return Seating(VERSION, JOINING, opened.number, said.seats, said.at, said.until, context)


def security_of(roll: Roll) -> Security:
    """Return what the root of the container asks."""
    said = roll.opened.invitation
    keys = tuple(member.party.sealing for member in roll.members[1:]) if said.confidential else ()
    anonymous = said.callers is not None
    return make_security(origin=said.origin, receipt=Receipt(said.receipt), confidential=keys, anonymous=anonymous)


def transfer_to(roll: Roll, seat: int, digest: bytes) -> Transfer:
    """Return the transfer of the container with this digest to the recipient in a seat; both sides know it."""
    said = roll.opened.invitation
    item = ItemRef(Family.STATEMENT, CONTAINER, digest)
    return transfers.make_transfer(
        deal=roll.deal, step=STEP, sender=said.party, recipient=roll.members[seat].party, item=item,
        security=attributes_of(security_of(roll)), nonce=said.nonce,
    )  # fmt: skip


def pack(roll: Roll, parts: Sequence[Part], seed: bytes) -> Container:
    """Return the one container for all; `seed` is 32 secret bytes. Parts for some name those by their keys."""
    keys = [member.party.sealing for member in roll.members]
    content: list[Item | Group] = []
    for part in parts:
        items = [Item(FILE, encode(file)) for file in part.files]
        named = make_security(confidential=tuple(keys[seat] for seat in part.seats))
        content += [Group(named, items)] if part.seats else items
    return containers.pack(Group(security_of(roll), content), seed)


def files_in(container: Container) -> Iterator[File]:
    """Yield the files that lie open. Raises PeerDeviated (CONTAINER_INVALID) for a leaf that is no file."""
    for _, node in walk(container.root):
        if isinstance(node, Leaf):
            yield _file(Item(node.kind, node.body))


def check_file(file: File) -> None:
    """Require a name that can't lead anywhere else. Raises PeerDeviated (CONTAINER_INVALID)."""
    name = file.name
    if not 0 < len(name) <= MOST_FILE_NAME or not name.isprintable() or name.startswith(".") or set(name) & set("/\\:"):
        raise PeerDeviated("CONTAINER_INVALID", f"cannot take the file: it is called {name[:40]!r}")


def _file(item: Item) -> File:
    try:
        if item.kind != FILE:
            raise PeerDeviated("CONTAINER_INVALID", f"cannot take the item: it is a {item.kind}, not a file")
        file = File.decode(item.body)
    except MalformedEncoding as error:
        raise PeerDeviated("CONTAINER_INVALID", f"cannot take the file: {error.message}") from None
    check_file(file)
    return file

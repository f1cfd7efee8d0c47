"""The evidence of a transfer to several: what one party sent or got, and who signed for it, for any stranger. Pure.

It has the form of every evidence file (`evidence_format`), under the exporter's deal key: the invitation, every
joining, the exhibits. Verified are the seal; the sender's certificate, as of then; every joining, and D; the chain of
exhibits; each token of origin and each receipt. What was sealed, a stranger does not see.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from semper_host.commerce.agreement import MOST_SKEW
from semper_host.commerce.consignment import Roll, open_invitation, read_roll, transfer_to
from semper_host.commerce.consignment_words import ConsignmentVerified, Got
from semper_host.commerce.dispatch import DEVIATION
from semper_host.commerce.evidence_format import OpenedFile, Section, open_sections, refuse, write_sections
from semper_host.commerce.evidence_observer import OBSERVER
from semper_host.commerce.evidence_several import (
    PARTY,
    CheckCertified,
    about,
    check_members,
    exporter_of,
    read_exhibits,
)
from semper_host.exchange.transfer import ORIGIN, Parcel, name_of
from semper_host.exchange.transfer_looking import witness, witness_receipt
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.archive.evidence import Exhibit, verify_chain
from semper_host.supporting.cryptographic.x509 import TrustedRoot

PARCEL, RECEIPT = "parcel {}", "receipt"
"""Steps of the exhibits; `parcel 2` is for party 2."""
_FIRST = "consignment"


class Handed(Record, frozen=True):
    """What a recipient is handed: the digest of the container, and its parcel."""

    digest: bytes
    parcel: bytes


class ConsignmentFile(Record, frozen=True):
    """What a file holds. `at` is when the transfer began for the exporter (seconds since 1970)."""

    me: int
    at: int
    invitation: bytes  # signed
    joinings: tuple[bytes, ...]  # signed, by seat
    exhibits: tuple[Exhibit, ...]


def write(file: ConsignmentFile, deal: bytes, sign: Callable[[bytes, str], bytes]) -> bytes:
    """Return the bytes of the file, sealed by `sign(payload, kind)`: the exporting party's deal key."""
    sections = [Section(_FIRST, file.invitation), *(Section("joining", each) for each in file.joinings)]
    sections += [Section("exhibit", encode(each)) for each in file.exhibits]
    return write_sections(deal, PARTY.format(file.me), file.at, sections, sign)


def is_consignment(data: bytes) -> bool:
    """Say whether a file is the evidence of a transfer to several. Raises PeerDeviated (EVIDENCE_INVALID)."""
    sections = open_sections(data).sections
    return bool(sections) and sections[0].name == _FIRST


def read(data: bytes) -> tuple[ConsignmentFile, OpenedFile]:
    """Return what a file holds; only its seal is checked. Raises PeerDeviated (EVIDENCE_INVALID)."""
    opened = open_sections(data)
    names = [section.name for section in opened.sections]
    joinings = names.count("joining")
    if names != [_FIRST, *["joining"] * joinings, *["exhibit"] * (len(names) - joinings - 1)]:
        refuse(opened.sealed_at, "it names other sections than the evidence of such a transfer has")
    me = exporter_of(opened, joinings)
    invitation, *rest = (section.data for section in opened.sections)
    found = read_exhibits(zip(rest[joinings:], opened.places[1 + joinings :], strict=True))
    return ConsignmentFile(me, opened.seal.at, invitation, tuple(rest[:joinings]), found), opened


def verify(
    data: bytes, roots: Sequence[TrustedRoot], now: int, check: CheckCertified = lambda who, at: None
) -> ConsignmentVerified:
    """Return what the file proves to somebody who trusts `roots`, at `now` (seconds since 1970).

    Raises PeerDeviated EVIDENCE_INVALID, saying which part of the file is wrong and where its bytes are;
    AdmissionRefused (CHAIN_*) where the verifier's trust does not reach so far.
    """
    file, opened = read(data)
    if file.at > now + MOST_SKEW:
        refuse(opened.sealed_at, "it is dated in the future; check your clock")
    roll = _begun(file, opened, roots, check)
    if opened.signer != roll.members[file.me].party.signing or opened.seal.deal != roll.deal:
        refuse(opened.sealed_at, "another key than the exporter's made it, or it is about another transfer")
    proving = _Proving(roll)
    for exhibit, place in zip(file.exhibits, opened.places[1 + len(file.joinings) :], strict=True):
        with about(place):
            proving.take(exhibit)
    head = verify_chain(roll.deal, file.exhibits)
    said = roll.opened.invitation
    return ConsignmentVerified(
        transfer=roll.opened.number, deal=roll.deal, me=file.me, at=file.at, title=said.title, asked=said.receipt,
        members=tuple((each.name, each.certified.root if each.certified else "") for each in roll.members),
        sender_key=said.party.signing, got=tuple(proving.got[seat] for seat in sorted(proving.got)),
        deviations=proving.deviations, erased=proving.erased, exhibits=len(file.exhibits), head=head.hash,
    )  # fmt: skip


@dataclass
class _Proving:
    """What was proved so far."""

    roll: Roll
    got: dict[int, Got] = field(default_factory=dict)
    parcels: dict[int, Handed] = field(default_factory=dict)
    deviations: int = 0
    erased: int = 0

    def take(self, exhibit: Exhibit) -> None:
        """Take one exhibit. What its sender can't have signed so refuses the file."""
        link, message = exhibit.evidence, exhibit.message
        seats = range(1, len(self.roll.members))
        if message is None:
            self.erased += 1
        elif link.step == DEVIATION:
            self.deviations += 1
        elif link.step == RECEIPT and link.role in map(PARTY.format, seats):
            self._receipt(int(link.role.partition(" ")[2]), message)
        elif link.role == PARTY.format(0) and link.step in map(PARCEL.format, seats):
            self._parcel(int(link.step.partition(" ")[2]), message, link.label)
        else:
            raise PeerDeviated("EVIDENCE_INVALID", "cannot use the exhibit: such a transfer has no such step or role")

    def _parcel(self, seat: int, message: bytes, label: bytes) -> None:
        handed = Handed.decode(message)
        transfer = witness(transfer_to(self.roll, seat, handed.digest), OBSERVER, handed.parcel)
        if seat in self.parcels or label != name_of(transfer):
            raise PeerDeviated("EVIDENCE_INVALID", "cannot use the parcel: it is a second one, or another's")
        self.parcels[seat] = handed
        proved = ORIGIN in transfer.security and Parcel.decode(handed.parcel).origin is not None
        self.got[seat] = Got(seat, handed.digest, proved)

    def _receipt(self, seat: int, message: bytes) -> None:
        handed = self.parcels.get(seat)
        if handed is None:
            raise PeerDeviated("EVIDENCE_INVALID", "cannot use the receipt: its parcel is not there")
        what = witness_receipt(transfer_to(self.roll, seat, handed.digest), OBSERVER, handed.parcel, message)
        self.got[seat] = Got(seat, handed.digest, self.got[seat].origin, what)


def _begun(file: ConsignmentFile, opened: OpenedFile, roots: Sequence[TrustedRoot], check: CheckCertified) -> Roll:
    """Check all that the transfer began with, as of then."""
    with about(opened.places[0]):
        invited = open_invitation(file.invitation, roots, file.at)
        if not invited.invitation.at - MOST_SKEW <= file.at <= invited.invitation.until + MOST_SKEW:
            raise PeerDeviated("EVIDENCE_INVALID", "cannot use the file: nobody could begin the transfer at its time")
        if invited.sender is not None:
            check(invited.sender, file.at)
    with about(opened.places[1] if file.joinings else opened.sealed_at):
        roll = read_roll(invited, file.joinings, roots)
        check_members(roll.members, check, file.at)
    return roll

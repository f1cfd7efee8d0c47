"""The evidence of a contract among several: one file, off-line, that convinces a stranger with trust roots. Pure.

It has the form of every evidence file (`evidence_format`), under the exporter's deal key: the invitation, the text,
every joining, the exhibits, and the trustee's receipts. Verified are, in this order: the seal; who invited and who the
trustee is, as of then; every joining, D and L; the chain of exhibits; each promise, confirmation and word of the
trustee.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256

from semper_host.commerce.agreement import MOST_SKEW
from semper_host.commerce.dispatch import DEVIATION, TRUSTEE_ROLE
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
from semper_host.commerce.joint_proved import Proving
from semper_host.commerce.joint_roll import Roll, open_invitation, read_roll
from semper_host.commerce.joint_words import JointVerified
from semper_host.exchange.case import Case
from semper_host.exchange.kinds import open_case
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.archive.evidence import Exhibit, verify_chain
from semper_host.supporting.cryptographic.x509 import TrustedRoot

PROMISED, CONFIRMED, DECISION = "promise", "confirmation", "decision"
"""The steps of a contract, as its evidence names them."""
_FIRST = ("invitation", "text")
_RECEIPTS = ("receipt", "equivocation")


class JointFile(Record, frozen=True):
    """What a file holds. `at` is when the contract began for the exporter (seconds since 1970).

    `receipt` is the trustee's for the exporter's request, `equivocation` the proof that it signed two.
    """

    me: int
    at: int
    invitation: bytes  # signed
    text: bytes
    joinings: tuple[bytes, ...]  # signed, by seat
    exhibits: tuple[Exhibit, ...]
    receipt: bytes | None = None
    equivocation: bytes | None = None


def write(file: JointFile, deal: bytes, sign: Callable[[bytes, str], bytes]) -> bytes:
    """Return the bytes of the file, sealed by `sign(payload, kind)`: the exporting party's deal key."""
    sections = [Section("invitation", file.invitation), Section("text", file.text)]
    sections += [Section("joining", each) for each in file.joinings]
    sections += [Section("exhibit", encode(each)) for each in file.exhibits]
    pairs = zip(_RECEIPTS, (file.receipt, file.equivocation), strict=True)
    sections += [Section(name, data) for name, data in pairs if data is not None]
    return write_sections(deal, PARTY.format(file.me), file.at, sections, sign)


def is_joint(data: bytes) -> bool:
    """Say whether a file is the evidence of a contract among several. Raises PeerDeviated (EVIDENCE_INVALID)."""
    sections = open_sections(data).sections
    return bool(sections) and sections[0].name == _FIRST[0]


def read(data: bytes) -> tuple[JointFile, OpenedFile]:
    """Return what a file holds; only its seal is checked. Raises PeerDeviated (EVIDENCE_INVALID)."""
    opened = open_sections(data)
    names = [section.name for section in opened.sections]
    joinings, exhibits = names.count("joining"), names.count("exhibit")
    last = [name for name in _RECEIPTS if name in names]
    if names != [*_FIRST, *["joining"] * joinings, *["exhibit"] * exhibits, *last]:
        refuse(opened.sealed_at, "it names other sections than the evidence of such a contract has")
    me = exporter_of(opened, joinings)
    invitation, text, *rest = (section.data for section in opened.sections)
    found = read_exhibits(zip(rest[joinings : joinings + exhibits], opened.places[2 + joinings :], strict=False))
    words = dict(zip(last, rest[joinings + exhibits :], strict=True))
    receipts = words.get("receipt"), words.get("equivocation")
    at, joined = opened.seal.at, tuple(rest[:joinings])
    return JointFile(me, at, invitation, text, joined, found, *receipts), opened


def verify(
    data: bytes, roots: Sequence[TrustedRoot], now: int, check: CheckCertified = lambda who, at: None
) -> JointVerified:
    """Return what the file proves to somebody who trusts `roots`, at `now` (seconds since 1970).

    Raises PeerDeviated EVIDENCE_INVALID, saying which part of the file is wrong and where its bytes are;
    AdmissionRefused (CHAIN_*) where the verifier's trust does not reach so far.
    """
    file, opened = read(data)
    if file.at > now + MOST_SKEW:
        refuse(opened.sealed_at, "it is dated in the future; check your clock")
    roll = _begun(file, opened, roots, check)
    if opened.signer != roll.members[file.me].party.signing:
        refuse(opened.sealed_at, "another key than the exporter's key for this contract made it")
    if opened.seal.deal != roll.deal:
        refuse(opened.sealed_at, "it is about another contract than the beginnings in the file")
    with about(opened.places[0]):
        case, _ = open_case(roll.label, OBSERVER)
    proving = Proving(case, roll)
    for exhibit, place in zip(file.exhibits, opened.places[2 + len(file.joinings) :], strict=False):
        with about(place):
            _prove(proving, case, exhibit)
    for name, signed in zip(_RECEIPTS, (file.receipt, file.equivocation), strict=True):
        if signed is not None:
            with about(opened.places[[section.name for section in opened.sections].index(name)]):
                proving.receipt(signed) if name == "receipt" else proving.equivocation(signed)
    head = verify_chain(roll.deal, file.exhibits)
    return proving.verified(file.me, file.at, len(file.text), len(file.exhibits), head.hash)


def _begun(file: JointFile, opened: OpenedFile, roots: Sequence[TrustedRoot], check: CheckCertified) -> Roll:
    """Check all that the contract began with, as of then."""
    with about(opened.places[0]):
        invited = open_invitation(file.invitation, roots, file.at)
        if not invited.invitation.at - MOST_SKEW <= file.at <= invited.invitation.t2 + MOST_SKEW:
            raise PeerDeviated("EVIDENCE_INVALID", "cannot use the file: nobody could begin the contract at its time")
        check(invited.host, file.at)
        check(invited.guardian, file.at)
    if invited.invitation.text != sha256(file.text).digest():
        refuse(opened.places[1], "it is not the text that the invitation names")
    with about(opened.places[2] if file.joinings else opened.sealed_at):
        roll = read_roll(invited, file.joinings, roots)
        check_members(roll.members, check, file.at)
    return roll


def _prove(proving: Proving, case: Case, exhibit: Exhibit) -> None:
    """Take one exhibit. What its sender did not sign proves nothing; what it can't have signed so refuses the file."""
    link, message = exhibit.evidence, exhibit.message
    if link.label != case.id:
        raise PeerDeviated("EVIDENCE_INVALID", "cannot use the exhibit: it is about another exchange")
    if message is None:
        proving.erased += 1
    elif (link.role, link.step) == (TRUSTEE_ROLE, DECISION):
        proving.answer(message)
    elif link.step == DEVIATION:
        proving.deviation(link.role, message)
    elif link.step in (PROMISED, CONFIRMED) and link.role in map(PARTY.format, range(len(proving.roll.members))):
        party = int(link.role.partition(" ")[2])
        (proving.promise if link.step == PROMISED else proving.confirmation)(party, message)
    else:
        raise PeerDeviated("EVIDENCE_INVALID", "cannot use the exhibit: such a contract has no such step or role")

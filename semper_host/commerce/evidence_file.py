"""The evidence of a deal as one file that convinces a stranger years later, with nothing but trust roots (DESIGN §6).

It holds the deal's public beginnings (offer, hello, agreement), the terms with who vouched for them, and the exhibits
of one side, all under that side's seal (see `evidence_format`). Verified is, off-line and in this order: the seal;
who signed the offer, as of then; that the terms were admitted, as of then; hello and agreement, and D; the chain of
exhibits; every dispatch's signer and the heads that it names; every exchange against the label that the terms and the
agreement demand; the bank's and the trustee's records. What is proved is then folded into the terms' automaton. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NoReturn

from semper_host.admission.admit import Admitted, admit
from semper_host.admission.pack import MAX_EVALUATIONS, Pack
from semper_host.admission.revoked import Negative
from semper_host.admission.standing import Standing
from semper_host.admission.statements import digest
from semper_host.admission.trust import TrustPolicy
from semper_host.commerce.agreement import MOST_SKEW, VERSIONS, check_agreement, check_hello, deal_id
from semper_host.commerce.evidence_chain import read_chain
from semper_host.commerce.evidence_format import (
    FORMAT,
    OpenedFile,
    Place,
    Section,
    open_sections,
    refuse,
    write_sections,
)
from semper_host.commerce.evidence_observer import OBSERVER
from semper_host.commerce.evidence_proved import Verified
from semper_host.commerce.evidence_report import report
from semper_host.commerce.evidence_standing import negative_of, standing_evaluations
from semper_host.commerce.evidence_story import tell
from semper_host.commerce.offers import OpenedOffer, open_offer
from semper_host.commerce.planning import BUYER, SELLER, Agreed, agree, plan_of, read_agreement, read_hello
from semper_host.commerce.service_terms import needed_by
from semper_host.commerce.worth import promised_in
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.supporting.archive.evidence import Exhibit, verify_chain
from semper_host.supporting.cryptographic.x509 import TrustedRoot

__all__ = ["FORMAT", "EvidenceFile", "Verified", "read", "verify", "write"]

_SINGLE = ("offer", "hello", "agreement", "archive", "release")
_OF_TRUST = ("CHAIN_", "EVAL_", "GRANT_", "REVOKED_", "VERSION_", "TRUST_")
"""The beginnings of the codes that say what the verifier lacks, not what is wrong with the evidence."""


class EvidenceFile(Record, frozen=True):
    """What a file holds. `at` is when the deal began by the exporter's clock (seconds since 1970)."""

    side: str  # BUYER or SELLER: whose exhibits these are
    at: int
    offer: bytes  # signed
    hello: bytes  # signed
    agreement: bytes  # signed
    pack: Pack  # the terms' archive, release and evaluations, and what was stapled to them: the status of then
    exhibits: tuple[Exhibit, ...]

    @property
    def deal(self) -> bytes:
        """D, 32 bytes."""
        return deal_id(digest(self.pack.archive), self.offer, self.hello, self.agreement)


def write(file: EvidenceFile, sign: Callable[[bytes, str], bytes]) -> bytes:
    """Return the bytes of the file, sealed by `sign(payload, kind)`: the exporting side's deal key."""
    singles = (file.offer, file.hello, file.agreement, file.pack.archive, file.pack.release)
    sections = [Section(name, data) for name, data in zip(_SINGLE, singles, strict=True)]
    sections += [Section("staple", file.pack.staple)] if file.pack.staple else []
    sections += [Section("evaluation", each) for each in file.pack.evaluations]
    sections += [Section("exhibit", encode(each)) for each in file.exhibits]
    return write_sections(file.deal, file.side, file.at, sections, sign)


def read(data: bytes) -> tuple[EvidenceFile, OpenedFile]:
    """Return what a file holds; only its seal is checked. Raises PeerDeviated (EVIDENCE_INVALID)."""
    opened = open_sections(data)
    names = [section.name for section in opened.sections]
    evaluations, exhibits, stapled = names.count("evaluation"), names.count("exhibit"), "staple" in names
    wanted = [*_SINGLE, *["staple"] * stapled, *["evaluation"] * evaluations, *["exhibit"] * exhibits]
    if names != wanted or evaluations > MAX_EVALUATIONS:
        refuse(opened.sealed_at, "it names other sections than a file of evidence has")
    if opened.seal.side not in (BUYER, SELLER):
        refuse(opened.sealed_at, "it names neither buyer nor seller as its exporter")
    offer, hello, agreement, archive, release, *rest = (section.data for section in opened.sections)
    found = []
    for section, place in zip(opened.sections[-exhibits:] if exhibits else (), opened.places[-exhibits:], strict=False):
        with _at(place):
            found.append(Exhibit.decode(section.data))
    pack = Pack(archive, release, tuple(rest[stapled : stapled + evaluations]), rest[0] if stapled else b"")
    seal = opened.seal
    return EvidenceFile(seal.side, seal.at, offer, hello, agreement, pack, tuple(found)), opened


def verify(
    data: bytes, policy: TrustPolicy, roots: Sequence[TrustedRoot], now: int, standings: Sequence[Standing] = ()
) -> Verified:
    """Return what the file proves to somebody who trusts `roots` as `policy` says, at `now` (seconds since 1970).

    `standings`: what repositories say was revoked. It counts as of when the deal began: who was revoked later had
    still signed for itself, unless the revocation says that it reaches back.

    Raises PeerDeviated EVIDENCE_INVALID, saying which part of the file is wrong and where its bytes are;
    AdmissionRefused (CHAIN_*, EVAL_*, REVOKED_*, GRANT_DENIED) where the verifier's trust does not reach so far.
    """
    file, opened = read(data)
    if file.at > now + MOST_SKEW:
        refuse(opened.sealed_at, "it is dated in the future; check your clock")
    negative = negative_of(standings, policy, roots, file.at)
    offer, service, agreed = _begun(file, opened, policy, roots, negative)
    plan = plan_of(agreed, file.side, OBSERVER)
    if opened.signer != plan.me.signing:
        refuse(opened.sealed_at, f"another key than the {file.side}'s key for this deal made it")
    if opened.seal.deal != agreed.deal:
        refuse(opened.sealed_at, "it is about another deal than the beginnings in the file")
    places = opened.places[len(opened.places) - len(file.exhibits) :]
    facts = read_chain(plan, file.side, file.exhibits, places, file.hello, file.agreement)
    story = tell(plan, file.side, facts, promised_in(agreed))
    head = verify_chain(agreed.deal, file.exhibits)
    return report(file.side, file.at, offer, service, agreed, story, file.exhibits, head)


@dataclass(frozen=True)
class _Places:
    """Where the beginnings lie."""

    offer: Place
    hello: Place
    agreement: Place
    archive: Place
    release: Place


def _begun(
    file: EvidenceFile, opened: OpenedFile, policy: TrustPolicy, roots: Sequence[TrustedRoot], negative: Negative
) -> tuple[OpenedOffer, Admitted, Agreed]:
    """Check all that the deal began with as of then; each fault is laid to the part that shows it."""
    at, places = file.at, _Places(*opened.places[: len(_SINGLE)])
    with _at(places.hello):
        hello = read_hello(file.hello)
        check_hello(hello, file.offer, at)
    with _at(places.offer):
        offer = open_offer(file.offer, roots, at)
        negative.check_certified(offer.merchant, at)
    with _at(places.archive, release=places.release):
        pack = file.pack
        # No log is asked for positive evidence: what came to light since changes no verdict.
        evaluations, taken_back = standing_evaluations(pack, negative, roots, at)
        try:
            found = (pack.archive, pack.release, evaluations, policy, roots, at)
            service = admit(*found, standings=None, needed=needed_by)
        except AdmissionRefused as error:
            raise taken_back[0] if taken_back else error from None
    with _at(places.agreement):
        agreement = read_agreement(file.agreement, offer, roots, at)
        check_agreement(hello, file.hello, agreement, at)
        if agreement.version not in VERSIONS:
            raise AdmissionRefused("VERSION_UNSUPPORTED", f"cannot read a deal of version {agreement.version[:40]!r}")
    with _at(places.offer):
        agreed = agree(offer, service, file.offer, file.hello, file.agreement, roots, at)
        for who in (agreed.bank_identity, agreed.trustee_identity):
            negative.check_certified(who, at)
    return offer, service, agreed


@contextmanager
def _at(place: Place, release: Place | None = None) -> Iterator[None]:
    """Say of every refusal within that it is about `place`; about `release` where its code says so."""
    try:
        yield
    except SemperError as error:
        _blame(release if release is not None and error.code.startswith("RELEASE_") else place, error)


def _blame(place: Place, error: SemperError) -> NoReturn:
    if isinstance(error, AdmissionRefused) and error.code.startswith(_OF_TRUST):
        raise AdmissionRefused(error.code, f"cannot accept the evidence at {place}: {error.message}") from error
    refuse(place, error.message, error.evidence)

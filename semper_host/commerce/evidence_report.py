"""What verified evidence proves: of whom, step by step, and in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from semper_host.admission.admit import Admitted
from semper_host.admission.offers import OpenedOffer
from semper_host.commerce.evidence_chain import heads, named_heads
from semper_host.commerce.evidence_exchange import Observed
from semper_host.commerce.evidence_story import Deviation, Proof, Story
from semper_host.commerce.evidence_words import lines_of
from semper_host.commerce.planning import BUYER, SELLER, Agreed
from semper_host.exchange.items import Party
from semper_host.exchange.requests import ABORTED
from semper_host.model.holds import CAPTURED, RELEASED, VOIDED
from semper_host.model.money import Money
from semper_host.model.outcome import Outcome
from semper_host.supporting.archive.evidence import EvidenceHead, Exhibit
from semper_host.supporting.cryptographic.cose import Certified


@dataclass(frozen=True)
class Known:
    """A party. `name`, `uri`, `fingerprint`, `root` are as certified; empty for a buyer, who is its deal key only."""

    role: str
    signing: bytes
    name: str = ""
    uri: str = ""
    fingerprint: bytes = b""
    root: str = ""


@dataclass(frozen=True)
class StepProved:
    """One step. `outcome` is done, aborted or open; `money`: none, held, captured, released, voided or never held."""

    name: str
    kind: str
    outcome: str
    label: bytes  # L
    proofs: tuple[Proof, ...]
    initiator: str  # which side sends messages 1 and 3
    t2: int
    t_resolve: int
    messages: tuple[tuple[int, bytes], ...]  # number, H(m)
    amount: Money | None = None
    money: str = ""
    money_at: int | None = None  # when the payment system ended the hold
    key_shown: bool = False  # k1 is in the file and fits H(k1)
    key_released: bool = False  # the trustee or the payment system handed the key over, sealed to the buyer
    verdicts: tuple[str, ...] = ()
    escrow_false: bool = False  # the trustee, asked to resolve, found that the escrow is not what it says
    convicted: bool = False  # the goods are not what was promised, under the seller's own keys
    contradictions: tuple[str, ...] = ()  # who signed, in this file alone, what cannot both be


@dataclass(frozen=True)
class Verified:
    """What one side's file proves. `lines` say it to people."""

    deal: bytes  # D
    side: str  # whose file it is
    at: int
    outcome: Outcome
    steps: tuple[StepProved, ...]
    parties: tuple[Known, ...]
    service: str  # id and version
    service_digest: bytes
    evaluated_by: tuple[str, ...]
    basket: tuple[tuple[str, int], ...]
    total: Money
    payment: str
    deviations: tuple[Deviation, ...]
    erased: int  # exhibits whose message was erased
    exhibits: int
    head: bytes  # of the chain
    heads: frozenset[bytes]  # all that the chain ever had
    peer_heads: frozenset[bytes]  # those that the peer's messages name of its own chain
    lines: tuple[str, ...] = ()


def report(
    side: str, at: int, offer: OpenedOffer, service: Admitted, agreed: Agreed, story: Story,
    exhibits: Sequence[Exhibit], head: EvidenceHead,
) -> Verified:  # fmt: skip
    """Return what the story of `side` proves."""
    agreement, manifest = agreed.agreement, service.manifest
    verified = Verified(
        deal=agreed.deal,
        side=side,
        at=at,
        outcome=story.outcome(),
        steps=tuple(_step(story, name, seen) for name, seen in story.steps.items()),
        parties=_parties(offer, agreed),
        service=f"{manifest.id} {manifest.version}",
        service_digest=service.digest,
        evaluated_by=tuple(f"{each.by.name} (under {each.by.root})" for each in service.vouched),
        basket=tuple((wish.article, wish.count) for wish in agreed.hello.basket.lines),
        total=agreement.quoted.total,
        payment=agreement.payment,
        deviations=tuple(story.deviations),
        erased=story.erased,
        exhibits=len(exhibits),
        head=head.hash,
        heads=heads(exhibits),
        peer_heads=named_heads(story.plan, exhibits, side),
    )
    return replace(verified, lines=lines_of(verified))


def _parties(offer: OpenedOffer, agreed: Agreed) -> tuple[Known, ...]:
    def known(role: str, party: Party, who: Certified) -> Known:
        return Known(role, party.signing, who.name, who.uri, who.fingerprint, who.root)

    bank, trustee = agreed.bank, agreed.trustee
    return (
        Known(BUYER, agreed.hello.party.signing),
        known(SELLER, agreed.agreement.party, offer.merchant),
        known("bank", Party(bank.signing, bank.sealing), agreed.bank_identity),
        known("trustee", Party(trustee.signing, trustee.sealing), agreed.trustee_identity),
    )


def _step(story: Story, name: str, seen: Observed) -> StepProved:
    money, at = _money(seen)
    resolved = any(decision.sealed for decision in seen.decisions) or any(e.settlement.sealed for e in seen.settled)
    return StepProved(
        name=name,
        kind=seen.label.kind,
        outcome=seen.outcome,
        label=seen.case.id,
        proofs=tuple(story.proofs.get(name, ())),
        initiator=seen.sender(1, story.side, story.peer),
        t2=seen.label.t2,
        t_resolve=seen.label.t_resolve,
        messages=tuple((number, opened.digest) for number, opened in sorted(seen.messages.items())),
        amount=seen.label.holds[0].amount if seen.label.holds else None,
        money=money,
        money_at=at,
        key_shown=seen.keyed,
        key_released=resolved,
        verdicts=tuple(decision.verdict for decision in seen.decisions),
        escrow_false=any(d.verdict == ABORTED and d.m2 is not None for d in seen.decisions),
        convicted=seen.convicted,
        contradictions=(*seen.contradictions, *sorted({seen.sender(n, story.side, story.peer) for n in seen.doubled})),
    )


def _money(seen: Observed) -> tuple[str, int | None]:
    """Return where the money of the step is by the payment system's word, and since when."""
    words = {CAPTURED: "captured", RELEASED: "released", VOIDED: "voided"}
    for each in seen.settled:
        return "never held" if each.nothing else words[each.kind], each.settlement.at
    return ("held" if seen.hold else "none") if seen.label.holds else "", None

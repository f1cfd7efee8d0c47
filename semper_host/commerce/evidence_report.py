"""What verified evidence proves: of whom, step by step, and in words. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from semper_host.admission.admit import Admitted
from semper_host.commerce.evidence_chain import heads, named_heads
from semper_host.commerce.evidence_proved import Known, Verified
from semper_host.commerce.evidence_story import Story
from semper_host.commerce.evidence_words import lines_of
from semper_host.commerce.offers import OpenedOffer
from semper_host.commerce.planning import BUYER, SELLER, Agreed
from semper_host.exchange.items import Party
from semper_host.supporting.archive.evidence import EvidenceHead, Exhibit
from semper_host.supporting.cryptographic.cose import Certified


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
        steps=tuple(seen.proved(tuple(story.proofs.get(name, ()))) for name, seen in story.steps.items()),
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

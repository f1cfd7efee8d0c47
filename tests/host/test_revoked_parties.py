"""A merchant, bank or trustee whose certificate was revoked gets no new business; deals that run go on."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from semper_host.admission.service_keys import open_service_keys
from semper_host.admission.statements import Revocation, sign
from semper_host.commerce.evidence_file import read
from semper_host.commerce.offers import open_offer
from semper_host.confinement.zygote import Zygote
from semper_host.host import evidence, evidence_status, trusting
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.heads import Heads
from semper_host.host.live_deal import LiveDeal
from semper_host.model.errors import AdmissionRefused
from semper_host.model.outcome import Satisfied
from tests.host.counting_repository import CountingRepository
from tests.host.marketplace import Authorities, first_party_packs, now
from tests.host.street import Street, street_in


@pytest.fixture
def board() -> Authorities:
    return Authorities()


@pytest.fixture
def street(tmp_path: Path, board: Authorities, market_mint: MintKeys, zygote: Zygote) -> Iterator[Street]:
    with CountingRepository(board.log, now).served() as repository:
        board.repository_url, board.freshness = repository.url, {}
        with street_in(tmp_path, board, first_party_packs(board), market_mint, zygote) as made:
            made.arrive()
            yield made


@pytest.mark.parametrize("role", ["merchant", "bank", "trustee"])
def test_nobody_begins_anything_with_a_party_whose_certificate_was_revoked(
    street: Street, board: Authorities, role: str
) -> None:
    live = street.agree()
    offer = live.business.offer
    opened = open_offer(street.signed, trusting.load(street.customer.trust).roots, now())
    signed = {"bank": offer.payments[0].service_keys, "trustee": offer.trustee}.get(role)
    who = opened.merchant
    if signed is not None:
        who = open_service_keys(signed, role, trusting.load(street.customer.trust).roots, now())[1]
    said = Revocation("certificate", who.fingerprint, now() - 1, "compromise", now())
    board.log.log.append(sign(said, board.registering), at=now())
    Heads(street.customer, street.market.client).refresh(now())
    with pytest.raises(AdmissionRefused) as caught:
        street.buyer.consider(street.signed, [])
    assert caught.value.code == "CHAIN_REVOKED"
    street.run(live)  # what was begun before goes on
    street.quiet()
    assert street.sold(live)
    if role == "merchant":
        judged_by_the_status_in_the_evidence(street, live)


def judged_by_the_status_in_the_evidence(street: Street, live: LiveDeal) -> None:
    """What was revoked only now changes nothing for a judge: the evidence holds what its repository said then."""
    home, trust = street.customer, trusting.load(street.customer.trust)
    file, _ = read(evidence.export(home, live.id))
    (then,) = evidence_status.stapled(file, home.trust, trust)
    assert then.status.statements == () and then.repository == trust.policy.repositories[0].name
    (known,) = evidence_status.known(home, trust)
    assert known.status.statements != ()
    path = home.path / "course.evidence"
    path.write_bytes(evidence.export(home, live.id))
    assert evidence.verify_path(path, home.trust, trust, now()).outcome == Satisfied("sold")

"""What the evidence files of both sides of a real trade must be good for, whatever was traded."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from semper_host.commerce.check_record import exhibits
from semper_host.commerce.dispatch import DEVIATION
from semper_host.commerce.dispute import Claim, ClaimKind, judge
from semper_host.commerce.evidence_file import EvidenceFile, read, write
from semper_host.commerce.evidence_proved import Verified
from semper_host.commerce.flow import unfold
from semper_host.host import evidence, trusting
from semper_host.host.business import deal_keys
from semper_host.host.home import Home
from semper_host.host.live_deal import LiveDeal
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.archive.evidence import Exhibit
from semper_host.supporting.cryptographic import cose
from tests.commerce.evidence_world import chained
from tests.host.marketplace import now


def verified(home: Home, live: LiveDeal) -> Verified:
    """What a stranger with the home's roots makes of its file; it holds, whatever the other side did."""
    data = evidence.export(home, live.id)
    return evidence.verify_file(data, trusting.load(home.trust), not_before(data))


def not_before(data: bytes) -> int:
    """The time now, but not before the deal began: a street's clock may have been turned."""
    return max(now(), read(data)[0].at)


def check_evidence(parties: Sequence[tuple[Home, LiveDeal]], *, honest: Sequence[str] = ("buyer", "seller")) -> None:
    """Require that both files hold, that changed ones don't, and that no claim convicts who was honest."""
    files = [verified(home, live) for home, live in parties]
    for given in (files, files[:1], files[1:]):
        for kind in ClaimKind:
            for side in ("buyer", "seller"):
                verdict = judge(given, Claim(side, kind))
                assert verdict.deviated not in honest, verdict
    for home, live in parties:
        links = [each.evidence.step for each in home.archive.evidence(live.id)]
        most = exhibits(unfold(live.business.checked.terms))
        assert len(links) - links.count(DEVIATION) <= most, "what a record has to take is reckoned before a deal begins"
        check_changes(home, live)


def check_changes(home: Home, live: LiveDeal) -> None:
    """A byte changed in a sealed file, and one that its exporter changes before it makes links and seal anew."""
    data, trust, chance = evidence.export(home, live.id), trusting.load(home.trust), random.Random(live.id)
    for _ in range(12):
        at = chance.randrange(len(data))
        with pytest.raises(PeerDeviated, match=r"\(bytes \d+ to \d+\)"):
            changed = data[:at] + bytes((data[at] ^ 1 << chance.randrange(8),)) + data[at + 1 :]
            evidence.verify_file(changed, trust, not_before(data))
    file, at_least = read(data)[0], not_before(data)
    for at in range(2, len(file.exhibits)):
        if file.exhibits[at].evidence.step == "deviation":
            continue  # bytes that prove nothing, whatever they are
        with pytest.raises(PeerDeviated, match=rf"exhibit {at + 1} \(.*\(bytes"):
            evidence.verify_file(sealed(home, live, file, otherwise(file.exhibits, at, chance)), trust, at_least)


def otherwise(exhibits: Sequence[Exhibit], at: int, chance: random.Random) -> tuple[Exhibit, ...]:
    message = bytearray(exhibits[at].message or b"")
    message[chance.randrange(len(message))] ^= 1 << chance.randrange(8)
    changed = Exhibit(exhibits[at].evidence, bytes(message), exhibits[at].salt)
    return chained([*exhibits[:at], changed, *exhibits[at + 1 :]])


def sealed(home: Home, live: LiveDeal, file: EvidenceFile, exhibits: tuple[Exhibit, ...]) -> bytes:
    key = deal_keys(home, live.business.beginning.counter).signing
    fields = {name: getattr(file, name) for name in file.__struct_fields__}
    return write(EvidenceFile(**{**fields, "exhibits": exhibits}), lambda payload, kind: cose.sign1(payload, kind, key))

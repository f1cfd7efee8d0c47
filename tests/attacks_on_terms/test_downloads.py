"""Servers that send too little, too much, too slowly, in circles, or lies of their own choice."""

from __future__ import annotations

from pathlib import Path

import pytest

from semper_host.host import trusting
from semper_host.model.error_codes import Stage
from semper_host.supporting.communication.client import MIB
from tests.attacks_on_terms.conftest import Victim
from tests.attacks_on_terms.hostile_server import (
    Bend,
    Endless,
    HostileServer,
    compressed,
    content,
    dripping,
    dropping,
    redirecting,
    refusing,
    truncated,
)
from tests.attacks_on_terms.malicious import CHECKPOINT, HEAD, Malicious
from tests.host.street import Street

HOUR = 3600
BENDS: dict[str, Bend] = {
    "truncated": truncated(bytes(10_000)), "slow": dripping, "redirected": redirecting, "compressed": compressed,
    "dropped": dropping, "refused": refusing("LOG_EQUIVOCATION"), "junk": content(b"\xff" * 100), "empty": content(b""),
}  # fmt: skip


@pytest.mark.parametrize("how", [*BENDS, "endless"])
@pytest.mark.parametrize("name", [HEAD, CHECKPOINT])
def test_head_that_cannot_be_had_grants_nothing(
    victim: Victim, malicious: Malicious, street: Street, how: str, name: str
) -> None:
    terms = malicious.terms()
    pack = malicious.publish(terms)
    endless = Endless()
    victim.server.bent[name] = BENDS.get(how, endless)
    street.clock.ahead = 25 * HOUR
    known = victim.known
    if name == HEAD or how not in ("junk", "empty"):
        with victim.refuses() as refused:
            victim.consider(pack)
        refused.is_("STATUS_STALE", Stage.REVOCATION, retryable=True)
        assert victim.known == known
    else:  # the anchor itself is whole, and expired; the checkpoint is not needed to see that
        with victim.refuses() as refused:
            victim.consider(pack)
        refused.is_("FREEZE", Stage.ANCHOR, retryable=True)
    assert len([each for each in victim.server.asked if each == name]) == 1, "a redirect is not followed"
    assert endless.sent < 16 * MIB
    victim.server.bent.clear()
    victim.buys(malicious.renewed(terms))


@pytest.mark.parametrize("how", [*BENDS, "endless"])
def test_pack_that_cannot_be_had_is_not_kept_and_another_source_may_help(
    victim: Victim, malicious: Malicious, how: str
) -> None:
    pack = malicious.publish(malicious.terms())
    path = next(name for name in malicious.snapshot() if name.endswith(".smpack"))
    endless = Endless()
    victim.server.bent[path] = BENDS.get(how, endless)
    with victim.refuses() as refused:
        victim.consider(pack, bare=True)
    expected = {
        "truncated": "PEER_UNREACHABLE", "slow": "PEER_UNREACHABLE", "dropped": "PEER_UNREACHABLE",
        "junk": "ARCHIVE_DIGEST", "empty": "ARCHIVE_DIGEST",
    }.get(how, "PEER_RESPONSE")  # fmt: skip
    stage = Stage.ARCHIVE if expected == "ARCHIVE_DIGEST" else Stage.OTHER
    refused.is_(expected, stage, retryable=True)
    assert endless.sent < 64 * MIB
    victim.buys(pack)


@pytest.mark.parametrize("how", ["slow", "endless", "redirected", "refused"])
def test_tiles_that_never_come_accuse_nobody(victim: Victim, malicious: Malicious, how: str) -> None:
    first = malicious.terms()
    victim.buys(malicious.publish(first))
    second = malicious.terms("1.1.0", after=first, sequence=1)
    malicious.publish(second)
    seen, endless = victim.known.note, Endless()
    for name in malicious.snapshot():
        if name.startswith("log/tile/"):
            victim.server.bent[name] = BENDS.get(how, endless)
    codes = {each.code for each in victim.refresh().refusals}
    assert codes <= {"PEER_UNREACHABLE", "PEER_RESPONSE"}
    assert codes
    assert victim.known.note == seen
    assert victim.known.disputed is None
    victim.server.bent.clear()
    assert victim.refresh().refusals == []
    victim.buys(malicious.renewed(second))


def test_one_repository_that_misbehaves_keeps_no_other_from_being_asked(
    victim: Victim, malicious: Malicious, street: Street, tmp_path: Path
) -> None:
    honest = Malicious(tmp_path / "honest", street.market.authorities, street.clock)
    terms = honest.terms()
    pack = honest.publish(terms)
    victim.server.bent["*"] = refusing("CHAIN_REVOKED")
    with HostileServer(honest.directory).served() as served:
        trusting.add_repository(victim.home.trust, "Honest", honest.root, served.url)
        street.clock.ahead = 23 * HOUR
        honest.repository.statuses.renew(street.clock())
        street.clock.ahead = 25 * HOUR
        learnt = victim.refresh()
        assert [each.code for each in learnt.refusals] == ["PEER_RESPONSE"]
        assert [row.repository.name for row in learnt.rows] == ["Honest"]
        victim.buys(pack)
        trusting.remove_repository(victim.home.trust, "Honest")
    honest.close()

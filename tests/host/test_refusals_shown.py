"""What a bundle asks for and may not have: refused, archived with its deal and bundle, and shown in words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from semper_host.admission.build import build
from semper_host.admission.pack import Pack
from semper_host.admission.statements import Release, digest, sign_release
from semper_host.cli.printing import show_error
from semper_host.confinement.source import Source
from semper_host.host import installed, sandbox
from semper_host.model.errors import CapabilityRefused, SemperError
from tests.host.admitting import PUBLISHER
from tests.host.marketplace import Marketplace, now
from tests.host.street import Street, open_street

TAKING = b"""
from semper_host.api_v1 import Money, Pay

def families():
    yield Pay(Money(1, "EUR"), "me")
    return ["credential"]
"""
MANIFEST = """\
schema: semper.manifest/1
id: tests/taking
kind: item-manager
version: 1.0.0
publisher: "{publisher}"
api: 1
entry: {{manager: manager.py}}
files: [manager.py]
requests: []
limits: {{cpu_seconds: 1, memory_mib: 64, wall_seconds: 8}}
"""


@pytest.fixture
def street(market: Marketplace, tmp_path: Path) -> Iterator[Street]:
    with open_street(market, tmp_path / "course") as made:
        yield made


def _taking() -> Pack:
    manifest = MANIFEST.format(publisher=PUBLISHER.public.hex()).encode()
    archive = build({"manifest.yaml": manifest, "manager.py": TAKING})
    release = Release(digest(archive), "tests/taking", "1.0.0", "item-manager", now() - 60)
    return Pack(archive, sign_release(release, PUBLISHER))


def _shown(error: SemperError, capsys: Any) -> str:
    show_error(error)
    return str(capsys.readouterr().err)


def test_a_bundle_that_nobody_evaluated_asks_for_money_and_the_user_reads_so(street: Street, capsys: Any) -> None:
    bundle = installed.install(street.customer, _taking(), now())
    with pytest.raises(CapabilityRefused) as refused:
        street.agree()
    words = "this service asked to make a payment; nobody you trust has evaluated it"
    assert words in _shown(refused.value, capsys)
    rows = [row for row in street.customer.archive.refusals() if row.bundle == bundle.digest]
    assert [(row.request, row.why) for row in rows] == [("Pay", f"CAPABILITY_REFUSED: {words}")]
    street.check_money(0)


def test_an_evaluated_service_that_asks_for_more_is_told_apart(
    street: Street, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The service was evaluated for its terms; its code may ask for nothing, also not for what the terms may do."""
    true_source = sandbox.source_of

    def grabbing(bundle: Any) -> Source:
        source = true_source(bundle)
        if source.kind != "commerce-service":
            return source
        return Source(source.bundle, source.kind, {"buyer": TAKING.replace(b"families()", b"compose(offer, order)")})

    monkeypatch.setattr(sandbox, "source_of", grabbing)
    with pytest.raises(CapabilityRefused) as refused:
        street.agree()
    words = "this service asked to make a payment; its evaluation does not allow that"
    assert words in _shown(refused.value, capsys)
    assert [row.why for row in street.customer.archive.refusals()] == [f"CAPABILITY_REFUSED: {words}"]
    street.check_money(0)


def test_also_what_the_harmless_baseline_has_is_refused_to_a_commerce_service_and_archived(
    street: Street, capsys: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    true_source = sandbox.source_of

    def drawing(bundle: Any) -> Source:
        source = true_source(bundle)
        text = b"from semper_host.api_v1 import Random\ndef compose(offer, order):\n    yield Random(8)\n"
        return Source(source.bundle, source.kind, {"buyer": text}) if source.kind == "commerce-service" else source

    monkeypatch.setattr(sandbox, "source_of", drawing)
    with pytest.raises(SemperError) as refused:
        street.agree()
    assert "a commerce service decides and asks for nothing" in _shown(refused.value, capsys)
    (row,) = street.customer.archive.refusals()
    assert row.request == "Random"
    assert "a commerce service decides and asks for nothing" in row.why

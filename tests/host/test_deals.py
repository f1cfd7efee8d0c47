"""Whole deals in one process: real bank, trustee, bundles, walls and HTTP on loopback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
import yaml

from semper_host.admission.archive_format import pack, unpack
from semper_host.admission.pack import Pack
from semper_host.commerce.capabilities import needed_capabilities
from semper_host.commerce.terms import parse_terms
from semper_host.exchange.kinds.payment_receipt import RECEIPT
from semper_host.host import data, evidence, installed, trusting
from semper_host.model.holds import CAPTURED
from tests.host.marketplace import Authorities, Marketplace, now
from tests.host.street import PRICE, START, Street, offer, open_street

PAY_WITH_RECEIPT = """
  pay:
    exchange: payment-receipt
    left: B money.price
    right: S credential.receipt
    fair: strong
    needs: [agree]
    within: parameter answer_within
    resolve_within: parameter resolve_within
    then: {done: END.paid, aborted: END.none}
ends:
  none: {}
  paid: {S: [money.price]}
satisfied: [paid]
"""


@pytest.fixture
def street(market: Marketplace, tmp_path: Path) -> Iterator[Street]:
    with open_street(market, tmp_path / "course") as made:
        made.arrive()
        yield made


def membership(authorities: Authorities) -> Pack:
    """Terms under which nothing but a receipt is handed over for the money: a subscription's fee."""
    files = unpack(data.archives()["commerce-courseware"])
    flow = files["terms.yaml"].decode()
    flow = flow[: flow.index("  pay:")]
    flow = flow[: flow.index("info:")] + flow[flow.index("statement:") :]
    flow = flow.replace("statement:", "credential:\n  receipt: {title: The fee's receipt, sort: receipt}\nstatement:")
    files["terms.yaml"] = (flow.replace("courseware/1", "membership/1") + PAY_WITH_RECEIPT.lstrip("\n")).encode()
    manifest: dict[str, Any] = yaml.safe_load(files["manifest.yaml"])
    needed = sorted(needed_capabilities(parse_terms(files["terms.yaml"])))
    manifest |= {"id": "tests/membership", "requests": [{"capability": each, "reason": "The fee."} for each in needed]}
    lines = [f"{key}: {json.dumps(value)}\n" for key, value in manifest.items()]  # JSON is YAML
    files["manifest.yaml"] = "".join(lines).encode()
    return authorities.pack(pack(files))


def test_strangers_trade_courseware_for_ecash(street: Street) -> None:
    live = street.agree()
    street.run(live)
    assert street.sold(live) and live.state.place == "END.sold"
    [folder] = street.buyer.deliver(live)
    for file in street.content.iterdir():
        assert sha256((folder / file.name).read_bytes()).digest() == sha256(file.read_bytes()).digest()
    street.quiet()
    assert street.money() == {"buyer": START - PRICE.minor, "merchant": PRICE.minor, "held": 0}
    assert len(street.person.screens) == 2


def test_a_fee_is_paid_against_a_signed_receipt(street: Street, authorities: Authorities) -> None:
    terms = membership(authorities)
    installed.install(street.merchant, terms, now())
    signed = offer(street, "membership", pack=terms)
    live = street.agree(signed=signed)
    street.run(live)
    assert live.state.place == "END.paid", (live.state.place, live.trouble)
    gained = [token.name for past in live.state.past for token in past.gains]
    assert RECEIPT in gained
    street.quiet()
    assert street.money() == {"buyer": START - PRICE.minor, "merchant": PRICE.minor, "held": 0}
    proved = evidence.verify_file(
        evidence.export(street.customer, live.id), trusting.load(street.customer.trust), now()
    )
    assert [step.outcome for step in proved.steps] == ["done", "done"]
    assert any(token.name == CAPTURED for token in live.state.proofs)

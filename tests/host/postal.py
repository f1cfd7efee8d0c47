"""A service that sells by post: paid, shipped, inspected, and sent back for a credit note if it does not please."""

from __future__ import annotations

import json
from typing import Any

import yaml

from semper_host.admission.archive_format import pack, unpack
from semper_host.admission.pack import Pack
from semper_host.commerce.capabilities import needed_capabilities
from semper_host.commerce.terms import parse_terms
from semper_host.host import data
from tests.host.marketplace import Authorities

TERMS = """
schema: semper.terms/1
protocol: by-post/1
roles: {B: buyer, S: seller, T: trustee, J: arbiter}
parameters:
  answer_within: {kind: duration, min: PT5S, max: P7D}
  resolve_within: {kind: duration, min: PT5S, max: P30D}
  price_ceiling: {kind: money, currencies: [EUR], min: 1, max: 100000}
money: {price: {amount: from-offer, most: parameter price_ceiling}}
info: {shipment: The goods by post}
statement: {offer: Offer, order: Order, credit_note: Credit note}
credential: {receipt: {sort: receipt, title: Receipt for the price}}
steps:
  agree: {exchange: contract, left: S statement.offer, right: B statement.order, fair: strong,
          within: parameter answer_within, resolve_within: parameter resolve_within,
          then: {done: pay, aborted: END.none}}
  pay: {exchange: payment-receipt, left: B money.price, right: S credential.receipt, fair: strong, needs: [agree],
        within: parameter answer_within, resolve_within: parameter resolve_within,
        then: {done: ship, aborted: END.none}}
  ship: {transfer: S>B, give: info.shipment, security: [origin, receipt], within: PT1H,
         then: {ok: inspect, late: END.unsent}}
  inspect: {decide: B, within: P1D, then: {satisfied: END.sold, unsatisfied: returns, late: END.sold}}
  returns: {transfer: B>S, give: info.shipment, security: [confidential, receipt], within: P1D,
            then: {ok: approve, late: END.sold}}
  approve: {decide: S, within: PT1H, then: {approve: credit, refuse: END.refused, late: END.refused}}
  credit: {transfer: S>B, give: statement.credit_note, security: [origin], within: PT1H,
           then: {ok: END.credited, late: END.refused}}
ends:
  none: {}
  unsent: {S: [money.price]}
  sold: {S: [money.price], B: [info.shipment]}
  refused: {S: [money.price]}
  credited: {S: [money.price]}
satisfied: [sold, credited]
"""
REFUND = """  refund: {exchange: payment-receipt, left: S money.price, right: B statement.refund_receipt, fair: strong,
           within: parameter answer_within, resolve_within: parameter resolve_within,
           then: {done: END.refunded, aborted: credit}}
"""


def refunding() -> str:
    """The same terms, but the price goes back to the buyer; a credit note where even that fails."""
    flow = TERMS.replace("approve: credit", "approve: refund").replace("  credit: {", REFUND + "  credit: {")
    flow = flow.replace("credit_note: Credit note", "credit_note: Credit note, refund_receipt: Receipt for the refund")
    flow = flow.replace("satisfied: [sold,", "  refunded: {B: [money.price]}\nsatisfied: [sold, refunded,")
    return flow.replace("by-post/1", "by-post-refunded/1")


SERVICE = b'''

def decide(offer, order, quote, step, choices):
    """Approve every return."""
    return "approve"


def give(offer, order, quote, step, item):
    """Ship what was ordered; anything else is for people to give."""
    if step == "ship":
        return b"4711: " + order.lines[0].article.encode("ascii")
    return b""
'''
"""What an automatic merchant's seller.py says besides."""


def by_post(authorities: Authorities, *, automatic: bool = False, refund: bool = False) -> Pack:
    """The service; `automatic`: its bundle ships and approves by itself; `refund`: what goes back is paid back."""
    files = unpack(data.archives()["commerce-courseware"])
    files["terms.yaml"] = (refunding() if refund else TERMS).lstrip("\n").encode()
    if automatic:
        files["seller.py"] += SERVICE
    manifest: dict[str, Any] = yaml.safe_load(files["manifest.yaml"])
    needed = sorted(needed_capabilities(parse_terms(files["terms.yaml"])))
    name = "tests/automat" if automatic else "tests/refunded" if refund else "tests/by-post"
    manifest |= {"id": name, "requests": [_request(each) for each in needed]}
    lines = [f"{key}: {json.dumps(value)}\n" for key, value in manifest.items()]  # JSON is YAML
    files["manifest.yaml"] = "".join(lines).encode()
    return authorities.pack(pack(files))


def _request(capability: str) -> dict[str, str]:
    most = {"most": "1000.00 EUR"} if capability.startswith("money.") else {}
    return {"capability": str(capability), **most, "reason": "By post."}

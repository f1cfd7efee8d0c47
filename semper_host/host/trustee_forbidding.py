"""A payment system's word that a trustee's order found nothing to end, and that nothing will be held there."""

from __future__ import annotations

from semper_host.exchange.items import Token
from semper_host.exchange.trustee import Order
from semper_host.model.holds import VOIDED, Settlement
from semper_host.supporting.cryptographic import cose


def forbids(order: Order, record: Token) -> bool:
    """Say whether the payment system signed that nothing was held under the order's label: a VOIDED over no money.

    It names no payee, so it is the end of no hold; whoever signed it refuses every later one (api_v1.bank_holds).
    """
    if record.name != VOIDED:
        return False
    said = Settlement.decode(cose.open1(record.data, VOIDED, order.system))
    return said.label == order.label and not said.amount and not said.payee

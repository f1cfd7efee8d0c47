"""What is at risk is an amount of money too, and has its limit."""

from __future__ import annotations

from typing import Any

from semper_host.commerce.check import check
from semper_host.commerce.terms import parse_terms
from semper_host.model.money import MAX_MINOR

ADVANCE = """
schema: semper.terms/1
protocol: advance/1
roles: {B: buyer, S: seller, T: trustee}
parameters: {ceiling: {kind: money, currencies: [JPY], min: 1, max: MOST}}
money: {fee: {amount: from-offer, most: parameter ceiling}}
info: {book: Key to the book}
statement: {offer: Offer, order: Order, receipt: Receipt}
steps:
  agree: {exchange: contract, left: S statement.offer, right: B statement.order, fair: strong, within: PT1H,
          resolve_within: PT1H, then: {done: pay, aborted: END.none}}
  pay: {exchange: payment-receipt, left: B money.fee, right: S statement.receipt, fair: strong, within: P1D,
        resolve_within: P1D, repeat: {most: 12, then: write}, then: {done: more, aborted: END.stopped}}
  more: {decide: B, within: P30D, then: {more: pay, enough: write, late: END.stopped}}
  write: {transfer: S>B, give: info.book, within: P30D, then: {ok: END.written, late: END.stopped}}
ends:
  none: {}
  stopped: {S: [money.fee any]}
  written: {S: [money.fee repeatedly], B: [info.book]}
satisfied: [written]
"""


def advance(most: int) -> bytes:
    return ADVANCE.lstrip("\n").replace("MOST", str(most)).encode()


def test_what_adds_up_to_the_greatest_amount_is_computed() -> None:
    checked = check(parse_terms(advance(MAX_MINOR // 12)))
    assert max(money.minor for risk in checked.risks for money in risk.most) == MAX_MINOR // 12 * 12


def test_what_adds_up_to_more_than_an_amount_of_money_can_be_is_refused(library: Any) -> None:
    terms = parse_terms(advance(MAX_MINOR // 12 + 1))
    with library.refuses("TERMS_INVALID", "12 times", str(MAX_MINOR)):
        check(terms)

"""Verified evidence in words: what is proved, and on whose signature. For people; nothing is decided here. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from semper_host.commerce.evidence_format import shown
from semper_host.exchange.state import CALLED_OFF, DONE
from semper_host.model.outcome import Satisfied

if TYPE_CHECKING:
    from semper_host.commerce.evidence_report import Known, StepProved, Verified

_LAST_SECOND = 253_402_300_799  # the end of the year 9999
_DAY = 86_400
_LONGEST = 240


def lines_of(verified: Verified) -> tuple[str, ...]:
    """Return what `verified` proves as lines of plain text; nothing that stood in the file can draw on a terminal."""
    return tuple(shown(line, _LONGEST) for line in _lines(verified))


def moment(at: int) -> str:
    """Return a time (seconds since 1970) as "2026-05-01 10:00:00 UTC"."""
    if not 0 <= at <= _LAST_SECOND:
        return f"second {at}"
    days, seconds = divmod(at, _DAY)
    hours, rest = divmod(seconds, 3600)
    return f"{date(1970, 1, 1) + timedelta(days=days)} {hours:02}:{rest // 60:02}:{rest % 60:02} UTC"


def _lines(verified: Verified) -> Iterator[str]:
    yield f"Evidence of deal {verified.deal.hex()[:16]}, sealed by its {verified.side}; begun {moment(verified.at)}."
    for party in verified.parties:
        yield _party(party)
    vouched = ", ".join(verified.evaluated_by) or "nobody"
    yield f"Terms: {verified.service}, digest {verified.service_digest.hex()[:16]}, evaluated by {vouched}."
    goods = ", ".join(f"{count} x {article}" for article, count in verified.basket) or "the order"
    yield f"Agreed: {goods} for {verified.total} by {verified.payment}, signed by the seller for this buyer's key."
    for step in verified.steps:
        yield from _step(verified, step)
    for deviation in verified.deviations:
        yield f"Without effect: the {deviation.by} sent what fits nothing, {deviation.place}: {deviation.what}"
    if verified.erased:
        yield f"Erased: the messages of {verified.erased} exhibits; their links still fit."
    yield _end(verified)


def _party(party: Known) -> str:
    role = party.role.capitalize()
    if not party.name:
        return f"{role}: the holder of the key {party.signing.hex()[:16]}, made for this deal."
    text = party.fingerprint.hex().upper()[:32]
    digits = " ".join(text[at : at + 4] for at in range(0, len(text), 4))
    return f"{role}: {party.name} ({party.uri}), certified by {party.root}; key {digits}."


def _step(verified: Verified, step: StepProved) -> Iterator[str]:
    ended = {DONE: "done", CALLED_OFF: "called off"}.get(step.outcome, "its end is not shown")
    yield f"Step {step.name} ({step.kind}): {ended}. L = {step.label.hex()}"
    first, second = step.initiator, "buyer" if step.initiator == "seller" else "seller"
    signed = [number for number, _ in step.messages]
    said = _SAID.get(step.kind, _SAID["contract"])
    for number in signed:
        yield f"  The {first if number % 2 else second} signed {said[number - 1]}."
    names = {party.role: party.name for party in verified.parties}
    if step.amount is not None:
        when = f", {moment(step.money_at)}" if step.money_at is not None else ""
        bank = f"{names['bank']}{when}, signed that"
        yield "  " + _MONEY[step.money].format(amount=step.amount, bank=bank)
    if step.key_shown:
        yield "  The key that the seller released fits the hash that it had signed before."
    for verdict in step.verdicts:
        yield f"  {names['trustee']}, the trustee, decided: {verdict}."
    if step.key_released:
        yield f"  The seller's key was handed over to the buyer, sealed, by {names['trustee']} and {names['bank']}."
    if step.escrow_false:
        yield "  The trustee found that the seller's escrow does not hold the key it promises."
    if step.convicted:
        yield "  The seller's own keys do not open what it sold to what it promised."
    for who in step.contradictions:
        yield f"  The {who} signed two things that exclude each other."


def _end(verified: Verified) -> str:
    outcome = verified.outcome
    if isinstance(outcome, Satisfied):
        return f"Outcome: {outcome.end}. The deal ended as its terms promise."
    if outcome.end:
        return f"Outcome: {outcome.end}, not as its terms promise: {outcome.why}."
    return f"Outcome: not shown. {outcome.why.capitalize()}."


_SAID = {
    "contract": ("the contract that it offered", "the order", "the confirmation", "the confirmation"),
    "fair-purchase": (
        "what it sells, under locked keys", "the purchase, with the money held", "the release of its key",
        "the right to capture the money",
    ),
    "payment-receipt": (
        "the invoice", "the payment, with the money held", "the receipt", "the right to capture the money",
    ),
}  # fmt: skip
"""What messages 1 to 4 of each kind say."""

_MONEY = {
    "none": "No money is shown to be held.",
    "held": "{bank} it holds {amount}; how the hold ended is not shown.",
    "captured": "{bank} {amount} were captured for the seller.",
    "released": "{bank} {amount} were released to the seller, as the trustee decided.",
    "voided": "{bank} {amount} went back to the buyer.",
    "never held": "{bank} nothing was held, nor will be.",
}

"""Verified evidence in words: what is proved, and on whose signature. For people; nothing is decided here. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from semper_host.commerce.evidence_format import shown
from semper_host.commerce.evidence_proved import OPEN, ItemProved, Known, StepProved, Verified
from semper_host.commerce.moments import moment
from semper_host.commerce.planning import BUYER, SELLER
from semper_host.exchange.state import CALLED_OFF, DONE
from semper_host.model.outcome import Satisfied

_LONGEST = 240


def lines_of(verified: Verified) -> tuple[str, ...]:
    """Return what `verified` proves as lines of plain text; nothing that stood in the file can draw on a terminal."""
    return tuple(shown(line, _LONGEST) for line in _lines(verified))


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
    ended = {DONE: "done", CALLED_OFF: "called off", OPEN: "its end is not shown"}.get(step.outcome, step.outcome)
    yield f"Step {step.name} ({step.kind}): {ended}." + (f" L = {step.label.hex()}" if step.label else "")
    yield from (f"  {line}" for line in step.words or [_signed(step, number) for number, _ in step.messages])
    names = {party.role: party.name for party in verified.parties}
    for item in sorted(step.items, key=lambda item: item.form != "held"):
        yield from (f"  {line}" for line in _item(step, item, names))
    for verdict in step.verdicts:
        yield f"  {names['trustee']}, the trustee, decided: {verdict}."
    if step.escrow_false:
        yield f"  The trustee found that the {step.initiator}'s escrow does not hold what it promises."
    for who in step.contradictions:
        yield f"  The {who} signed two things that exclude each other."


def _signed(step: StepProved, number: int) -> str:
    """Return who signed message `number`, and what it says."""
    first = step.initiator
    by = first if number % 2 else {BUYER: SELLER, SELLER: BUYER}[first]
    if step.kind in _SAID:
        return f"The {by} signed {_SAID[step.kind][number - 1]}."
    given = [item for item in step.items if item.giver == by]
    table = _PROMISED if number < 3 else _GIVEN
    said = ", ".join(table.get(item.form, "{kind}").format(kind=item.kind, amount=item.amount) for item in given)
    return f"The {by} signed {said}."


def _item(step: StepProved, item: ItemProved, names: Mapping[str, str]) -> Iterator[str]:
    """Yield what is proved of one item beyond the messages."""
    if item.form == "held":
        state = item.ended or ("held" if item.promised else "none")
        when = f", {moment(item.at)}" if item.at is not None else ""
        bank = f"{names['bank'] if item.amount == step.amount else 'The payment system'}{when}, signed that"
        yield _MONEY[state].format(amount=item.amount, bank=bank, giver=item.giver, taker=item.taker)
    elif item.form == "information" and item.given:
        yield f"The key that the {item.giver} released fits the hash that it had signed before."
    elif item.form == "access" and item.given:
        yield f"The credential {item.kind} is the one agreed on, signed by its issuer for the {item.taker}'s key."
    if item.generated and item.form in _GENERATED:
        by = f"{names['trustee']} and {names['bank']}" if step.amount is not None else names["trustee"]
        yield _GENERATED[item.form].format(giver=item.giver, taker=item.taker, kind=item.kind, by=by)
    if item.ended in _STATUS:
        yield _STATUS[item.ended].format(kind=item.kind)
    if item.false:
        yield f"The {item.giver}'s own keys do not open what it gave to what it promised."


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

_PROMISED = {
    "held": "that {amount} are held",
    "information": "{kind}, under locked keys",
    "access": "the credential {kind}, in the trustee's keeping",
    "document": "the text of {kind}",
    "presentation": "its credential {kind}, shown for this exchange",
}
"""What messages 1 and 2 of the other kinds say of each item."""

_GIVEN = {
    "held": "the right to capture {amount}",
    "information": "the release of the key to {kind}",
    "access": "the handing over of the credential {kind}",
    "document": "its confirmation of {kind}",
    "presentation": "its confirmation of {kind}",
}
"""What messages 3 and 4 say."""

_GENERATED = {
    "information": "The {giver}'s key was handed over to the {taker}, sealed, by {by}.",
    "access": "The credential {kind} was handed over to the {taker}, sealed, by {by}.",
    "document": "The trustee's signature stands in for the {giver}'s confirmation of {kind}.",
    "receipt": "The trustee's signature stands in for the {giver}'s receipt.",
    "presentation": "The trustee's signature stands in for the {giver}'s confirmation of {kind}.",
}
"""What the trustee put in place."""

_STATUS = {
    "final": "Its issuer signed that nobody can revoke the credential {kind} any more.",
    "revoked": "Its issuer signed that the credential {kind} was revoked.",
}

_MONEY = {
    "none": "No money is shown to be held.",
    "held": "{bank} it holds {amount}; how the hold ended is not shown.",
    "captured": "{bank} {amount} were captured for the {taker}.",
    "released": "{bank} {amount} were released to the {taker}, as the trustee decided.",
    "voided": "{bank} {amount} went back to the {giver}.",
    "never held": "{bank} nothing was held, nor will be.",
}

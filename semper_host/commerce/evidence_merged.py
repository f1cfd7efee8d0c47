"""The files of both sides of one deal, laid side by side: what they prove together, and what cannot both be. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from semper_host.commerce.evidence_proved import BACK, PAID, ItemProved, StepProved, Verified
from semper_host.commerce.planning import BUYER, SELLER

_KEPT, _GONE = (*PAID, "final"), (*BACK, "revoked")


def merged(files: Sequence[Verified]) -> tuple[StepProved, ...]:
    """Return what all files together prove of each step; of two different exchanges of one name, the longer."""
    steps: dict[str, StepProved] = {}
    for file in files:
        for step in file.steps:
            before = steps.get(step.name)
            steps[step.name] = step if before is None else _joined(before, step)
    return tuple(steps.values())


def named_twice(one: Verified, other: Verified) -> Iterator[tuple[str, str]]:
    """Yield who signed what cannot both be, by the two files of one deal, and what it signed."""
    known = {step.name: step for step in other.steps}
    for first in one.steps:
        second = known.get(first.name)
        if second is None:
            continue
        yield from _two_messages(first, second)
        if first.label != second.label:
            continue
        if len({*first.decisions, *second.decisions}) > 1:
            yield "trustee", f"two decisions in step {first.name}"
        for ours, theirs in zip(first.items, second.items, strict=True):
            ends = {ours.ended, theirs.ended}
            if ends & set(_KEPT) and ends & set(_GONE):
                yield ("issuer" if ours.amount is None else "bank"), f"two ends of one item in step {first.name}"


def sender(step: StepProved, number: int) -> str:
    """Return which side sends message `number`."""
    return step.initiator if number % 2 else {BUYER: SELLER, SELLER: BUYER}[step.initiator]


def _two_messages(first: StepProved, second: StepProved) -> Iterator[tuple[str, str]]:
    """Two different messages of one number; those after the first that differs only follow from it."""
    known = dict(second.messages)
    for number, digest in first.messages:
        if known.get(number, digest) != digest:
            yield sender(first, number), f"two different messages {number} in step {first.name}"
            return


def _joined(one: StepProved, other: StepProved) -> StepProved:
    """Return one exchange as both sides' files prove it; if they are two, the one that went further."""
    if one.label != other.label:
        return max(one, other, key=lambda step: len(step.messages))
    return replace(
        one,
        messages=tuple(sorted({*one.messages, *other.messages})),
        items=tuple(_both(*pair) for pair in zip(one.items, other.items, strict=True)),
        outcome=next((each.outcome for each in (one, other) if each.outcome != "open"), "open"),
        verdicts=tuple(dict.fromkeys((*one.verdicts, *other.verdicts))),
        decisions=tuple(dict.fromkeys((*one.decisions, *other.decisions))),
        escrow_false=one.escrow_false or other.escrow_false,
    )


def _both(one: ItemProved, other: ItemProved) -> ItemProved:
    """Return one item as both files prove it: what either shows is shown."""
    ended = one if one.ended else other
    receipts = {one.receipted, other.receipted}
    return replace(
        one,
        promised=one.promised or other.promised,
        given=one.given or other.given,
        generated=one.generated or other.generated,
        ended=ended.ended,
        at=ended.at,
        false=one.false or other.false,
        issued=one.issued or other.issued,
        receipted=True if True in receipts else one.receipted,
    )

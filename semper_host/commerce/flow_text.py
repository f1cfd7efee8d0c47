"""The flow of terms for people: a line a step, and a Mermaid diagram of the same."""

from __future__ import annotations

from collections.abc import Sequence

from semper_host.commerce.durations import spoken_duration
from semper_host.commerce.terms_model import (
    END,
    Exchange,
    Fairness,
    Holding,
    ItemName,
    Section,
    Side,
    Step,
    Terms,
    Transfer,
)
from semper_host.commerce.worst_case import WorstCase

_PROMISE = {
    Fairness.STRONG: "both or neither",
    Fairness.WEAK: "an arbiter settles disputes",
    Fairness.NONE: "nothing makes the second side give",
}
_OR_ELSE = " or, where that can't be had, "


def flow_lines(worst: WorstCase) -> tuple[str, ...]:
    """Return the steps in words, each followed by its indented outcomes, then the ends. Plain printable text."""
    terms = worst.terms
    lines: list[str] = []
    for number, step in enumerate(terms.steps, 1):
        lines.append(f"{number}. {step.name}: {_act(worst, step)}; at most {spoken_duration(worst.seconds(step))}")
        lines += [f"   {outcome}: {_target(target)}" for outcome, target in step.then]
        if step.repeat is not None:
            lines.append(f"   after {step.repeat.most} times: {_target(step.repeat.then)}")
    for end in terms.ends:
        held = [f"the {terms.kind_of(h.role)} has {_item(terms, h.item)}{_quantity(h)}" for h in end.holdings]
        lines.append(f"end {end.name}: {', '.join(held) or 'no money or goods have changed hands'}")
    return tuple(lines)


def mermaid(worst: WorstCase) -> str:
    """Return the flow as a Mermaid state diagram."""
    terms = worst.terms
    lines = ["stateDiagram-v2", f"    [*] --> {_node(terms.start)}"]
    for step in terms.steps:
        lines.append(f'    state "{step.name}: {_act(worst, step).replace(chr(34), chr(39))}" as {_node(step.name)}')
        lines += [f"    {_node(step.name)} --> {_node(target)}: {outcome}" for outcome, target in step.then]
        if step.repeat is not None:
            lines.append(f"    {_node(step.name)} --> {_node(step.repeat.then)}: after {step.repeat.most} times")
    for end in terms.ends:
        lines.append(f'    state "end: {end.name}" as {_node(END + end.name)}')
        lines.append(f"    {_node(END + end.name)} --> [*]")
    return "\n".join(lines) + "\n"


def promise(fairness: Sequence[Fairness]) -> str:
    """Return what is promised if the other side stops midway; `fairness`: what an exchange can have, the best first."""
    return _OR_ELSE.join(_PROMISE[each] for each in fairness)


def _act(worst: WorstCase, step: Step) -> str:
    terms = worst.terms
    if isinstance(step, Exchange):
        return f"{_side(terms, step.initiator)} for {_side(terms, step.responder)}; {promise(worst.fairness(step))}"
    if isinstance(step, Transfer):
        given = _side(terms, Side(step.giver, (step.item,)))
        return f"{given} goes to the {terms.kind_of(step.receiver)}, for nothing in return"
    return f"the {terms.kind_of(step.role)} decides"


def _side(terms: Terms, side: Side) -> str:
    words = [f"{_item(terms, each)}{' (only shown)' if each in side.shown else ''}" for each in side.items]
    return f"the {terms.kind_of(side.role)}'s {' and '.join(words)}"


def _item(terms: Terms, item: ItemName) -> str:
    return f"money ({item.name})" if item.family is Section.MONEY else f'"{terms.item(item).title}"'


def _quantity(held: Holding) -> str:
    if held.most is None:
        return ", once or more" if held.least else ", any number of times"
    return "" if held.least else ", perhaps"


def _target(target: str) -> str:
    return f"the deal ends ({target.removeprefix(END)})" if target.startswith(END) else f"goes on with {target}"


def _node(name: str) -> str:
    """Mermaid's names allow no dots or hyphens; steps and ends never collide, and "end" is a word of its own."""
    kind = "e" if name.startswith(END) else "s"
    return f"{kind}_{name.removeprefix(END).replace('-', '__')}"

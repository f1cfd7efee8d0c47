"""The flow of terms as plain rows, to be compared, drawn and written down: nothing of it is computed here."""

from __future__ import annotations

import msgspec

from semper_host.commerce.check import Checked, Risk
from semper_host.commerce.durations import spoken_duration
from semper_host.commerce.terms_model import (
    END,
    Exchange,
    Fairness,
    Holding,
    ItemName,
    MoneySpec,
    ParameterSpec,
    Section,
    Side,
    Span,
    Step,
    Terms,
    Transfer,
)

_FAIR = {Fairness.STRONG: "both or neither", Fairness.WEAK: "an arbiter settles disputes", Fairness.NONE: "not fair"}
STRONG_OR_WEAK = f"{Fairness.STRONG}-or-{Fairness.WEAK}"
"""Strong, but weak where the item managers of the two hosts can do no better."""
FAIREST_LAST = (str(Fairness.NONE), str(Fairness.WEAK), STRONG_OR_WEAK, str(Fairness.STRONG))


class Row(msgspec.Struct, frozen=True):
    """A row of plain data."""


class Outcome(Row, frozen=True):
    """How a step can end, and what comes then: a step's name, or END.name."""

    name: str
    target: str


class StepRow(Row, frozen=True):
    """One step. `form`: exchange, transfer or decision; `gives`: a line for each side; `within`: its deadlines."""

    name: str
    form: str
    kind: str
    roles: tuple[str, ...]
    gives: tuple[str, ...]
    fairness: str
    promise: str
    within: tuple[str, ...]
    needs: tuple[str, ...]
    security: tuple[str, ...]
    told: tuple[str, ...]
    outcomes: tuple[Outcome, ...]


class EndRow(Row, frozen=True):
    """One end: whether it fulfils the purpose, and who then holds what."""

    name: str
    satisfied: bool
    holds: tuple[str, ...]


class ParameterRow(Row, frozen=True):
    """What an offer fills in: `least` and `most` in words."""

    name: str
    kind: str
    least: str
    most: str


class RiskRow(Row, frozen=True):
    """What a role has at risk in a step, at most; `held_seconds`: how long it can be out of reach, if it comes back."""

    role: str
    step: str
    item: str
    most: tuple[str, ...]
    can_be_lost: bool
    held_seconds: int


class FlowView(Row, frozen=True):
    """Everything that terms say, for people and programs."""

    protocol: str
    digest: str
    roles: dict[str, str]
    requires: dict[str, tuple[str, ...]]
    steps: tuple[StepRow, ...]
    ends: tuple[EndRow, ...]
    parameters: tuple[ParameterRow, ...]
    items: dict[str, str]
    risks: tuple[RiskRow, ...]
    rights: dict[str, tuple[str, ...]]
    longest_seconds: int


def view(checked: Checked) -> FlowView:
    """Return the rows of proved terms."""
    terms = checked.terms
    return FlowView(
        protocol=terms.protocol,
        digest=terms.digest.hex(),
        roles=dict(terms.roles),
        requires=dict(terms.requires),
        steps=tuple(_step(terms, step) for step in terms.steps),
        ends=tuple(
            EndRow(end.name, end.satisfied, tuple(_holding(terms, held) for held in end.holdings)) for end in terms.ends
        ),
        parameters=tuple(_parameter(spec) for spec in terms.parameters),
        items={str(spec.item): _item(terms, spec.item) for spec in terms.items},
        risks=tuple(_risk(terms, risk) for risk in checked.risks),
        rights={terms.kind_of(role): tuple(sorted(can)) for role, can in checked.capabilities.items()},
        longest_seconds=checked.longest,
    )


def risk_words(risk: RiskRow) -> str:
    """Return a risk as a sentence without its subject: "money.price (at most 5.00 EUR) can be lost"."""
    most = f" (at most {' or '.join(risk.most)})" if risk.most else ""
    if risk.can_be_lost:
        return f"{risk.item}{most} can be lost"
    return (
        f"{risk.item}{most} is held for at most {spoken_duration(risk.held_seconds)}, then comes back or is exchanged"
    )


def target_words(target: str) -> str:
    """Return where an outcome leads: "goes on with pay", "ends: sold"."""
    return f"ends: {target.removeprefix(END)}" if target.startswith(END) else f"goes on with {target}"


def _step(terms: Terms, step: Step) -> StepRow:
    outcomes = [Outcome(name, target) for name, target in step.then]
    if step.repeat is not None:
        outcomes.append(Outcome(f"after {step.repeat.most} times", step.repeat.then))
    within = [_span("at most", step.within)] if step.within else []
    form, kind, gives, fairness, promise = "decision", "", [f"the {terms.kind_of(step.parties[0])} decides"], "", ""
    if isinstance(step, Exchange):
        form, kind, fairness = "exchange", str(step.kind), STRONG_OR_WEAK if step.or_weak else str(step.fair)
        gives = [_gives(terms, side) for side in (step.initiator, step.responder)]
        promise = _FAIR[step.fair] + (f", or else {_FAIR[Fairness.WEAK]}" if step.or_weak else "")
        within += [_span("the trustee resolves within", step.resolve_within)] if step.resolve_within else []
    elif isinstance(step, Transfer):
        form, gives = (
            "transfer",
            [f"{_gives(terms, Side(step.giver, (step.item,)))} to the {terms.kind_of(step.receiver)}"],
        )
    security = step.security if isinstance(step, Transfer) else ()
    return StepRow(
        step.name, form, kind, tuple(terms.kind_of(role) for role in step.parties), tuple(gives), fairness, promise,
        tuple(within), step.needs, security, tuple(terms.kind_of(role) for role in step.tell), tuple(outcomes),
    )  # fmt: skip


def _gives(terms: Terms, side: Side) -> str:
    given, shown = ([_item(terms, each) for each in each_of] for each_of in (side.given, side.shown))
    words = [f"{verb} {' and '.join(items)}" for verb, items in (("gives", given), ("shows", shown)) if items]
    return f"{terms.kind_of(side.role)} {' and '.join(words)}"


def _item(terms: Terms, item: ItemName) -> str:
    spec = terms.item(item)
    if item.family is not Section.MONEY or spec.money is None:
        return f"{item} “{spec.title}”"
    return f"{item} ({_amount(spec.money)})"


def _amount(money: MoneySpec) -> str:
    if money.fixed is not None:
        return str(money.fixed)
    if money.parameter:
        return f"the offer's {money.parameter}"
    return f"as quoted, at most {money.ceiling}" if money.ceiling else "as quoted"


def _span(words: str, span: Span) -> str:
    return f"{words} {span.parameter}" if span.parameter else f"{words} {spoken_duration(span.seconds)}"


def _holding(terms: Terms, held: Holding) -> str:
    often = "" if held.most else (", once or more" if held.least else ", any number of times")
    perhaps = ", perhaps" if held.most and not held.least else ""
    return f"{terms.kind_of(held.role)} has {held.item}{often or perhaps}"


def _parameter(spec: ParameterSpec) -> ParameterRow:
    if spec.kind == "duration":
        return ParameterRow(spec.name, spec.kind, spoken_duration(spec.least), spoken_duration(spec.most))
    if spec.kind == "money":
        from semper_host.model.money import Money

        least, most = (" or ".join(str(Money(n, code)) for code in spec.currencies) for n in (spec.least, spec.most))
        return ParameterRow(spec.name, spec.kind, least, most)
    unit = " characters" if spec.kind == "text" else ""
    return ParameterRow(spec.name, spec.kind, f"{spec.least}{unit}", f"{spec.most}{unit}")


def _risk(terms: Terms, risk: Risk) -> RiskRow:
    most = tuple(str(money) for money in risk.most)
    return RiskRow(terms.kind_of(risk.role), risk.step, str(risk.item), most, risk.can_be_lost, risk.seconds)

"""The written form of steps -> Step values."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec

from semper_host.commerce import terms_schema as schema
from semper_host.commerce.durations import parse_duration
from semper_host.commerce.handing import arranged
from semper_host.commerce.terms_model import (
    Decide,
    Exchange,
    ExchangeKind,
    Fairness,
    ItemName,
    ItemSpec,
    Repetition,
    Section,
    Side,
    Span,
    Step,
    Transfer,
    refuse_terms,
)
from semper_host.model import learning
from semper_host.model.errors import AdmissionRefused

PARAMETER = "parameter "
_OR_WEAK, _SHOWS = "-or-weak", "shows"
_SECTIONS = {each.value: each for each in Section}
F = TypeVar("F")


def read_steps(plain: dict[str, dict[str, Any]], items: tuple[ItemSpec, ...]) -> tuple[Step, ...]:
    """Return the steps that the mapping under `steps:` says. Raises AdmissionRefused (TERMS_INVALID), naming the step.

    Each step's `tell` is made complete: its parties and whom it names, or all that act in any step if it names nobody.
    """
    forms = {name: _form(name, each) for name, each in plain.items()}
    specs = {spec.item: spec for spec in items}
    steps = {name: _ordered(_step(name, form), specs) for name, form in forms.items()}
    actors = {role for step in steps.values() for role in step.parties}
    told = {name: set(actors if form.tell is None else form.tell) for name, form in forms.items()}
    complete = {name: tuple(sorted(told[name].union(step.parties))) for name, step in steps.items()}
    return tuple(msgspec.structs.replace(step, tell=complete[name]) for name, step in steps.items())


def convert(plain: Any, form: type[F], step: str = "") -> F:
    """Return `plain` as a value of `form`, checked strictly. Raises AdmissionRefused (TERMS_INVALID)."""
    try:
        return learning.convert(plain, form)
    except (msgspec.ValidationError, ValueError) as error:
        refuse_terms(f"terms.yaml does not fit its schema: {error}", step)


def item_name(text: str) -> ItemName:
    """Return the item that a text like "info.course" names."""
    family, _, name = text.partition(".")
    return ItemName(_SECTIONS.get(family) or Section(family), name)


def _form(name: str, plain: dict[str, Any]) -> schema.StepForm:
    """A step's form is told by the one key of exchange, transfer, decide that it has."""
    forms = [form for key, form in schema.STEP_FORMS.items() if key in plain]
    if len(forms) != 1:
        refuse_terms(f"it must be one of {', '.join(schema.STEP_FORMS)}", name)
    form: schema.StepForm = convert(plain, forms[0], name)
    return form


def _step(name: str, form: schema.StepForm) -> Step:
    common: dict[str, Any] = {
        "name": name,
        "needs": tuple(form.needs),
        "within": _span(name, form.within),
        "repeat": form.repeat and Repetition(form.repeat.most, form.repeat.then),
    }
    if isinstance(form, schema.ExchangeForm):
        return Exchange(
            **common,
            kind=ExchangeKind(form.exchange),
            left=_side(name, form.left),
            right=_side(name, form.right),
            fair=Fairness(form.fair.removesuffix(_OR_WEAK)),
            or_weak=form.fair.endswith(_OR_WEAK),
            resolve_within=_span(name, form.resolve_within),
            then=(("done", form.then.done), ("aborted", form.then.aborted)),
        )
    if isinstance(form, schema.TransferForm):
        giver, _, receiver = form.transfer.partition(">")
        then = (("ok", form.then.ok), ("late", form.then.late))
        security = tuple(form.security)
        return Transfer(
            **common, giver=giver, receiver=receiver, item=item_name(form.give), security=security, then=then
        )
    return Decide(**common, role=form.decide, then=tuple(form.then.items()))


def _ordered(step: Step, specs: dict[ItemName, ItemSpec]) -> Step:
    """Say which side of an exchange begins. What can't be arranged, or names nothing, is left to the proofs."""
    if not isinstance(step, Exchange) or not specs.keys() >= {*step.left.items, *step.right.items}:
        return step
    try:
        return msgspec.structs.replace(step, first=arranged(step, specs).first)
    except AdmissionRefused:
        return step


def _side(step: str, texts: str | list[str]) -> Side:
    """Read "S info.course", or a list of such texts, all of one role."""
    listed = [convert(texts, schema.SideText, step)] if isinstance(texts, str) else texts
    if not 1 <= len(listed) <= schema.MAX_SIDE:
        refuse_terms(f"a side has 1 to {schema.MAX_SIDE} items", step)
    words = [text.split(" ") for text in listed]
    roles = {each[0] for each in words}
    if len(roles) != 1:
        refuse_terms(f"one side is of two roles, {' and '.join(sorted(roles))}", step)
    items = tuple(item_name(each[-1]) for each in words)
    if len(set(items)) != len(items):
        refuse_terms("a side gives the same item twice", step)
    return Side(roles.pop(), items, tuple(item_name(each[-1]) for each in words if each[1] == _SHOWS))


def _span(step: str, text: str | None) -> Span | None:
    if text is None:
        return None
    if text.startswith(PARAMETER):
        return Span(parameter=text.removeprefix(PARAMETER))
    try:
        return Span(seconds=parse_duration(text))
    except ValueError as error:
        refuse_terms(str(error), step)

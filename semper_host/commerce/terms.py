"""terms.yaml -> Terms: one global flow, read once and strictly (DESIGN §7).

The written form is in `terms_schema`, the values are in `terms_model`; whether the flow is sound, `check` proves.
"""

from __future__ import annotations

from hashlib import sha256

from semper_host.admission import strict_yaml
from semper_host.commerce import terms_schema as schema
from semper_host.commerce.binding import BoundTerms, bind
from semper_host.commerce.check_names import check_names
from semper_host.commerce.durations import parse_duration
from semper_host.commerce.steps_reader import PARAMETER, convert, item_name, read_steps
from semper_host.commerce.terms_model import (
    Decide,
    End,
    Exchange,
    ExchangeKind,
    Fairness,
    Holding,
    ItemName,
    ItemSpec,
    MoneySpec,
    ParameterSpec,
    Repetition,
    Section,
    Side,
    Span,
    Step,
    Terms,
    Transfer,
    refuse_terms,
)
from semper_host.model.errors import UsageError
from semper_host.model.money import MINOR_DIGITS
from semper_host.model.money import parse as parse_money

MAX_BYTES = 64 * 1024
_QUANTITIES: dict[str, tuple[int, int | None]] = {
    "": (1, 1),
    "perhaps": (0, 1),
    "repeatedly": (1, None),
    "any": (0, None),
}


def parse_terms(data: bytes) -> Terms:
    """Return the terms that the bytes of a terms.yaml say. Raises AdmissionRefused (TERMS_INVALID), naming the step."""
    if len(data) > MAX_BYTES:
        refuse_terms(f"terms.yaml is larger than {MAX_BYTES} bytes")
    plain = strict_yaml.load(data, "terms.yaml", "TERMS_INVALID")
    document = convert(plain, schema.Document)
    parameters = tuple(_parameter(name, form) for name, form in document.parameters.items())
    items = _items(document, {spec.name: spec.kind for spec in parameters})
    terms = Terms(
        digest=sha256(data).digest(),
        protocol=document.protocol,
        roles=tuple(document.roles.items()),
        requires=tuple((role, tuple(needed)) for role, needed in document.requires.items()),
        parameters=parameters,
        items=items,
        steps=read_steps(document.steps, items),
        ends=tuple(_end(name, held, name in document.satisfied) for name, held in document.ends.items()),
    )
    for name in document.satisfied:
        if name not in document.ends:
            refuse_terms(f"satisfied names {name}, which is no end")
    check_names(terms)
    return terms


def _parameter(name: str, form: schema.ParameterForm) -> ParameterSpec:
    try:
        spec = _ranged(name, form)
    except ValueError as error:
        refuse_terms(f"parameter {name}: {error}")
    if spec.least > spec.most:
        refuse_terms(f"parameter {name}: its least value is above its most")
    return spec


def _ranged(name: str, form: schema.ParameterForm) -> ParameterSpec:
    if isinstance(form, schema.MoneyParameter):
        for code in form.currencies:
            if code not in MINOR_DIGITS:
                raise ValueError(f"unknown currency {code}")
        return ParameterSpec(name, "money", form.min, form.max, tuple(form.currencies))
    if isinstance(form, schema.DurationParameter):
        return ParameterSpec(name, "duration", parse_duration(form.min), parse_duration(form.max))
    if isinstance(form, schema.IntegerParameter):
        return ParameterSpec(name, "integer", form.min, form.max)
    return ParameterSpec(name, "text", 0, form.length)


def _items(document: schema.Document, kinds: dict[str, str]) -> tuple[ItemSpec, ...]:
    money = [ItemSpec(ItemName(Section.MONEY, n), money=_money(n, form, kinds)) for n, form in document.money.items()]
    info = [ItemSpec(ItemName(Section.INFO, n), title) for n, title in document.info.items()]
    statements = [ItemSpec(ItemName(Section.STATEMENT, n), title) for n, title in document.statement.items()]
    credentials = [ItemSpec(ItemName(Section.CREDENTIAL, n), f.title, f.sort) for n, f in document.credential.items()]
    specs = (*money, *info, *statements, *credentials)
    for spec in specs:
        if not spec.title.isprintable():
            refuse_terms(f"the title of {spec.item} holds characters that can't be shown safely")
    return specs


def _money(name: str, form: schema.MoneyForm | str, kinds: dict[str, str]) -> MoneySpec:
    if isinstance(form, str):
        form = schema.MoneyForm(form)
    ceiling = (form.most or "").removeprefix(PARAMETER)
    parameter = form.amount.removeprefix(PARAMETER) if form.amount.startswith(PARAMETER) else ""
    for each in (ceiling, parameter):
        if each and kinds.get(each) != "money":
            refuse_terms(f"money.{name} names {each}, which is no parameter of kind money")
    if form.amount == "from-offer":
        return MoneySpec(ceiling=ceiling)
    if ceiling:
        refuse_terms(f"money.{name} has a most, though its amount is fixed")
    if parameter:
        return MoneySpec(parameter=parameter)
    try:
        fixed = parse_money(form.amount)
    except UsageError as error:
        refuse_terms(f"money.{name}: {error.message}")
    if not fixed.minor:
        refuse_terms(f"money.{name} is nothing: an exchange holds what is paid, and nothing can't be held")
    return MoneySpec(fixed=fixed)


def _end(name: str, held: dict[str, list[str]], satisfied: bool) -> End:
    return End(name, tuple(_holding(role, text) for role, texts in held.items() for text in texts), satisfied)


def _holding(role: str, text: str) -> Holding:
    item, _, quantity = text.partition(" ")
    least, most = _QUANTITIES[quantity]
    return Holding(role, item_name(item), least, most)


__all__ = [
    "BoundTerms",
    "Decide",
    "End",
    "Exchange",
    "ExchangeKind",
    "Fairness",
    "Holding",
    "ItemName",
    "ItemSpec",
    "MoneySpec",
    "ParameterSpec",
    "Repetition",
    "Section",
    "Side",
    "Span",
    "Step",
    "Terms",
    "Transfer",
    "bind",
    "parse_terms",
]  # fmt: skip

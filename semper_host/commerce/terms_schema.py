"""The written form of terms.yaml: which keys there are and what each may hold.

These types are the grammar: documents are read through them, and `json_schema` writes them out as
docs/reference/terms.schema.json. What the words mean together, `terms.py` and `check.py` say.
"""

from __future__ import annotations

from inspect import cleandoc
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from semper_host.commerce.durations import ISO_PATTERN

SCHEMA = "semper.terms/1"
MAX_STEPS = 64

_END = r"$(?!\n)"  # Python's $ also matches before a last newline; this does not, and means the same in JSON Schema
_ROLE = r"[A-Z][A-Za-z0-9]{0,7}"
_NAME = r"[a-z][a-z0-9_]{0,31}"
_STEP = r"[a-z][a-z0-9_-]{0,31}"
_ITEM = rf"(?:money|info|statement|credential)\.{_NAME}"

RoleName = Annotated[str, Meta(pattern=rf"^{_ROLE}{_END}")]
RoleKind = Annotated[str, Meta(pattern=rf"^{_STEP}{_END}")]
Name = Annotated[str, Meta(pattern=rf"^{_NAME}{_END}")]
StepName = Annotated[str, Meta(pattern=rf"^{_STEP}{_END}")]
Target = Annotated[str, Meta(pattern=rf"^(?:END\.)?{_STEP}{_END}", description="a step, or END.name")]
SideText = Annotated[
    str,
    Meta(
        pattern=rf"^{_ROLE} (?:{_ITEM}|shows credential\.{_NAME}){_END}",
        description="who gives what: 'S info.course'; or only shows it: 'B shows credential.card'",
    ),
]
Sides = str | list[SideText]
"""One item, or several. `steps_reader` checks a single text's form, and how many there are: msgspec 0.22 corrupts its
memory over a union of a text with constraints and a list. `json_schema` writes both down."""
MAX_SIDE = 4
ItemText = Annotated[str, Meta(pattern=rf"^{_ITEM}{_END}", description="an item: 'info.course'")]
HeldText = Annotated[
    str,
    Meta(
        pattern=rf"^{_ITEM}(?: perhaps| repeatedly| any)?{_END}",
        description="an item held at an end: once; 'perhaps' once; 'repeatedly', once or more; 'any' number of times",
    ),
]
Way = Annotated[str, Meta(pattern=rf"^{_ROLE}>{_ROLE}{_END}", description="from whom to whom: 'S>B'")]
DurationText = Annotated[str, Meta(pattern=rf"^{ISO_PATTERN}{_END}", description="ISO 8601: PT30M, P7D")]
WithinText = Annotated[
    str,
    Meta(pattern=rf"^(?:{ISO_PATTERN}|parameter {_NAME}){_END}", description="a duration, or 'parameter NAME'"),
]
ParameterText = Annotated[str, Meta(pattern=rf"^parameter {_NAME}{_END}", description="'parameter NAME'")]
AmountText = Annotated[
    str,
    Meta(
        pattern=rf"^(?:from-offer|parameter {_NAME}|[0-9]{{1,13}}(?:\.[0-9]{{1,4}})? [A-Z]{{3}}){_END}",
        description="'from-offer', 'parameter NAME', or an amount: '19.90 EUR'",
    ),
]
Title = Annotated[str, Meta(min_length=1, max_length=80, description="a short name for people")]
CurrencyCode = Annotated[str, Meta(pattern=rf"^[A-Z]{{3}}{_END}")]
Minor = Annotated[int, Meta(ge=0, le=10**15)]
Whole = Annotated[int, Meta(ge=-(2**53), le=2**53)]
Requirement = Annotated[str, Meta(pattern=rf"^{_STEP}{_END}", description="a credential that the role must show")]
SecurityWord = Literal["origin", "receipt", "opened", "confidential", "anonymous"]


class _Form(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A mapping of the document: unknown keys are refused."""


class MoneyParameter(_Form, frozen=True, tag_field="kind", tag="money"):
    """An amount in one of `currencies`, `min` to `max` minor units."""

    currencies: Annotated[list[CurrencyCode], Meta(min_length=1, max_length=32)]
    min: Minor
    max: Minor


class DurationParameter(_Form, frozen=True, tag_field="kind", tag="duration"):
    """A length of time, `min` to `max`."""

    min: DurationText
    max: DurationText


class IntegerParameter(_Form, frozen=True, tag_field="kind", tag="integer"):
    """A whole number, `min` to `max`."""

    min: Whole
    max: Whole


class TextParameter(_Form, frozen=True, tag_field="kind", tag="text"):
    """A text of at most `length` characters."""

    length: Annotated[int, Meta(ge=1, le=4000)]


ParameterForm = MoneyParameter | DurationParameter | IntegerParameter | TextParameter


class MoneyForm(_Form, frozen=True):
    """An amount that moves: fixed, a parameter, or settled by the accepted quote and then at most `most`."""

    amount: AmountText
    most: ParameterText | None = None


class CredentialForm(_Form, frozen=True):
    """A credential: a receipt (evidence, which the trustee can sign instead), a right of access, a membership, or a
    ticket, which is redeemed once.
    """

    sort: Literal["receipt", "access", "membership", "ticket"]
    title: Title


class Repeat(_Form, frozen=True):
    """How often a step may be entered; beyond that the flow goes to `then`."""

    most: Annotated[int, Meta(ge=1, le=100)]
    then: Target


class ExchangeThen(_Form, frozen=True):
    """Where an exchange leads: both items moved, or neither."""

    done: Target
    aborted: Target


class TransferThen(_Form, frozen=True):
    """Where a transfer leads: received in time, or declared late by the receiver."""

    ok: Target
    late: Target


class ExchangeForm(_Form, frozen=True):
    """Something for something between two roles.

    The initiator may accept the answer for `within`; the trustee of a strongly fair exchange resolves for
    `resolve_within` after that.
    """

    exchange: Literal[
        "contract",
        "fair-purchase",
        "payment-receipt",
        "money-money",
        "access",
        "credentials",
        "information",
        "package",
    ]
    left: Sides
    right: Sides
    fair: Literal["none", "weak", "strong", "strong-or-weak"]
    then: ExchangeThen
    needs: list[StepName] = []
    within: WithinText | None = None
    resolve_within: WithinText | None = None
    tell: list[RoleName] | None = None
    repeat: Repeat | None = None


class TransferForm(_Form, frozen=True):
    """Something for nothing, from one role to another."""

    transfer: Way
    give: ItemText
    then: TransferThen
    security: list[SecurityWord] = []
    needs: list[StepName] = []
    within: WithinText | None = None
    tell: list[RoleName] | None = None
    repeat: Repeat | None = None


class DecideForm(_Form, frozen=True):
    """One role chooses; `late` is what silence means."""

    decide: RoleName
    then: Annotated[dict[StepName, Target], Meta(min_length=1, max_length=16)]
    needs: list[StepName] = []
    within: WithinText | None = None
    tell: list[RoleName] | None = None
    repeat: Repeat | None = None


StepForm = ExchangeForm | TransferForm | DecideForm
STEP_FORMS: dict[str, type[ExchangeForm] | type[TransferForm] | type[DecideForm]] = {
    "exchange": ExchangeForm,
    "transfer": TransferForm,
    "decide": DecideForm,
}
"""The forms of a step, by the key that tells them apart."""


class Document(_Form, frozen=True):
    """A whole terms.yaml. The first step is where a deal starts."""

    schema: Literal["semper.terms/1"]
    protocol: Annotated[str, Meta(pattern=rf"^{_STEP}/[1-9][0-9]{{0,5}}{_END}")]
    roles: Annotated[dict[RoleName, RoleKind], Meta(min_length=2, max_length=8)]
    steps: Annotated[dict[StepName, dict[str, Any]], Meta(min_length=1, max_length=MAX_STEPS)]
    ends: Annotated[dict[StepName, dict[RoleName, list[HeldText]]], Meta(min_length=1, max_length=32)]
    satisfied: Annotated[list[StepName], Meta(min_length=1, description="the ends that fulfil the purpose")]
    requires: dict[RoleName, list[Requirement]] = {}
    parameters: Annotated[dict[Name, ParameterForm], Meta(max_length=64)] = {}
    money: Annotated[dict[Name, MoneyForm | AmountText], Meta(max_length=32)] = {}
    info: Annotated[dict[Name, Title], Meta(max_length=32)] = {}
    statement: Annotated[dict[Name, Title], Meta(max_length=32)] = {}
    credential: Annotated[dict[Name, CredentialForm], Meta(max_length=32)] = {}


def schema_text() -> str:
    """Return the text of docs/reference/terms.schema.json."""
    return msgspec.json.format(msgspec.json.encode(json_schema(), order="sorted"), indent=2).decode() + "\n"


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of terms.yaml, as published in docs/reference/terms.schema.json."""
    kinds = (Document, *STEP_FORMS.values())
    _, parts = msgspec.json.schema_components(kinds, ref_template="#/$defs/{name}")
    for part in parts.values():
        if "description" in part:
            part["description"] = cleandoc(part["description"])  # as Python 3.13 and later has docstrings
    document = parts.pop("Document")
    document["properties"]["steps"]["additionalProperties"] = {
        "oneOf": [{"$ref": f"#/$defs/{form.__name__}"} for form in STEP_FORMS.values()]
    }
    for side in ("left", "right"):
        one, several = parts["ExchangeForm"]["properties"][side]["anyOf"]
        one |= several["items"]
        several |= {"minItems": 1, "maxItems": MAX_SIDE}
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": f"urn:semper:schema:{SCHEMA}"}
    return {**head, **document, "$defs": parts}

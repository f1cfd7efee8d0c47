"""What terms say, as values that can't be malformed: roles, items, parameters, steps and ends (DESIGN §7).

Whatever is named is declared, except a step's targets and needs: that they exist, `check` proves.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NoReturn, TypeVar

import msgspec

from semper_host.model import security
from semper_host.model.errors import AdmissionRefused
from semper_host.model.items import Family
from semper_host.model.money import Money

END = "END."
TRUSTEE, ARBITER = "trustee", "arbiter"
Fairness = security.Fairness
"""What terms may ask of an exchange. None: two transfers. Weak: those, with evidence for an arbiter."""


def refuse_terms(cause: str, step: str = "") -> NoReturn:
    """Refuse terms for `cause`, at `step` if one is to blame. Raises AdmissionRefused (TERMS_INVALID)."""
    where = f" at step {step}" if step else ""
    raise AdmissionRefused("TERMS_INVALID", f"cannot accept the terms{where}: {cause}")


class Section(StrEnum):
    """Where terms declare an item: one section a family, but information is told apart from signed documents."""

    MONEY = "money"
    INFO = "info"
    STATEMENT = "statement"
    CREDENTIAL = "credential"

    @property
    def family(self) -> Family:
        """The family of the items declared here (the paper's III.A)."""
        return _FAMILIES[self]


_FAMILIES = {each: Family.STATEMENT if each is Section.INFO else Family(each.value) for each in Section}


class ExchangeKind(StrEnum):
    """The exchanges that terms can name (DESIGN §6), by the names that the exchange layer gives them."""

    CONTRACT = "contract"
    FAIR_PURCHASE = "fair-purchase"
    PAYMENT_RECEIPT = "payment-receipt"
    MONEY_MONEY = "money-money"
    ACCESS = "access"
    CREDENTIALS = "credentials"
    INFORMATION = "information"
    PACKAGE = "package"


class _Value(msgspec.Struct, frozen=True):
    """A frozen value."""


class ItemName(_Value, frozen=True):
    """An item as terms name it: `info.course`."""

    family: Section
    name: str

    def __str__(self) -> str:
        return f"{self.family}.{self.name}"


class Side(_Value, frozen=True):
    """Who gives what in an exchange; of `items`, the credentials in `shown` are only shown, and stay with `role`."""

    role: str
    items: tuple[ItemName, ...]
    shown: tuple[ItemName, ...] = ()

    @property
    def given(self) -> tuple[ItemName, ...]:
        """The items that change hands."""
        return tuple(item for item in self.items if item not in self.shown)

    @property
    def money(self) -> tuple[ItemName, ...]:
        """The amounts among the items."""
        return tuple(item for item in self.items if item.family is Section.MONEY)


class Span(_Value, frozen=True):
    """A length of time: `seconds`, or the offer's `parameter` of that name."""

    seconds: int = 0
    parameter: str = ""


class ParameterSpec(_Value, frozen=True):
    """A parameter that an offer fills in: minor units, seconds, a number or a text's length, `least` to `most`."""

    name: str
    kind: str  # "money", "duration", "integer" or "text"
    least: int
    most: int
    currencies: tuple[str, ...] = ()


class MoneySpec(_Value, frozen=True):
    """An amount: `fixed`, the `parameter`, or (neither) the accepted quote's, at most the parameter `ceiling`."""

    fixed: Money | None = None
    parameter: str = ""
    ceiling: str = ""


class ItemSpec(_Value, frozen=True):
    """An item that the terms declare. `sort` refines a credential; `money` says how an amount is set."""

    item: ItemName
    title: str = ""
    sort: str = ""
    money: MoneySpec | None = None

    @property
    def is_evidence(self) -> bool:
        """Whether the item proves what happened rather than being worth something: statements and receipts."""
        return self.item.family is Section.STATEMENT or self.sort == "receipt"


class Repetition(_Value, frozen=True):
    """A step is entered at most `most` times; then the flow goes to `then`."""

    most: int
    then: str


class _Step(_Value, frozen=True, kw_only=True):
    """What all steps have. `then` pairs each outcome with a step or END.name; `tell` are all who learn the outcome."""

    name: str
    then: tuple[tuple[str, str], ...]
    needs: tuple[str, ...] = ()
    within: Span | None = None
    tell: tuple[str, ...] = ()
    repeat: Repetition | None = None


class Exchange(_Step, frozen=True, kw_only=True):
    """Something for something. Outcomes: done, aborted.

    `or_weak`: weak fairness may take the place of strong, if the item managers can't do better (`strong-or-weak`).
    `first` names the side that begins, as the exchange manager has it (see `handing`).
    """

    kind: ExchangeKind
    left: Side
    right: Side
    fair: Fairness
    or_weak: bool = False
    resolve_within: Span | None = None
    first: str = "left"

    @property
    def initiator(self) -> Side:
        """The side that sends first."""
        return self.left if self.first == "left" else self.right

    @property
    def responder(self) -> Side:
        """The side that answers the initiator."""
        return self.right if self.first == "left" else self.left

    @property
    def parties(self) -> tuple[str, ...]:
        """The roles that act, the one that acts first in front."""
        left, right = self.left.role, self.right.role
        return (left, right) if self.first == "left" else (right, left)

    @property
    def gifts(self) -> tuple[tuple[str, str, ItemName], ...]:
        """Giver, receiver and item of all that changes hands, left before right."""
        ways = ((self.left, self.right.role), (self.right, self.left.role))
        return tuple((side.role, receiver, item) for side, receiver in ways for item in side.given)


class Transfer(_Step, frozen=True, kw_only=True):
    """Something for nothing. Outcomes: ok, late (which the receiver alone decides)."""

    giver: str
    receiver: str
    item: ItemName
    security: tuple[str, ...] = ()

    @property
    def parties(self) -> tuple[str, ...]:
        """The giver, then the receiver."""
        return (self.giver, self.receiver)


class Decide(_Step, frozen=True, kw_only=True):
    """One role chooses. Outcomes: its choices, among them late, which silence means."""

    role: str

    @property
    def parties(self) -> tuple[str, ...]:
        """The role that decides."""
        return (self.role,)


Step = Exchange | Transfer | Decide


class Holding(_Value, frozen=True):
    """That a role holds an item at an end: `least` to `most` times (most None: any number)."""

    role: str
    item: ItemName
    least: int = 1
    most: int | None = 1


class End(_Value, frozen=True):
    """An end: who then holds which items that changed hands, and whether it fulfils the purpose."""

    name: str
    holdings: tuple[Holding, ...]
    satisfied: bool


class Terms(_Value, frozen=True):
    """A whole flow. `digest` is the SHA-256 of the exact bytes it was read from."""

    digest: bytes
    protocol: str
    roles: tuple[tuple[str, str], ...]
    requires: tuple[tuple[str, tuple[str, ...]], ...]
    parameters: tuple[ParameterSpec, ...]
    items: tuple[ItemSpec, ...]
    steps: tuple[Step, ...]
    ends: tuple[End, ...]

    @property
    def start(self) -> str:
        """The step that a deal starts with: the first one."""
        return self.steps[0].name

    @property
    def actors(self) -> tuple[str, ...]:
        """The roles that take part in a step, in the order of declaration; trustees act inside exchanges only."""
        acting = {role for step in self.steps for role in step.parties}
        return tuple(role for role, _ in self.roles if role in acting)

    def step(self, name: str) -> Step:
        """Return the step called `name`. Raises KeyError."""
        return _find(self.steps, name)

    def end(self, name: str) -> End:
        """Return the end called `name`, with or without "END.". Raises KeyError."""
        return _find(self.ends, name.removeprefix(END))

    def item(self, item: ItemName) -> ItemSpec:
        """Return the declaration of `item`. Raises KeyError."""
        for spec in self.items:
            if spec.item == item:
                return spec
        raise KeyError(str(item))

    def parameter(self, name: str) -> ParameterSpec:
        """Return the declaration of the parameter `name`. Raises KeyError."""
        return _find(self.parameters, name)

    def role_of(self, kind: str) -> str | None:
        """Return the role of `kind` ("buyer", "trustee"), or None."""
        return next((role for role, each in self.roles if each == kind), None)

    def kind_of(self, role: str) -> str:
        """Return the kind of `role`: "S" -> "seller". Raises KeyError."""
        return dict(self.roles)[role]


N = TypeVar("N", Exchange | Transfer | Decide, End, ParameterSpec)


def _find(values: tuple[N, ...], name: str) -> N:
    for value in values:
        if value.name == name:
            return value
    raise KeyError(name)

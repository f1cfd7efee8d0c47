"""preferences.yaml: read strictly, written whole; what it does not name has a default.

schema: semper.preferences/1
locale: de_DE
payment_systems: [ecash]
payment_choice: free
most_per_deal: [50.00 EUR]
driver: terminal
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any, Literal

import msgspec
import yaml

from semper_host.model.errors import UsageError
from semper_host.model.learning import convert
from semper_host.model.money import Money, parse

FILE = "preferences.yaml"
SCHEMA = "semper.preferences/1"

_LOCALE = re.compile(r"[a-z]{2,3}(_[A-Z][a-z]{3})?(_[A-Z]{2})?")
_NAME = re.compile(r"[a-z][a-z0-9._/-]{0,63}")
_LONGEST = 64 * 1024


class Preferences(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a person prefers; the defaults suit a newcomer.

    `payment_systems` are ranked, the dearest first; empty: no preference. `payment_choice` is who picks the system:
    "free" (the host), "system" (the person), "system-and-amount" (the person, also how much by which). `most_per_deal`
    names for each currency the most that one deal may cost; the host refuses above it without asking.
    """

    schema: Literal["semper.preferences/1"] = "semper.preferences/1"
    locale: str = "en"
    payment_systems: tuple[str, ...] = ()
    payment_choice: Literal["free", "system", "system-and-amount"] = "free"
    most_per_deal: tuple[Money, ...] = ()
    driver: str = "terminal"

    def __post_init__(self) -> None:
        if not _LOCALE.fullmatch(self.locale):
            raise ValueError(f"locale {self.locale!r} is not like 'en' or 'de_DE'")
        for name in (self.driver, *self.payment_systems):
            if not _NAME.fullmatch(name):
                raise ValueError(f"{name!r} is not a name")
        if len(set(self.payment_systems)) < len(self.payment_systems):
            raise ValueError("payment_systems names one twice")
        currencies = [most.currency for most in self.most_per_deal]
        if len(set(currencies)) < len(currencies) or any(most.minor < 0 for most in self.most_per_deal):
            raise ValueError("most_per_deal has one amount a currency, none below zero")

    def most(self, currency: str) -> Money | None:
        """Return the most that one deal may cost in `currency`, or None where there is no limit."""
        return next((most for most in self.most_per_deal if most.currency == currency), None)

    def rank(self, system: str) -> int:
        """Return the place of payment system `system`, 0 the dearest; systems not named come after all that are."""
        return self.payment_systems.index(system) if system in self.payment_systems else len(self.payment_systems)


def load(home: Path) -> Preferences:
    """Return the preferences of `home`; the defaults if it has none. Raises UsageError (CONFIG_INVALID)."""
    try:
        data = (home / FILE).read_bytes()
    except FileNotFoundError:
        return Preferences()
    except OSError as error:
        raise UsageError("CONFIG_INVALID", f"cannot read {FILE}: {error.strerror}") from None
    return read(data)


def save(home: Path, preferences: Preferences) -> None:
    """Write the preferences of `home`: all or nothing, readable by the owner alone."""
    partial = home / f".{FILE}.new"
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(written(preferences))
        file.flush()
        os.fsync(file.fileno())
    partial.replace(home / FILE)


def read(data: bytes) -> Preferences:
    """Return the preferences that the YAML text `data` states.

    Raises UsageError (CONFIG_INVALID) naming what is wrong.
    """
    try:
        if len(data) > _LONGEST:
            raise ValueError("the file is too long")
        stated = yaml.load(data.decode(), Loader=_Strict) or {}
        return _typed(stated)
    except (yaml.YAMLError, ValueError, RecursionError, UsageError) as error:
        why = " ".join(str(error).split())
        raise UsageError("CONFIG_INVALID", f"cannot read {FILE}: {why}") from None


def written(preferences: Preferences) -> bytes:
    """Return the YAML text that `read` reads back as the same preferences."""
    stated: dict[str, Any] = {name: getattr(preferences, name) for name in preferences.__struct_fields__}
    stated["payment_systems"] = list(preferences.payment_systems)
    stated["most_per_deal"] = [str(most) for most in preferences.most_per_deal]
    return yaml.safe_dump(stated, sort_keys=False, allow_unicode=True).encode()


def _typed(stated: Any) -> Preferences:
    amounts = stated.get("most_per_deal") if isinstance(stated, dict) else None
    if isinstance(amounts, list):
        stated = stated | {"most_per_deal": [_amount(each) for each in amounts]}
    return convert(stated, Preferences)


def _amount(text: Any) -> Any:
    return msgspec.structs.asdict(parse(text)) if isinstance(text, str) else text


class _Strict(yaml.BaseLoader):
    """Every scalar is text (so `no` is Norwegian and 1.10 keeps its zero); anchors and duplicate keys are refused."""

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event: Any = self.peek_event()  # type: ignore[no-untyped-call]
        for feature in ("anchor", "tag"):  # an alias has an anchor too
            if getattr(event, feature, None):
                raise yaml.MarkedYAMLError(problem=f"a {feature} is not allowed here", problem_mark=event.start_mark)
        return super().compose_node(parent, index)

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        keys = [str(key.value) for key, _ in node.value]
        if len(set(keys)) < len(keys):
            raise yaml.MarkedYAMLError(problem="a key is named twice", problem_mark=node.start_mark)
        return super().construct_mapping(node, deep)

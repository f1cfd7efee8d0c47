"""Each item of the dialect's policy, switched off by itself, lets something through that a test would notice.

What is let through is run where it belongs: in locked workers, by a fork server that speaks the weakened dialect.
"""

from __future__ import annotations

import builtins
import sys
from pathlib import Path
from typing import Any

import pytest

from semper_host.api_v1 import Item, Money
from semper_host.confinement import dialect, dialect_rules, dialect_runtime
from semper_host.confinement.source import MAX_MODULE, Limits, Source
from semper_host.confinement.zygote import Zygote
from semper_host.model.errors import BundleMisbehaved
from tests.confinement.test_dialect import REFUSED
from tests.confinement.weakened import mutations, witnesses
from tests.hostile import heads

BUNDLES = Path(__file__).parent.parent / "hostile" / "bundles"
HOSTILE = [*sorted(BUNDLES.glob("language/*.py")), BUNDLES / "resources" / "power_tower.py"]
LIMITS = Limits(cpu_seconds=2, memory_mib=192, wall_seconds=60)
ITEM = Item("statement", "offer", b"d" * 32, None, "A course")
NEWER = {"node TypeAlias": (3, 12), "rule type-parameter": (3, 12), "rule newer-syntax": (3, 12)}
"""Mutations about syntax that only a newer Python can parse."""
_OF_312 = ("type-parameter", "newer-syntax")
"""Rules whose witnesses an older Python cannot read at all."""


def _noticed(zygote: Zygote) -> str:
    """Return the first source whose verdict is not as the tests demand; "" if all are."""
    for rule, source in witnesses(REFUSED):
        if len(source) > 262_144:
            continue
        try:
            found = {finding.rule for finding in zygote.lint({"manager": source.encode()}, LIMITS)}
        except BundleMisbehaved:
            return source[:60]
        if (rule if rule not in _OF_312 or sys.version_info >= (3, 12) else "syntax") not in found:
            return source[:60]
    return next((path.stem for path in HOSTILE if not _as_its_head_says(zygote, path.read_bytes())), "")


def _as_its_head_says(zygote: Zygote, source: bytes) -> bool:
    head = heads.read(source.decode())
    bundle = Source(b"", "item-manager", {"manager": source})
    try:
        outcome, words = "HARMLESS", " | ".join(zygote.call(bundle, "manager.describe", (ITEM,), _nothing, LIMITS))
    except BundleMisbehaved as error:
        outcome, words = error.code, error.message
    return outcome == head.end and (words == head.words if outcome == "HARMLESS" else head.words in words)


def _nothing(request: object) -> None:
    return None


@pytest.mark.deep
@pytest.mark.parametrize("mutation", [each for each in mutations() if sys.version_info >= NEWER.get(each, (3, 11))])
def test_without_this_rule_something_gets_through(mutation: str) -> None:
    with Zygote.start(("-m", "tests.confinement.weakened", mutation)) as zygote:
        assert _noticed(zygote), f"nothing notices that {mutation} is gone"


@pytest.mark.deep
def test_with_every_rule_nothing_is_noticed() -> None:
    with Zygote.start() as zygote:
        assert _noticed(zygote) == ""


def test_one_rule_switched_off_is_noticed() -> None:
    with Zygote.start(("-m", "tests.confinement.weakened", "rule class-keyword")) as zygote:
        assert _noticed(zygote)


def test_without_the_limit_on_size_a_huge_module_gets_through(monkeypatch: pytest.MonkeyPatch) -> None:
    huge = b"#" * (MAX_MODULE + 1)
    assert [finding.rule for finding in dialect.lint(huge, "x.py")] == ["source-size"]
    monkeypatch.setattr(dialect, "MAX_MODULE", 1 << 40)
    assert dialect.lint(huge, "x.py") == []


@pytest.mark.parametrize(("name", "wanted", "level"), [
    ("os", ("path",), 0), ("semper_host", ("api_v1",), 0), ("semper_host.api_v1", ("Money", "msgspec"), 0),
    ("semper_host.api_v1", (), 0), ("semper_host.api_v1", None, 0), ("semper_host.api_v1", ("Money",), 1),
])  # fmt: skip
def test_even_code_that_the_check_missed_imports_the_interface_alone(name: str, wanted: Any, level: int) -> None:
    with pytest.raises(ImportError):
        dialect_runtime.guarded_import(name, None, None, wanted, level)


def test_what_is_imported_is_no_module_and_cannot_be_changed() -> None:
    interface: Any = dialect_runtime.guarded_import("semper_host.api_v1", None, None, ("Money",), 0)
    assert interface.Money is Money
    with pytest.raises(AttributeError):
        interface.encoding  # noqa: B018
    with pytest.raises(AttributeError):
        interface.Money = 1
    with pytest.raises(AttributeError):
        del interface.Ask


@pytest.mark.parametrize("name", sorted(set(dir(builtins)) - dialect_rules.BUILTINS - {"None", "True", "False"}))
def test_every_builtin_that_the_policy_leaves_out_is_unknown(name: str) -> None:
    if name in ("__debug__", "Ellipsis", "NotImplemented"):
        return
    found = {finding.rule for finding in dialect.lint(f"x = {name}".encode(), "x.py")}
    assert ("underscore-name" if name.startswith("_") else "unknown-name") in found

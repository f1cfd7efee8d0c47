"""Each item of the dialect's policy, switched off by itself, lets something through that a test would notice.

What is let through is run where it belongs: in locked workers, by a fork server that speaks the weakened dialect.
"""

from __future__ import annotations

import builtins
import re
from pathlib import Path

import pytest

from semper_host.api_v1 import Item
from semper_host.confinement import dialect, dialect_rules
from semper_host.confinement.source import Limits, Source
from semper_host.confinement.zygote import Zygote
from semper_host.model.errors import BundleMisbehaved
from tests.confinement.test_dialect import REFUSED
from tests.confinement.weakened import mutations, witnesses

HOSTILE = sorted((Path(__file__).parent.parent / "hostile" / "bundles" / "language").glob("*.py"))
HEAD = re.compile(r"# attack: .+\n# must: (?P<code>[A-Z_]+) ?(?P<words>.*)\n")
LIMITS = Limits(cpu_seconds=2, memory_mib=192, wall_seconds=8)
ITEM = Item("statement", "offer", b"d" * 32, None, "A course")
NOT_OF_THIS_PYTHON = {"node TemplateStr", "node TypeAlias"}
SHADOWED = {
    "node AsyncFunctionDef": "RestrictedPython refuses it as well",
    "node Await": "it stands in asynchronous functions only, which are refused",
    "node SetComp": "RestrictedPython would let it through: the witness shows it",
}


def _noticed(zygote: Zygote) -> str:
    """Return the first source whose verdict is not as the tests demand; "" if all are."""
    for rule, source in witnesses(REFUSED):
        if len(source) > 262_144:
            continue
        found = {finding.rule for finding in zygote.lint({"manager": source.encode()}, LIMITS)}
        if rule not in found and not (rule == "type-parameter" and "syntax" in found):
            return source[:60]
    return next((path.stem for path in HOSTILE if not _as_its_head_says(zygote, path.read_bytes())), "")


def _as_its_head_says(zygote: Zygote, source: bytes) -> bool:
    head = HEAD.match(source.decode())
    assert head is not None
    bundle = Source(b"", "item-manager", {"manager": source})
    try:
        outcome, words = "HARMLESS", "\n".join(zygote.call(bundle, "manager.describe", (ITEM,), _nothing, LIMITS))
    except BundleMisbehaved as error:
        outcome, words = error.code, error.message
    return outcome == head["code"] and head["words"] in words


def _nothing(request: object) -> None:
    return None


@pytest.mark.deep
@pytest.mark.parametrize("mutation", [each for each in mutations() if each not in NOT_OF_THIS_PYTHON])
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


@pytest.mark.parametrize("name", sorted(set(dir(builtins)) - dialect_rules.BUILTINS - {"None", "True", "False"}))
def test_every_builtin_that_the_policy_leaves_out_is_unknown(name: str) -> None:
    if name in ("__debug__", "Ellipsis", "NotImplemented"):
        return
    found = {finding.rule for finding in dialect.lint(f"x = {name}".encode(), "x.py")}
    assert found & {"unknown-name", "underscore-name", "restricted"}

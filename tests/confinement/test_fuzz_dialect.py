"""Fuzz target: the dialect's compiler. Whatever the source, it is refused with findings or keeps to the policy.

A bounded run is part of `make test`; SEMPER_FUZZ=100000 before the command asks for that many examples of each target:

    SEMPER_FUZZ=100000 .venv/bin/python -m pytest -q tests/confinement/test_fuzz_dialect.py

Sources are only compiled here, never run, and are short: what could crash the compiler runs in tests/hostile.
"""

from __future__ import annotations

import ast
import os
import types
from collections.abc import Iterator
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from semper_host.confinement import dialect, dialect_check, dialect_rules, dialect_runtime

EXAMPLES = int(os.environ.get("SEMPER_FUZZ", "0"))
BUNDLES = sorted((Path(__file__).parent.parent / "hostile" / "bundles" / "language").glob("*.py"))
LINES = [line for path in BUNDLES for line in path.read_text("utf-8").splitlines() if line and not line.startswith("#")]
GUARDS = frozenset(name for name in dialect_runtime.BUILTINS if name.startswith("_") or name == "__import__")
_ALLOWED_UNDERSCORE = GUARDS | {"_", "__metaclass__", "__name__"} | dialect_rules.SPECIAL_METHODS
_MADE = {"__module__", "__qualname__", "__doc__", "__static_attributes__", "__classcell__", "__firstlineno__"}
_VOCABULARY = (
    "def f ( ) : \n _x x . = 1 , [ ] { } for in if else yield from import class lambda try except match case * ** % / "
    "@ 'a' f'{x}' f'{x!r:>5}' None not is global nonlocal return and or 1.5 ... while async with __class__ format "
    "items keys() := await del print _text_ *_ ** str record"
)


@settings(max_examples=EXAMPLES or 150, deadline=None)
@given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")))
def test_any_bytes_are_compiled_or_refused_with_findings(source: bytes) -> None:
    _check(source)


@settings(max_examples=EXAMPLES or 300, deadline=None)
@given(st.lists(st.sampled_from(_VOCABULARY.split(" ")), max_size=30))
def test_any_words_are_compiled_or_refused_with_findings(words: list[str]) -> None:
    _check(" ".join(words).replace("\n ", "\n    ").encode())


@settings(max_examples=EXAMPLES or 300, deadline=None)
@given(st.lists(st.sampled_from(LINES), max_size=8), st.integers(0, 400), st.text(max_size=3))
def test_any_mixture_of_attacks_is_compiled_or_refused_with_findings(lines: list[str], at: int, put: str) -> None:
    text = "\n".join(lines)
    _check((text[:at] + put + text[at:]).encode("utf-8", "surrogatepass"))


def _check(source: bytes) -> None:
    findings, code = dialect._read(source, "fuzz.py")
    for finding in findings:
        assert finding.rule in dialect_rules.RULES
        assert len(finding.message) < 300
    assert bool(findings) == (code is None)
    if code is None:
        return
    for node in ast.walk(ast.parse(source)):
        assert not isinstance(node, ast.Div | ast.MatMult)
        assert not (isinstance(node, ast.Constant) and isinstance(node.value, float | complex))
        assert not (isinstance(node, ast.Attribute) and node.attr.startswith("_"))
        if not isinstance(node, ast.FunctionDef):
            assert all(name == "_" or not name.startswith("_") for name in dialect_check._bound_names(node))
    for each in _codes(code):
        _check_code(each)


def _check_code(code: types.CodeType) -> None:
    """The second reading: no name that the bytecode touches is the interpreter's, but for the compiler's guards."""
    for name in code.co_names:
        assert not name.startswith("_") or name in _ALLOWED_UNDERSCORE | _MADE, name
        assert name not in dialect_rules.ATTRIBUTES or name in dialect_rules.BUILTINS, name
    assert not set(code.co_varnames) & GUARDS


def _codes(code: types.CodeType) -> Iterator[types.CodeType]:
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _codes(constant)

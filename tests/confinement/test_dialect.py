"""What the dialect allows, what each of its rules refuses, and that both readings of a module agree.

The sources here are our own, so they may be compiled in the test's process.
"""

from __future__ import annotations

import ast
import sys
from typing import Any

import pytest

from semper_host.confinement import dialect, dialect_check, dialect_rules

REFUSED: dict[str, str] = {
    "source-text": "x = '\u202e'",
    "source-size": "x = 1\n" * 60_000,
    "syntax": "x = ",
    "nesting": f"x = {'[' * 17}1{' for n in [1]]' * 17}",
    "statement": "x = ...",
    "async": "async def f():\n    pass",
    "with": "def f(x):\n    with x:\n        pass",
    "import": "import os",
    "float": "x = 1.5",
    "true-division": "x = 1 / 2",
    "matrix-product": "x = 1 @ 2",
    "augmented-operator": "x = [1]\nx[0] %= 2",
    "bare-except": "try:\n    x = 1\nexcept:\n    x = 2",
    "except-name": "try:\n    x = 1\nexcept len(1):\n    x = 2",
    "finally": "try:\n    x = 1\nfinally:\n    x = 2",
    "underscore-name": "_x = 1",
    "look-alike-name": "ﬁ = 1",
    "reserved-name": "len = 1",
    "unknown-name": "x = missing",
    "underscore-attribute": "x = len.__self__",
    "attribute": "x = ''.format",
    "view": "x = {}.keys",
    "set": "x = {1, 2}",
    "class-keyword": "class C(metaclass=int):\n    pass",
    "class-base": "class C(int()):\n    pass",
    "class-decorator": "@len\nclass C:\n    pass",
    "record-body": "@record\nclass C:\n    x = 1",
    "special-method": "class C:\n    def __del__(self):\n        pass",
    "format-width": "x = f'{1:>9999d}'",
    "match-class": "match 1:\n    case int(x):\n        pass",
    "keyword-name": "x = dict(_a=1)",
}
"""For each rule a source that this rule alone refuses. (Newer syntax needs a newer Python: test_one_language.py.)"""


@pytest.mark.parametrize("rule", sorted(REFUSED))
def test_each_rule_refuses_on_its_own(rule: str) -> None:
    found = dialect.lint(REFUSED[rule].encode(), "role.py")
    assert {finding.rule for finding in found} == {rule}
    assert all(finding.filename == "role.py" and finding.line >= 1 and finding.hint for finding in found)


def test_every_rule_has_its_case() -> None:
    assert set(dialect_rules.RULES) - {"type-parameter", "newer-syntax", "restricted"} == set(REFUSED)


def test_type_parameters_are_refused_by_every_python() -> None:
    found = dialect.lint(b"def f[T](x: T):\n    return x", "role.py")
    assert {finding.rule for finding in found} == {"type-parameter" if sys.version_info >= (3, 12) else "syntax"}


FORBIDDEN = [*dialect_rules.ATTRIBUTES, "gi_frame", "cr_await", "ag_code", "tb_next", "f_back", "co_code"]
PLACES = ["x = len.{}", "len.{} = 1", "del len.{}", "len.{} += 1", "match 1:\n    case len.{}:\n        pass"]


@pytest.mark.parametrize("name", sorted(FORBIDDEN))
def test_attribute_that_introspects_is_refused_wherever_it_stands(name: str) -> None:
    for place in PLACES:
        found = dialect.lint(place.format(name).encode(), "x")
        assert "attribute" in {finding.rule for finding in found}, place


@pytest.mark.parametrize(
    "source",
    [
        "_text_ = 1", "def _text_():\n    pass", "class _text_:\n    pass", "def f(_text_):\n    pass",
        "f = lambda _text_: 1",
        "for _text_ in []:\n    pass", "x = [1 for _text_ in []]", "(_text_ := 1)", "x, *_text_ = [1]", "del _text_",
        "def f(*_text_):\n    pass", "def f(**_text_):\n    pass", "def f(_text_, /):\n    pass",
        "def f(*, _text_):\n    pass",
        "try:\n    x = 1\nexcept ValueError as _text_:\n    pass", "match 1:\n    case _text_:\n        pass",
        "match 1:\n    case [*_text_]:\n        pass", "match 1:\n    case {**_text_}:\n        pass",
        "match 1:\n    case 1 as _text_:\n        pass", "from semper_host.api_v1 import Ask as _text_",
        "def f():\n    global _text_\n    pass", "_text_: int = 1", "_text_ += 1",
    ],
)  # fmt: skip
def test_no_statement_can_bind_the_name_of_a_guard(source: str) -> None:
    assert "underscore-name" in {finding.rule for finding in dialect.lint(source.encode(), "x")}


@pytest.mark.parametrize(
    "name", ["Exception", "BaseException", "MemoryError", "RecursionError", "SystemError", "RuntimeError"]
)
def test_no_class_above_the_end_of_memory_can_be_named(name: str) -> None:
    source = f"try:\n    x = 1\nexcept {name}:\n    x = 2"
    assert {finding.rule for finding in dialect.lint(source.encode(), "x")} == {"unknown-name"}


def _run(source: str, name: str = "answer") -> Any:
    return dialect.load(source.encode(), "role.py")[name]


def test_the_dialect_is_comfortable() -> None:
    source = '''
from __future__ import annotations
from semper_host.api_v1 import Money

@record
class Point:
    """A place."""
    x: int
    y: int = 0
    def moved(self, by: int) -> Point:
        return Point(self.x + by, self.y)

class Counter:
    def __init__(self) -> None:
        self.count: int = 0
        self.log = []
    def add(self, n: int = 1, *more: int, **named: int) -> None:
        self.count += n + sum(more) + sum(named.values())
        self.log[len(self.log):] = [n]

class TooMuch(ValueError):
    pass

def closure():
    total = 0
    def add(n):
        nonlocal total
        total += n
        return total
    return add

def kind(x):
    match x:
        case None:
            return "none"
        case 0 | 1:
            return "bit"
        case [first, *rest]:
            return f"list of {first} and {len(rest)}"
        case {"name": name, **others}:
            return f"map of {name} and {len(others)}"
        case other:
            return f"{other!r:>6}"

counter = Counter()
counter.add(1, 2, 3, more=4)
table = {"b": 2, "a": 1}
table["c"] = 3
table["c"] *= 2
add = closure()
add(2)
numbers = [n for n in range(10) if n % 2 and n not in {3, 5}]
[one, *rest], (two, three) = [1, 2], (3, 4)
try:
    raise TooMuch("far too much")
except (TooMuch, KeyError) as error:
    words = str(error)
answer = [Point(1).moved(2).x, counter.count, sorted(table.items()), add(3), numbers, one, rest, three, words,
    kind(None), kind(1), kind([1, 2]), kind({"name": "n", "x": 1}), kind("s"), f"{Money(1250, 'EUR')}",
    f"{255:04x}",
    (lambda a, /, b=2, *, c=3: a + b + c)(1), 2 ** 10, 7 % 4, [*table.keys()], isinstance("a", str),
    isinstance(1, str | int)]
'''
    assert _run(source) == [
        3, 10, [("a", 1), ("b", 2), ("c", 6)], 5, [1, 7, 9], 1, [2], 4, "far too much", "none", "bit",
        "list of 1 and 1", "map of n and 1", "   's'", "12.50 EUR", "00ff", 6, 1024, 3, ["b", "a", "c"], True, True,
    ]  # fmt: skip


def test_a_record_is_frozen_and_compares_by_value() -> None:
    source = "@record\nclass P:\n    x: int\nanswer = [P(1) == P(1), P(1) == P(2)]"
    assert _run(source) == [True, False]


def test_methods_named_like_builtins_are_fine() -> None:
    assert _run("class C:\n    def sum(self):\n        return 5\nanswer = C().sum()") == 5


def test_str_and_its_kin_behave_as_python_has_them() -> None:
    source = (
        "answer = [str(), str(5), str(None), str(b'ab', 'ascii'), ','.join(map(str, [1, 2])), isinstance('x', str)]"
    )
    assert _run(source) == [
        "", "5", "None", "ab", "1,2", True,
    ]  # fmt: skip


def test_a_finding_names_file_line_rule_and_the_alternative() -> None:
    (finding,) = dialect.lint(b"x = 1\ny = x / 2\n", "payer.py")
    assert str(finding) == "payer.py:2: true-division: `/` makes floats; use `//`, divmod or Money.share"


def test_what_a_newer_python_adds_is_refused_until_it_is_reviewed() -> None:
    every = {name for name, kind in vars(ast).items() if isinstance(kind, type) and issubclass(kind, ast.AST)}
    unknown = every - dialect_rules.NODES
    assert {"Await", "With", "Set", "TryStar"} - unknown == {"Set"}
    for name in dialect_rules.NODES:
        assert name in every


def test_the_line_of_a_failure_can_be_told_without_reading_source() -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        _run("x = 1\ny = 1 // 0\n")
    assert caught.traceback[-1].frame.code.raw.co_filename == dialect.FILE_MARK + "role.py"


def test_annotations_may_name_anything_for_they_are_not_evaluated() -> None:
    source = (
        "def f(x: Any, *y: missing.thing, z: 1.5 = 1) -> Iterator:\n    w: Whatever = x\n    return w\nanswer = f(5)"
    )
    assert _run(source) == 5


def test_attribute_heavy_code_compiles_to_plain_attribute_access() -> None:
    tree = ast.parse("def f(a):\n    return a.x.y + a.z")
    plain = compile(tree, "plain", "exec").co_consts[0].co_code
    assert dialect.load(b"def f(a):\n    return a.x.y + a.z", "f.py")["f"].__code__.co_code == plain


NEWER = {
    "TryStar": "3.11", "TypeAlias": "3.12", "TypeVar": "3.12", "ParamSpec": "3.12", "TypeVarTuple": "3.12",
    "TemplateStr": "3.14", "Interpolation": "3.14", "SomethingOfTomorrow": "?",
}  # fmt: skip


@pytest.mark.parametrize("name", NEWER)
def test_syntax_that_a_newer_python_adds_is_refused_whatever_it_is(name: str) -> None:
    """An interpreter that has it parses it to a node of this name; the others get a node made for the test."""
    kind: Any = getattr(ast, name, None) or type(name, (ast.expr,), {"_fields": ()})
    node = ast.AST.__new__(kind)
    node.lineno = 7
    tree = ast.Module(body=[ast.Expr(value=node)], type_ignores=[])
    (refusal,) = dialect_check.check_tree(tree)
    assert refusal.line == 7
    assert refusal.rule == dialect_rules.SPECIAL_NODES.get(name, "statement")


def test_every_kind_of_node_that_this_python_has_is_known_or_refused() -> None:
    nodes = {
        name for name, kind in vars(ast).items()
        if isinstance(kind, type) and issubclass(kind, ast.AST) and not kind.__subclasses__()
    }  # fmt: skip
    unknown = nodes - dialect_rules.NODES
    assert {"TryStar", "AsyncFor", "Await", "MatchClass", "SetComp"} <= unknown
    assert not unknown & {"FunctionDef", "Call", "Name"}
    assert set(dialect_rules.SPECIAL_NODES).isdisjoint(dialect_rules.NODES)

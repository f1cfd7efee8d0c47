"""The dialect with one of its rules switched off, so that tests can show what the rule is for.

    python -m tests.confinement.weakened MUTATION CONTROL      a fork server whose workers speak the weakened dialect

A mutation is named "rule NAME", "attribute NAME", "prefix NAME", "guard NAME", "node NAME", "builtin NAME",
"method NAME", or by a word of its own. It exists for these tests only: no host can start it.
"""

from __future__ import annotations

import ast
import builtins
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

from semper_host.confinement import dialect, dialect_check, dialect_newer, dialect_rules, dialect_runtime, fork_server

_OPEN_NODES = ("With", "TryStar", "MatchClass", "SetComp", "AsyncFunctionDef", "Await", "TypeAlias")
_OPEN_BUILTINS = (
    "Exception", "BaseException", "MemoryError", "RecursionError", "SystemError", "RuntimeError", "type", "set",
    "frozenset", "hash", "id", "repr", "getattr", "setattr", "vars", "dir", "eval", "exec", "compile", "open", "float",
    "format", "object", "super", "property", "classmethod", "globals", "memoryview", "print",
)  # fmt: skip
_OPEN_METHODS = ("__del__", "__getattr__", "__hash__", "__call__", "__repr__", "__class_getitem__")
_GUARDS = ("_write_", "_text_", "_plain_", "_repr_", "_mod_", "_pow_", "_keys_", "_items_")


def mutations() -> list[str]:
    """Return the name of every mutation."""
    return [
        *(f"rule {name}" for name in dialect_rules.RULES),
        *(f"attribute {name}" for name in sorted(dialect_rules.ATTRIBUTES)),
        *(f"prefix {name}" for name in dialect_rules.ATTRIBUTE_PREFIXES),
        *(f"view {name}" for name in dialect_rules.VIEWS),
        *(f"guard {name}" for name in _GUARDS),
        *(f"node {name}" for name in _OPEN_NODES),
        *(f"builtin {name}" for name in _OPEN_BUILTINS),
        *(f"method {name}" for name in _OPEN_METHODS),
        "bases", "format", "nodes", "reserved", "text", "addresses", "power", "chain",
        *(["fields"] if sys.version_info < (3, 12) else []),  # newer Pythons' tokens show what is in an f-string
    ]  # fmt: skip


def weaken(mutation: str) -> None:
    """Switch one rule of this process's dialect off, for good."""
    kind, _, name = mutation.partition(" ")
    _WEAKEN[kind](name)


def _rule(name: str) -> None:
    """No reader refuses anything for this rule."""
    for function in ("check_tree", "check_names_in_text"):
        setattr(dialect_check, function, _without(getattr(dialect_check, function), name))
    whole = dialect_check.check_text
    dialect_check.check_text = lambda source: (
        whole(source)[0],
        [each for each in whole(source)[1] if each.rule != name],
    )
    if name == "newer-syntax":
        dialect_newer.check_newer = lambda tree, text: []
    if name == "restricted":
        dialect._Transformer.error = lambda self, node, info: None  # type: ignore[method-assign]
    if name == "source-size":
        _sizes("")
    if name == "syntax":
        vars(dialect)["SyntaxError"] = ArithmeticError  # so what the parser raises is no finding


def _without(function: Callable[..., Any], rule: str) -> Callable[..., Any]:
    return lambda *arguments: [each for each in function(*arguments) if each.rule != rule]


def _attribute(name: str) -> None:
    dialect_rules.ATTRIBUTES = dialect_rules.ATTRIBUTES - {name}


def _prefix(name: str) -> None:
    dialect_rules.ATTRIBUTE_PREFIXES = tuple(  # type: ignore[assignment]
        each for each in dialect_rules.ATTRIBUTE_PREFIXES if each != name
    )


def _view(name: str) -> None:
    dialect_rules.VIEWS = tuple(each for each in dialect_rules.VIEWS if each != name)  # type: ignore[assignment]


def _guard(name: str) -> None:
    import operator

    plain: dict[str, Any] = {
        "_write_": lambda target: target, "_text_": str, "_plain_": lambda value: value, "_repr_": repr,
        "_mod_": operator.mod, "_pow_": operator.pow, "_keys_": lambda mapping: mapping.keys(),
        "_items_": lambda mapping: mapping.items(),
    }  # fmt: skip
    dialect_runtime.BUILTINS[name] = plain[name]


def _node(name: str) -> None:
    dialect_rules.NODES = dialect_rules.NODES | {name}


def _builtin(name: str) -> None:
    dialect_rules.BUILTINS = dialect_rules.BUILTINS | {name}
    dialect_runtime.BUILTINS[name] = getattr(builtins, name)


def _method(name: str) -> None:
    dialect_rules.SPECIAL_METHODS = dialect_rules.SPECIAL_METHODS | {name}


def _bases(_: str) -> None:
    vars(dialect_runtime)["_ERRORS"] = _Everything()


class _Everything:
    def __contains__(self, base: object) -> bool:
        return True


def _format(_: str) -> None:
    dialect_rules.FORMAT = re.compile(r"(?s).*")


def _sizes(_: str) -> None:
    vars(dialect)["MAX_MODULE"] = dialect_rules.MAX_NODES = 1 << 40


def _nodes(_: str) -> None:
    dialect_rules.MAX_NODES = 1 << 40


def _reserved(_: str) -> None:
    dialect_rules.RESERVED = frozenset()


def _text(_: str) -> None:
    dialect_runtime.BUILTINS["str"] = str


def _addresses(_: str) -> None:
    dialect_runtime.addressless = lambda words: words


def _power(_: str) -> None:
    vars(dialect_runtime)["MAX_POWER"] = 1 << 60


def _chain(_: str) -> None:
    """A set may stand right of any `in`, also where the next operator hands it on."""
    dialect_check._membership_sets = lambda nodes: {
        id(right) for node in nodes if isinstance(node, ast.Compare) for right in node.comparators
    }


def _fields(_: str) -> None:
    vars(dialect_check)["fields"] = lambda literal: ()


_WEAKEN: dict[str, Callable[[str], None]] = {
    "rule": _rule, "attribute": _attribute, "prefix": _prefix, "view": _view, "guard": _guard, "node": _node,
    "builtin": _builtin, "method": _method, "bases": _bases, "format": _format, "nodes": _nodes,
    "reserved": _reserved, "text": _text, "addresses": _addresses, "power": _power, "chain": _chain, "fields": _fields,
}  # fmt: skip


def witnesses(refused: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Yield (rule, source): one small source for each item of the policy, which the whole dialect refuses for it."""
    yield from ((rule, source) for rule, source in refused.items())
    yield "type-parameter", "def f[T](x):\n    return x"
    yield "type-parameter", "type X = int"
    yield "newer-syntax", "x = f'{f'{1}'}'"
    names = [*dialect_rules.ATTRIBUTES, *(f"{prefix}code" for prefix in dialect_rules.ATTRIBUTE_PREFIXES)]
    yield from (("attribute", f"x = len.{name}") for name in names)
    yield from (("view", f"x = {{}}.{name}") for name in dialect_rules.VIEWS)
    yield from (("unknown-name", f"x = {name}") for name in _OPEN_BUILTINS)
    yield from (("special-method", f"class C:\n    def {name}(self):\n        pass") for name in _OPEN_METHODS)
    yield "restricted", "x__roles__ = 1"
    yield "async", "async def f():\n    pass"
    yield "async", "x = 1\nawait x"
    yield "set", "x = {n for n in [1]}"
    yield "statement", "try:\n    x = 1\nexcept* ValueError:\n    x = 2"
    yield "source-size", f"x = [{'1,' * 110_000}]"


if __name__ == "__main__":
    weaken(sys.argv[1])
    fork_server.main()

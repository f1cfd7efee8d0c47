"""The rules of the dialect: what each refuses, and what to write instead; docs/reference/dialect.md is made of it."""

from __future__ import annotations

import re
from typing import NamedTuple


class Rule(NamedTuple):
    """Why something is refused, and the allowed alternative."""

    message: str
    hint: str


RULES: dict[str, Rule] = {
    "source-text": Rule(
        "the source is not plain UTF-8 text", "save it as UTF-8 without control or bidirectional characters"
    ),
    "source-size": Rule("the source is too large", "split it over the roles, or move tables into arguments"),
    "syntax": Rule("this is not Python", "correct the line"),
    "newer-syntax": Rule("only newer versions of Python can read this", "write it as Python 3.11 has it"),
    "nesting": Rule("loops, `try` and comprehensions nest too deep", "put the inner ones into a function of their own"),
    "statement": Rule(
        "this construct is not part of the dialect", "use functions, generators, simple classes and plain data"
    ),
    "async": Rule("there is no event loop", "yield a request: the host answers it"),
    "with": Rule(
        "there are no context managers", "call what you need in order; a bundle holds nothing that needs closing"
    ),
    "import": Rule("only the host's interface can be imported", "write `from semper_host.api_v1 import NAME, ...`"),
    "float": Rule("floats and complex numbers are inexact", "use whole numbers of minor units, and Money"),
    "true-division": Rule("`/` makes floats", "use `//`, divmod or Money.share"),
    "matrix-product": Rule("`@` is not defined on plain data", "write the sum out"),
    "augmented-operator": Rule("`%=` and `**=` work on plain names only", "write `x.a = x.a % n`"),
    "bare-except": Rule(
        "a bare `except` would swallow the end of memory or recursion", "name the error: `except ValueError:`"
    ),
    "except-name": Rule(
        "what `except` catches must be named directly", "name ValueError, KeyError, ... or your own class"
    ),
    "finally": Rule(
        "`finally` could swallow the end of memory or recursion", "put the cleanup after the try statement"
    ),
    "underscore-name": Rule("names that begin with an underscore belong to the host", "choose a name without it"),
    "look-alike-name": Rule("names are plain ASCII", "write the name with the letters a to z"),
    "reserved-name": Rule("this name has a fixed meaning", "choose another name"),
    "unknown-name": Rule("this name is not defined", "define it, or use one of the dialect's builtins"),
    "underscore-attribute": Rule(
        "attributes that begin with an underscore are the interpreter's", "use the public fields"
    ),
    "attribute": Rule(
        "this attribute formats, introspects or reaches the interpreter", "use f-strings and the public fields"
    ),
    "view": Rule("a dictionary's views act as sets", "call `.keys()` or `.items()` directly: they return lists"),
    "set": Rule("the order of a set is not defined", "use a dict or a sorted list; `x in {1, 2}` is fine"),
    "class-keyword": Rule("classes take no keywords", "write `class Name:` or `class Name(Base):`"),
    "class-base": Rule("a class extends your own class or an error", "name a class of this module, or ValueError"),
    "class-decorator": Rule("the one class decorator is `record`", "write `@record` above the class"),
    "record-body": Rule("a record holds annotated fields, then functions", "write `name: int` or `name: int = 0`"),
    "special-method": Rule(
        "this special method is the interpreter's", "define __init__, __eq__, __lt__ or a plain method"
    ),
    "type-parameter": Rule(
        "type parameters are not part of the dialect", "leave them out: annotations are not evaluated"
    ),
    "format-width": Rule(
        "a format is a literal of small width for text or whole numbers", 'write f"{n:>12d}" or f"{n:02x}"'
    ),
    "match-class": Rule(
        "class patterns read attributes by position", "match values, lists or dicts, or use isinstance"
    ),
    "keyword-name": Rule("this keyword argument begins with an underscore", "use the public parameter names"),
    "restricted": Rule("RestrictedPython refuses this", "write it in plainer Python"),
}

_NODES = """
    Module Expr FunctionDef Lambda arguments arg Return Yield YieldFrom ClassDef Assign AugAssign AnnAssign Delete
    For While If Break Continue Pass Raise Assert Try ExceptHandler Import ImportFrom alias Global Nonlocal
    BoolOp And Or NamedExpr BinOp UnaryOp UAdd USub Not Invert Add Sub Mult FloorDiv Mod Pow LShift RShift BitOr BitXor
    BitAnd Div MatMult IfExp Dict Set List Tuple ListComp DictComp GeneratorExp comprehension Compare Eq NotEq Lt LtE Gt
    GtE Is IsNot In NotIn Call keyword FormattedValue JoinedStr Constant Attribute Subscript Slice Starred Name Load
    Store Del Match match_case MatchValue MatchSingleton MatchSequence MatchMapping MatchStar MatchAs MatchOr
    withitem"""
NODES: frozenset[str] = frozenset(_NODES.split())
"""Every kind of syntax node that the dialect knows; what a newer Python adds is refused until it is reviewed."""

SPECIAL_NODES = {
    "AsyncFunctionDef": "async", "AsyncFor": "async", "AsyncWith": "async", "Await": "async", "With": "with",
    "SetComp": "set", "MatchClass": "match-class", "TypeAlias": "type-parameter",
    "TypeVar": "type-parameter", "ParamSpec": "type-parameter", "TypeVarTuple": "type-parameter",
}  # fmt: skip
"""Nodes outside the dialect that have a rule of their own."""

_ATTRIBUTES = """format format_map mro obj args add_note with_traceback throw maketrans translate
    fget fset fdel getter setter deleter"""
ATTRIBUTES: frozenset[str] = frozenset(_ATTRIBUTES.split())
"""Attribute names that format, introspect, or throw into generators."""
ATTRIBUTE_PREFIXES = ("gi_", "cr_", "ag_", "tb_", "f_", "co_", "func_", "im_")
"""Prefixes of the names by which generators, frames, tracebacks, code and functions are inspected."""
VIEWS = ("keys", "items")
"""Dictionary methods whose results act as sets; rewritten to lists."""

SPECIAL_METHODS = frozenset(["__init__", "__contains__", "__lt__", "__le__", "__eq__", "__ne__", "__gt__", "__ge__"])
ERRORS = (
    "ArithmeticError", "AssertionError", "AttributeError", "IndexError", "KeyError", "LookupError", "NameError",
    "OverflowError", "StopIteration", "TypeError", "UnicodeError", "ValueError", "ZeroDivisionError",
)  # fmt: skip
"""The errors that bundles may raise, catch and extend. None is above MemoryError, RecursionError or SystemError."""
FUNCTIONS = (
    "abs", "all", "any", "bin", "bool", "bytearray", "bytes", "chr", "dict", "divmod", "enumerate", "filter", "hex",
    "int", "isinstance", "issubclass", "iter", "len", "list", "map", "max", "min", "next", "oct", "ord",
    "range", "reversed", "sorted", "sum", "tuple", "zip",
)  # fmt: skip
"""Python's own builtins that bundles get unchanged; `str` and `record` are the dialect's."""
BUILTINS = frozenset(["str", "record", *FUNCTIONS, *ERRORS])
"""All names that a bundle finds."""
RESERVED = BUILTINS | {"print", "printed", "builtins", "breakpoint"}
"""Names that a bundle may not bind."""

FORMAT = re.compile(r"([^{}]?[<>=^])?[+\- ]?#?0?(\d{1,3})?[,_]?(\.\d{1,3})?[dxXbos]?")
"""A format specification that cannot make a float, and cannot make much text."""
MAX_NODES = 100_000
MAX_BLOCKS = 16
"""How deep loops, `try`, `except` and comprehensions may nest: every Python from 3.11 compiles 20."""

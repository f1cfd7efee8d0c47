"""Check a module's syntax tree against the dialect's rules, node by node, without changing or running anything."""

from __future__ import annotations

import ast
import io
import re
import tokenize
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from semper_host import api_v1
from semper_host.confinement import dialect_rules as rules
from semper_host.confinement.dialect_fields import fields

API = "semper_host.api_v1"
_VISIBLE = re.compile(r"[\t\n -~]*")
"""Text that a reader sees as it is: most sources are, and need no look at every character's category."""


_HARMLESS: frozenset[type[ast.AST]] = frozenset(
    {
        ast.Load, ast.Store, ast.Del, ast.arguments, ast.Expr, ast.Return, ast.Call, ast.Add, ast.Sub, ast.Compare,
        ast.BoolOp, ast.And, ast.Or, ast.Eq, ast.Lt, ast.Gt, ast.If, ast.For, ast.List, ast.Tuple, ast.Dict, ast.Assign,
        ast.Subscript, ast.Slice, ast.Yield, ast.JoinedStr, ast.comprehension, ast.ListComp, ast.GeneratorExp,
    }
)  # fmt: skip
"""Frequent nodes that no rule looks at: skipping them halves the time."""
_BLOCKS: frozenset[type[ast.AST]] = frozenset(
    {ast.For, ast.While, ast.Try, ast.ExceptHandler, ast.ListComp, ast.DictComp, ast.GeneratorExp}
)
"""What takes a place in the compiler's table of nested blocks."""


class Refusal(NamedTuple):
    """One place that breaks one rule; `what` names the offending thing."""

    line: int
    rule: str
    what: str


def check_text(source: bytes) -> tuple[str, list[Refusal]]:
    """Return the text of `source`, and where it holds what a reader would not see."""
    try:
        text = source.decode("utf-8")
    except UnicodeDecodeError:
        return "", [Refusal(1, "source-text", "")]
    if _VISIBLE.fullmatch(text):
        return text, []
    hidden = [
        Refusal(number, "source-text", f"character U+{ord(character):04X}")
        for number, line in enumerate(text.split("\n"), 1)
        for character in line
        if character != "\t" and unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
    ]
    return text, hidden


def check_names_in_text(text: str) -> list[Refusal]:
    """Return the names that are not ASCII: the parser normalises them (NFKC), so the tree no longer shows them."""
    if text.isascii():
        return []
    found = []
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NAME and not token.string.isascii():
            found.append(Refusal(token.start[0], "look-alike-name", token.string))
        elif token.type == tokenize.STRING:  # before Python 3.12 an f-string is one token
            within = [each for field in fields(token.string) for each in check_names_in_text(f"({field})")]
            found += [each._replace(line=token.start[0]) for each in within]
    return found


def check_tree(tree: ast.Module) -> list[Refusal]:
    """Return every place of the tree that the dialect refuses."""
    found: list[Refusal] = []
    nodes = list(ast.walk(tree))
    if len(nodes) > rules.MAX_NODES:
        return [Refusal(1, "source-size", f"more than {rules.MAX_NODES} syntax nodes")]
    allowed_sets = _membership_sets(nodes)
    called = {id(node.func) for node in nodes if isinstance(node, ast.Call) and not (node.args or node.keywords)}
    methods = {id(each) for node in nodes if isinstance(node, ast.ClassDef) for each in node.body}
    for node in nodes:
        if type(node) not in _HARMLESS:
            line = getattr(node, "lineno", 0)
            found += [Refusal(line, rule, what) for rule, what in _check(node, allowed_sets, called, methods)]
    found += _unknown_names(nodes)
    found += _nested_too_deep(tree, nodes)
    return sorted(set(found))


def _nested_too_deep(tree: ast.Module, nodes: list[ast.AST]) -> Iterator[Refusal]:
    """Refuse blocks in blocks where compilers end: 3.11 takes any comprehension, 3.12 crashes at the 21st within each
    other, 3.14 calls it an error of syntax.
    """
    if sum(type(node) in _BLOCKS for node in nodes) <= rules.MAX_BLOCKS:
        return
    inside: list[tuple[ast.AST, int]] = [(tree, 0)]
    while inside:
        node, depth = inside.pop()
        if type(node) in _BLOCKS:
            depth += 1
            if depth > rules.MAX_BLOCKS:
                yield Refusal(getattr(node, "lineno", 0), "nesting", type(node).__name__)
                continue
        inside += [(child, depth) for child in ast.iter_child_nodes(node)]


def _check(node: ast.AST, allowed_sets: set[int], called: set[int], methods: set[int]) -> Iterator[tuple[str, str]]:
    kind = type(node).__name__
    if kind not in rules.NODES:
        yield rules.SPECIAL_NODES.get(kind, "statement"), kind
        return
    for name in _bound_names(node):
        special = id(node) in methods and name in rules.SPECIAL_METHODS
        yield from () if special else _check_name(name, is_method=id(node) in methods)
    match node:
        case ast.Name():
            yield from _check_read(node.id)
        case ast.Attribute():
            yield from _check_attribute(node.attr, is_view_call=id(node) in called)
        case ast.Set() if id(node) not in allowed_sets:
            yield "set", ""
        case ast.Constant() if not isinstance(node.value, str | int | bytes | None):
            yield "float" if isinstance(node.value, float | complex) else "statement", repr(node.value)
        case ast.ImportFrom() | ast.Import():
            yield from _check_import(node)
        case ast.keyword(arg=str(name)) if name.startswith("_"):
            yield "keyword-name", name
        case ast.FormattedValue():
            yield from _check_format(node)
        case _:
            yield from _check_statement(node)


def _check_statement(node: ast.AST) -> Iterator[tuple[str, str]]:
    match node:
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            yield "true-division", ""
        case ast.BinOp(op=ast.MatMult()) | ast.AugAssign(op=ast.MatMult()):
            yield "matrix-product", ""
        case ast.AugAssign(op=ast.Mod() | ast.Pow(), target=ast.Attribute() | ast.Subscript()):
            yield "augmented-operator", ""
        case ast.Try(finalbody=[_, *_]):
            yield "finally", ""
        case ast.ExceptHandler(type=None):
            yield "bare-except", ""
        case ast.ExceptHandler(type=ast.expr() as caught):
            for each in caught.elts if isinstance(caught, ast.Tuple) else [caught]:
                if not isinstance(each, ast.Name):
                    yield "except-name", ""
        case ast.ClassDef():
            yield from _check_class(node)
        case ast.FunctionDef() if getattr(node, "type_params", []):
            yield "type-parameter", node.name


def _bound_names(node: ast.AST) -> Iterator[str]:
    """Yield each name that `node` itself binds or declares."""
    match node:
        case ast.Name(ctx=ast.Store() | ast.Del()):
            yield node.id
        case ast.FunctionDef() | ast.ClassDef():
            yield node.name
        case ast.arg():
            yield node.arg
        case ast.alias():
            yield node.asname or node.name.split(".")[0]
        case ast.Global() | ast.Nonlocal():
            yield from node.names
        case ast.ExceptHandler(name=str(name)) | ast.MatchAs(name=str(name)) | ast.MatchStar(name=str(name)):
            yield name
        case ast.MatchMapping(rest=str(name)):
            yield name


def _check_name(name: str, *, is_method: bool = False) -> Iterator[tuple[str, str]]:
    if name.startswith("__") and is_method:
        yield "special-method", name
    elif name.startswith("_") and name != "_":
        yield "underscore-name", name
    elif name in rules.RESERVED and not is_method:
        yield "reserved-name", name


def _check_read(name: str) -> Iterator[tuple[str, str]]:
    if name.startswith("_") and name != "_":
        yield "underscore-name", name


def _check_attribute(name: str, *, is_view_call: bool) -> Iterator[tuple[str, str]]:
    if name.startswith("_"):
        yield "underscore-attribute", name
    elif name in rules.ATTRIBUTES or name.startswith(rules.ATTRIBUTE_PREFIXES):
        yield "attribute", name
    elif name in rules.VIEWS and not is_view_call:
        yield "view", name


def _check_import(node: ast.ImportFrom | ast.Import) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.ImportFrom) and node.level == 0:
        if node.module == "__future__" and [alias.name for alias in node.names] == ["annotations"]:
            return
        unknown = [alias.name for alias in node.names if alias.name not in api_v1.__all__]
        if node.module == API and not unknown:
            return
        yield "import", f"{node.module}: {', '.join(unknown)}"
    else:
        yield "import", ", ".join(alias.name for alias in node.names)


def _check_format(node: ast.FormattedValue) -> Iterator[tuple[str, str]]:
    spec = node.format_spec
    if spec is None:
        return
    parts = spec.values if isinstance(spec, ast.JoinedStr) else [spec]
    text = "".join(str(part.value) if isinstance(part, ast.Constant) else "{" for part in parts)
    if not rules.FORMAT.fullmatch(text):
        yield "format-width", text


def _check_class(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    if node.keywords:
        yield "class-keyword", node.name
    if getattr(node, "type_params", []):
        yield "type-parameter", node.name
    if any(not isinstance(base, ast.Name) for base in node.bases):
        yield "class-base", node.name
    is_record = [isinstance(each, ast.Name) and each.id == "record" for each in node.decorator_list]
    if not all(is_record) or len(is_record) > 1:
        yield "class-decorator", node.name
    if is_record:
        yield from _check_record(node)


def _check_record(node: ast.ClassDef) -> Iterator[tuple[str, str]]:
    for each in node.body:
        is_field = isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name)
        is_text = isinstance(each, ast.Expr) and isinstance(each.value, ast.Constant)
        if not (is_field or is_text or isinstance(each, ast.FunctionDef | ast.Pass)):
            yield "record-body", node.name
    if node.bases:
        yield "class-base", node.name


def _membership_sets(nodes: list[ast.AST]) -> set[int]:
    """Return the set displays that end a comparison with `in`: they are only looked into, never iterated.

    Further left in a chain (`x in {1, 2} == y`) the next operator would hand the set to its other side's `__eq__`.
    """
    return {
        id(node.comparators[-1])
        for node in nodes
        if isinstance(node, ast.Compare)
        and isinstance(node.ops[-1], ast.In | ast.NotIn)
        and isinstance(node.comparators[-1], ast.Set)
    }


def _unknown_names(nodes: list[ast.AST]) -> Iterator[Refusal]:
    known = (
        {name for node in nodes if type(node) not in _HARMLESS for name in _bound_names(node)} | rules.BUILTINS | {"_"}
    )
    for node in nodes:
        if isinstance(node, ast.Name) and node.id not in known and not node.id.startswith("_"):
            yield Refusal(node.lineno, "unknown-name", node.id)

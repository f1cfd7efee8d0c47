"""The dialect: RestrictedPython with our policy. The fence inside the wall; runs only in locked workers.

Two readers must agree before anything is compiled: our own check against an allow-list of syntax (dialect_check),
and RestrictedPython's transformer. Names and attributes are literals in Python, so attributes are judged at
compile time and cost nothing at run time; operators and conversions whose danger depends on values are guarded.
"""

from __future__ import annotations

import ast
import types
from typing import Any

from RestrictedPython.transformer import RestrictingNodeTransformer

from semper_host.confinement import dialect_check, dialect_newer, dialect_rules, dialect_runtime
from semper_host.confinement.source import DIALECT, MAX_MODULE, Finding

FILE_MARK = "\ud800"
"""Begins the file name of a bundle's code. No file can have it: at a syntax error Python would read the file."""
MAX_FINDINGS = 50
_MAX_WHAT = 80


class DialectRefused(Exception):
    """The source is not in the dialect; `findings` say where and what to write instead."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(f"{len(findings)} findings")
        self.findings = findings[:MAX_FINDINGS]


def load(source: bytes, filename: str) -> dict[str, Any]:
    """Compile and run a module; return its names. Raises DialectRefused, and whatever the module raises."""
    findings, code = _read(source, filename)
    if findings or code is None:
        raise DialectRefused(findings)
    space = dialect_runtime.fresh_space()
    exec(code, space)
    return space


def lint(source: bytes, filename: str) -> list[Finding]:
    """Return every refusal of the source, in order of lines. It compiles: for locked workers only."""
    return _read(source, filename)[0]


def prepare() -> None:
    """Compile a small module of every construct, so that whatever Python loads lazily is loaded."""
    load(dialect_runtime.REHEARSAL, "rehearsal.py")


def _read(source: bytes, filename: str) -> tuple[list[Finding], types.CodeType | None]:
    """Return what is refused, or the compiled module."""
    if len(source) > MAX_MODULE:
        return [_finding(filename, dialect_check.Refusal(1, "source-size", f"{len(source)} bytes"))], None
    text, hidden = dialect_check.check_text(source)
    if hidden:
        return [_finding(filename, each) for each in hidden[:MAX_FINDINGS]], None
    try:
        tree = ast.parse(text, FILE_MARK + filename, feature_version=dialect_newer.KNOWN)
        found = dialect_check.check_names_in_text(text) + dialect_newer.check_newer(tree, text)
        found += dialect_check.check_tree(_without_annotations(tree))
        if not found:
            transformer = _Transformer()
            changed = transformer.visit(tree)
            found = transformer.refusals
        if not found:
            return [], compile(changed, FILE_MARK + filename, "exec", dont_inherit=True)
    except SyntaxError as error:
        rule = "newer-syntax" if dialect_newer.GATED in error.msg else "syntax"
        found = [dialect_check.Refusal(error.lineno or 1, rule, error.msg)]
    return [_finding(filename, each) for each in sorted(found)], None


def _without_annotations(tree: ast.Module) -> ast.Module:
    """Drop what is for people and type checkers: annotations are not evaluated, so they may name anything."""
    for node in ast.walk(tree):
        if isinstance(node, ast.arg):
            node.annotation = None
        elif isinstance(node, ast.FunctionDef):
            node.returns = None
        elif isinstance(node, ast.AnnAssign):
            node.annotation = ast.copy_location(ast.Constant(value=None), node.annotation)
    return tree


def _finding(filename: str, refusal: dialect_check.Refusal) -> Finding:
    rule = dialect_rules.RULES[refusal.rule]
    what = f" ({refusal.what[:_MAX_WHAT]})" if refusal.what else ""
    return Finding(filename, refusal.line, refusal.rule, rule.message + what, rule.hint)


def _guard(name: str, like: ast.expr, *arguments: ast.expr) -> ast.expr:
    """Return the call of the guard `name`, which a bundle can't bind because it begins with an underscore."""
    call = ast.Call(func=ast.Name(id=name, ctx=ast.Load()), args=list(arguments), keywords=[])
    return ast.fix_missing_locations(ast.copy_location(call, like))


class _Transformer(RestrictingNodeTransformer):
    """RestrictedPython's transformer, with guards only where a value decides, and what it lacks of our dialect."""

    def __init__(self) -> None:
        super().__init__()
        self.refusals: list[dialect_check.Refusal] = []

    def error(self, node: ast.AST, info: str) -> None:
        self.refusals.append(dialect_check.Refusal(getattr(node, "lineno", 0), "restricted", info))

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        writes = not isinstance(node.ctx, ast.Load)
        context, node.ctx = node.ctx, ast.Load()
        checked = super().visit_Attribute(node)  # its refusals; its guarded copy is thrown away
        assert isinstance(checked, ast.Call)
        value = checked.args[0]
        result = ast.Attribute(value=_guard("_write_", value, value) if writes else value, attr=node.attr, ctx=context)
        return ast.copy_location(result, node)

    def visit_Call(self, node: ast.Call) -> ast.AST:
        node = self.node_contents_visit(node)
        function = node.func
        if isinstance(function, ast.Attribute) and function.attr in dialect_rules.VIEWS:
            return _guard(f"_{function.attr}_", node, function.value)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        node = self.node_contents_visit(node)
        name = _OPERATOR_GUARDS.get(type(node.op))
        return _guard(name, node, node.left, node.right) if name else node

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        node = self.node_contents_visit(node)
        name = _OPERATOR_GUARDS.get(type(node.op))
        if name is None or not isinstance(node.target, ast.Name):
            return node
        current = ast.copy_location(ast.Name(id=node.target.id, ctx=ast.Load()), node)
        value = _guard(name, node.value, current, node.value)
        return ast.copy_location(ast.Assign(targets=[node.target], value=value), node)

    def visit_FormattedValue(self, node: ast.FormattedValue) -> ast.AST:
        node = self.node_contents_visit(node)
        guard = "_text_" if node.conversion in (-1, ord("s")) else "_repr_"
        if node.format_spec is not None and node.conversion == -1:
            guard = "_plain_"
        node.value, node.conversion = _guard(guard, node.value, node.value), -1
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        target = self.visit(node.target)
        if node.value is None:
            return ast.copy_location(ast.Pass(), node)
        return ast.copy_location(ast.Assign(targets=[target], value=self.visit(node.value)), node)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        fields = _record_fields(node) if node.decorator_list else None
        if fields is not None:
            node.body = [each for each in node.body if not isinstance(each, ast.AnnAssign)] or [ast.Pass()]
            node.decorator_list = []
        result = super().visit_ClassDef(node)
        assert isinstance(result, ast.ClassDef)
        if fields is not None:
            result.decorator_list = [_guard("_record_", fields, self.visit(fields))]
        return ast.fix_missing_locations(ast.copy_location(result, node))

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.AST | None:
        if node.module == "__future__":
            return ast.copy_location(ast.Pass(), node)
        result = super().visit_ImportFrom(node)
        assert isinstance(result, ast.AST)
        return result

    def guard_iter(self, node: Any) -> Any:
        """No object of the dialect is dangerous to iterate: sets cannot be made, and views are lists."""
        return self.node_contents_visit(node)

    def _contents(self, node: ast.AST) -> ast.AST:
        return self.node_contents_visit(node)

    visit_Assign = visit_Subscript = visit_Nonlocal = visit_Match = visit_match_case = _contents
    visit_MatchValue = visit_MatchSingleton = visit_MatchSequence = visit_MatchMapping = _contents
    visit_MatchStar = visit_MatchAs = visit_MatchOr = _contents


_OPERATOR_GUARDS: dict[type[ast.operator], str] = {ast.Mod: "_mod_", ast.Pow: "_pow_"}


def _record_fields(node: ast.ClassDef) -> ast.Tuple:
    """Return the display of (name, default...) pairs that `_record_` takes."""
    pairs: list[ast.expr] = []
    for each in node.body:
        if isinstance(each, ast.AnnAssign) and isinstance(each.target, ast.Name):
            name: list[ast.expr] = [ast.Constant(value=each.target.id)]
            pairs.append(ast.Tuple(elts=name + ([each.value] if each.value else []), ctx=ast.Load()))
    return ast.fix_missing_locations(ast.copy_location(ast.Tuple(elts=pairs, ctx=ast.Load()), node))


__all__ = ["DIALECT", "FILE_MARK", "MAX_FINDINGS", "DialectRefused", "lint", "load", "prepare"]

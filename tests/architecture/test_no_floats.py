"""No float enters where money, evidence or bundles are: not as a literal, a name, or by true division."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

FOLDERS = ("semper_host/model", "semper_host/admission", "semper_host/exchange", "semper_host/commerce", "plugins")


def test_no_float_in_the_exact_parts(sources: Any) -> None:
    found = [f"{path}:{line}: {what}" for path, tree in sources.under(*FOLDERS) for line, what in floats(tree)]
    assert not found


def test_the_check_sees_each_kind_of_float() -> None:
    text = "a = 1.5\nb = 1 / 2\nb /= 2\nc: float\nd = 2j\ne = 3 // 2\nf = '1.5'\n"
    assert sorted(line for line, _ in floats(ast.parse(text))) == [1, 2, 3, 4, 5]


def floats(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and kind of whatever is, names or makes a float."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield node.lineno, f"literal {node.value}"
        elif isinstance(node, ast.Name) and node.id in ("float", "complex"):
            yield node.lineno, f"the name {node.id}"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield node.lineno, "true division"

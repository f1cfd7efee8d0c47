"""Pure cores touch nothing outside: no sockets, clocks, randomness, file system, processes or event loop."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

FOLDERS = (
    "semper_host/model",
    "semper_host/api_v1",
    "semper_host/admission",
    "semper_host/exchange",
    "semper_host/commerce",
)
OUTSIDE = {
    "asyncio", "ctypes", "datetime", "fcntl", "glob", "io", "multiprocessing", "os", "pathlib", "random", "secrets",
    "select", "selectors", "shutil", "signal", "socket", "sqlite3", "ssl", "subprocess", "sys", "tempfile",
    "threading", "time", "urllib", "uuid",
}  # fmt: skip
# In-memory byte streams, fixed names, and calendar arithmetic on given times: what remains of these modules is pure.
ALLOWED = {"io": {"BytesIO", "StringIO"}, "datetime": {"date", "timedelta"}, "pathlib": {"PurePosixPath"}}
CALLS = {"open", "input", "print", "eval", "exec", "compile", "breakpoint", "__import__"}


def test_pure_modules_import_nothing_of_the_outside(sources: Any) -> None:
    found = [f"{path}:{line}: {what}" for path, tree in sources.under(*FOLDERS) for line, what in impurities(tree)]
    assert not found


def test_the_check_sees_each_way_out() -> None:
    text = "import os.path\nfrom time import time\nfrom io import BytesIO\nopen('x')\nfrom . import time\nimport hmac\n"
    assert sorted(line for line, _ in impurities(ast.parse(text))) == [1, 2, 4]


def impurities(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Yield the line and name of every import of an outside module and every call that reaches outside."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, each.name) for each in node.names if each.name.partition(".")[0] in OUTSIDE)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            module = str(node.module).partition(".")[0]
            if module in OUTSIDE and not {each.name for each in node.names} <= ALLOWED.get(module, set()):
                yield node.lineno, module
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            yield node.lineno, f"{node.func.id}()"

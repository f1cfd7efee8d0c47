"""Reference pages say what the code says: error codes and hooks are documented, and every code used is in the table."""

from __future__ import annotations

import ast
import importlib.util
from types import ModuleType
from typing import Any

import pytest

from semper_host.model.error_codes import CODES

FAMILIES = {
    "SemperError", "UserDeclined", "UsageError", "AdmissionRefused", "CapabilityRefused", "BundleMisbehaved",
    "PeerDeviated", "Unavailable", "MalformedEncoding", "DisplayRefused",
}  # fmt: skip


@pytest.fixture(scope="module")
def generator(sources: Any) -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", sources.root / "docs" / "generate.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_what_the_generator_writes(generator: ModuleType) -> None:
    made = generator.pages().items()
    stale = [str(path) for path, text in made if not path.exists() or path.read_text("utf-8") != text]
    assert not stale, "run `make docs`"


def test_every_error_code_is_documented(sources: Any) -> None:
    page = (sources.root / "docs/reference/errors.md").read_text("utf-8")
    assert not [code for code in CODES if f"| `{code}` |" not in page]


def test_every_error_code_says_what_to_do() -> None:
    assert not [code for code, row in CODES.items() if len(row.remedy) < 15 or not row.remedy.endswith(".")]


def test_every_hook_is_documented_with_its_exact_signature(sources: Any, generator: ModuleType) -> None:
    specs, page = generator.HOOKSPECS, sources.root / "docs/reference/hooks.md"
    hooks = generator.hook_functions(specs.read_text("utf-8")) if specs.exists() else []
    undocumented = [hook.name for hook in hooks if generator.signature(hook) not in page.read_text("utf-8")]
    assert not undocumented
    assert not [hook.name for hook in hooks if not ast.get_docstring(hook)], "a hook without a docstring"


def test_every_code_that_is_raised_is_in_the_table(sources: Any) -> None:
    unknown = []
    for path, tree in sources.under("semper_host", "service_repo", "plugins/trusted_io"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and _called(node) in FAMILIES:
                first = node.args[0]
                if isinstance(first, ast.Constant) and first.value not in CODES:
                    unknown.append(f"{path}:{node.lineno}: {first.value!r}")
    assert not unknown


def test_messages_of_errors_begin_with_cannot(sources: Any) -> None:
    wrong = []
    for path, tree in sources.under("semper_host", "service_repo", "plugins/trusted_io"):
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and len(node.args) >= 2 and _called(node) in FAMILIES:
                text = _opening(node.args[1])
                if text is not None and not text.startswith("cannot "):
                    wrong.append(f"{path}:{node.lineno}: {text!r}")
    assert not wrong


def _called(node: ast.Call) -> str:
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def _opening(node: ast.expr) -> str | None:
    """Return the literal beginning of a message, None where it is computed."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr) and isinstance(node.values[0], ast.Constant):
        opening = node.values[0].value
        return opening if isinstance(opening, str) else None
    return None

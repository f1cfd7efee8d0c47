"""Writes the reference pages that are made from the code: docs/reference/errors.md, hooks.md, terms.schema.json.

`python docs/generate.py` writes them; tests/architecture/test_documented.py fails while they differ.
"""

from __future__ import annotations

import ast
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOOKSPECS = ROOT / "semper_host" / "registry" / "hookspecs.py"
MARK = "<!-- Made by docs/generate.py from {source}; change it there. -->\n\n"

BLAMED = {
    "user": "You",
    "authority": "The evaluating or registration authority",
    "publisher": "The bundle's publisher",
    "bundle": "The bundle",
    "peer": "The other side",
    "repository": "The repository",
    "host": "This host",
    "network": "The network",
}


def pages() -> dict[Path, str]:
    """Return every generated page: its path and the text it must hold."""
    reference = ROOT / "docs" / "reference"
    from semper_host.commerce.terms_schema import schema_text

    made = {reference / "errors.md": errors_page(), reference / "terms.schema.json": schema_text()}
    if HOOKSPECS.exists():
        made[reference / "hooks.md"] = hooks_page(HOOKSPECS.read_text("utf-8"))
    return made


def errors_page() -> str:
    """Return the page of error codes, grouped by who can act."""
    from semper_host.model.error_codes import CODES, Blame

    text = MARK.format(source="semper_host/model/error_codes.py")
    text += "# Error codes\n\nEvery refusal names one of these codes. A code keeps its meaning for good.\n"
    text += "*Again* says whether trying the same once more can help.\n"
    for blame in Blame:
        rows = {name: code for name, code in CODES.items() if code.blame is blame}
        if not rows:
            continue
        text += f"\n## {BLAMED[blame]} (`{blame}`)\n\n| code | again | what to do |\n|---|---|---|\n"
        for name, code in sorted(rows.items()):
            text += f"| `{name}` | {'yes' if code.retryable else 'no'} | {code.remedy} |\n"
    return text


def hooks_page(source: str) -> str:
    """Return the page of hooks: the exact signature and docstring of every function of hookspecs.py."""
    text = MARK.format(source="semper_host/registry/hookspecs.py")
    text += "# Hooks\n\nThe whole contract between the host and what it registers.\n"
    text += "Only host-made proxies are ever registered.\n"
    for hook in hook_functions(source):
        text += f"\n## `{hook.name}`\n\n```python\n{signature(hook)}\n```\n\n{ast.get_docstring(hook) or ''}\n"
    return text


def hook_functions(source: str) -> list[ast.FunctionDef]:
    """Return the functions (also methods) marked as hook specifications in `source`, in their order."""
    return [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and any("hookspec" in ast.unparse(mark) for mark in node.decorator_list)
    ]


def signature(function: ast.FunctionDef) -> str:
    """Return `def name(...) -> ...:` as one line."""
    result = f" -> {ast.unparse(function.returns)}" if function.returns else ""
    return f"def {function.name}({ast.unparse(function.args)}){result}"


def main() -> None:
    """Write every page that differs."""
    for path, text in pages().items():
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
            print(f"wrote {path.relative_to(ROOT)}")


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    main()

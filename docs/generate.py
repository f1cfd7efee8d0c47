"""Writes the reference pages that are made from the code: cli.md, dialect.md, errors.md, hooks.md, two schemas.

`python docs/generate.py` writes them; tests/architecture/test_documented.py fails while they differ.
"""

from __future__ import annotations

import ast
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

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
    from docs.confinement_pages import dialect_page, walls_page
    from semper_host.commerce.terms_schema import schema_text
    from semper_host.host.report import schema as report_schema

    made = {
        reference / "cli.md": commands_page(),
        reference / "dialect.md": dialect_page(),
        reference / "errors.md": errors_page(),
        reference / "evaluation-report.schema.json": json.dumps(report_schema(), indent=2) + "\n",
        reference / "terms.schema.json": schema_text(),
    }
    made |= {reference / "dialect.md": dialect_page(), reference / "walls.md": walls_page()}
    if HOOKSPECS.exists():
        made[reference / "hooks.md"] = hooks_page(HOOKSPECS.read_text("utf-8"))
    return made


def errors_page() -> str:
    """Return the page of error codes, grouped by who can act."""
    from semper_host.model.error_codes import CODES, Blame, stage_of

    text = MARK.format(source="semper_host/model/error_codes.py")
    text += "# Error codes\n\nEvery refusal names one of these codes. A code keeps its meaning for good.\n"
    text += "*Stage* says how far a bundle got; *again* whether trying the same once more can help.\n"
    for blame in Blame:
        rows = {name: code for name, code in CODES.items() if code.blame is blame}
        if not rows:
            continue
        text += f"\n## {BLAMED[blame]} (`{blame}`)\n\n| code | stage | again | what to do |\n|---|---|---|---|\n"
        for name, code in sorted(rows.items()):
            again = "yes" if code.retryable else "no"
            text += f"| `{name}` | {stage_of(name)} | {again} | {code.remedy} |\n"
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


def commands_page() -> str:
    """Return the page of commands: what `--help` says of each, with its arguments and options."""
    from typer.main import get_command

    from semper_host.cli.lazy import load
    from semper_host.cli.program import Commands, app

    text = MARK.format(source="semper_host/cli/") + "# Commands\n\n"
    text += "`semper [--home DIR] NOUN VERB`. Exit codes: 0 done, 1 refused or dissatisfied, 2 wrong usage,\n"
    text += "3 unavailable, try again. `--json` prints amounts in minor units. Every command has `--help`.\n\n"
    text += "For all commands, before the noun:\n\n" + _parameters(get_command(app))
    for name, later in Commands.later.items():
        loaded = load(name, later)
        verbs: dict[str, Any] = getattr(loaded, "commands", {})
        verbs |= {verb: load(verb, late) for verb, late in getattr(loaded, "later", {}).items()}
        text += f"\n## `semper {name}`\n\n{_prose(loaded.help)}\n"
        text += "" if verbs or not loaded.params else "\n" + _parameters(loaded)
        for verb, command in verbs.items():
            text += f"\n### `semper {name} {verb}{_arguments(command)}`\n\n{_prose(command.help)}\n"
            text += f"\n{_parameters(command)}" if command.params else ""
    return text


def _prose(text: str | None) -> str:
    return "\n\n".join(" ".join(part.split()) for part in (text or "").split("\n\n"))


def _arguments(command: Any) -> str:
    found = [each for each in command.params if each.param_type_name == "argument"]
    names = [each.name.upper() + ("…" if each.nargs == -1 else "") for each in found]
    return "".join(f" {name}" if each.required else f" [{name}]" for each, name in zip(found, names, strict=True))


def _parameters(command: Any) -> str:
    """Return the table of a command's arguments and options."""
    shown = [each for each in command.params if not each.hidden and not each.name.endswith("_completion")]
    rows = "".join(f"| {_named(each)} | {_told(each)} |\n" for each in shown)
    return f"| | |\n|---|---|\n{rows}" if rows else ""


def _named(each: Any) -> str:
    if each.param_type_name == "argument":
        return f"`{each.name.upper()}`"
    value = "" if each.is_flag else f" {each.name.upper()}"
    return ", ".join(f"`{option}{value}`" for option in (*each.opts, *each.secondary_opts))


def _told(each: Any) -> str:
    told = (each.help or "").strip().replace("|", "\\|")
    notes = ["required"] if each.required else []
    if getattr(each, "multiple", False):
        notes.append("repeatable")
    if choices := getattr(each.type, "choices", ()):
        notes.append("one of " + ", ".join(f"`{getattr(choice, 'value', choice)}`" for choice in choices))
    if each.default not in (None, False, "", ()) and "(default" not in told:
        notes.append(f"default: `{each.default}`")
    if each.envvar:
        notes.append(f"also `{each.envvar}` in the environment")
    return told + (f" ({'; '.join(notes)})" if notes else "")


def dialect_page() -> str:
    """Return the page of the dialect: what bundles may use, and every rule with what to write instead."""
    from semper_host.confinement import dialect_rules as rules
    from semper_host.confinement.source import DIALECT, MAX_MODULE

    text = MARK.format(source="semper_host/confinement/dialect_rules.py")
    text += f"# The dialect\n\nBundles are written in `{DIALECT}`, a part of Python. `semper bundle lint` checks it.\n"
    text += f"A module has at most {MAX_MODULE // 1024} KiB and imports from `semper_host.api_v1` only.\n"
    for title, names in _dialect_names(rules):
        text += f"\n**{title}**: {', '.join(f'`{name}`' for name in names)}.\n"
    text += "\n## Rules\n\n| rule | why it is refused | what to do |\n|---|---|---|\n"
    for name, rule in rules.RULES.items():
        text += f"| `{name}` | {_cell(rule.message)} | {_cell(rule.hint)} |\n"
    return text


def _dialect_names(rules: Any) -> Iterator[tuple[str, list[str]]]:
    yield "Builtins", ["str", "record", *rules.FUNCTIONS]
    yield "Errors", list(rules.ERRORS)
    yield "Special methods that a class may define", sorted(rules.SPECIAL_METHODS)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


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

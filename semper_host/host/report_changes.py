"""What changed since another version, as a section of the report's page; see `report_page`."""

from __future__ import annotations

from semper_host.host.comparing import ADDED, CHANGED, PARTS, REMOVED, Change, Comparison, TextChange
from semper_host.host.flow_picture import clean
from semper_host.host.report import BundleReport

TITLES = {
    "identity": "Which bundle it is", "rights": "What it asks for", "limits": "What a call may use",
    "steps": "How a deal goes: steps", "ends": "How a deal goes: ends", "items": "What changes hands",
    "parameters": "What an offer fills in", "risks": "Most at risk", "duration": "How long it takes",
    "legal": "What people agree to", "code": "Code and flow, line by line",
}  # fmt: skip
"""What each part of a comparison is called where people read it."""
_MARKS = {ADDED: "new", REMOVED: "gone", CHANGED: "changed"}


def changes_section(report: BundleReport) -> str:
    """Return the section, nothing where no other version was compared."""
    found = report.changes
    if found is None:
        return ""
    watch = "".join(f"<li>{clean(each)}</li>" for each in found.watch)
    listed = f'<ul class="notices">{watch}</ul>' if watch else ""
    body = "".join(_part(found, part) for part in PARTS) or "<p>Nothing changed.</p>"
    return f"<section><h2>What changed since {clean(found.old.bundle)}</h2>{listed}{body}</section>"


def _part(found: Comparison, part: str) -> str:
    changes: tuple[Change | TextChange, ...] = getattr(found, part)
    if not changes:
        return ""
    rows = "".join(f"<tr>{_row(each)}</tr>" for each in changes)
    return f'<h3 class="part">{TITLES[part]}</h3><table>{rows}</table>'


def _row(change: Change | TextChange) -> str:
    lines = change.diff if isinstance(change, TextChange) else _lines(change)
    shown = "".join(f'<span class="{_mood(line)}">{clean(line)}</span>\n' for line in lines)
    return (
        f'<td class="mark"><span class="pill {change.change}">{_MARKS[change.change]}</span></td>'
        f'<td class="what">{clean(change.name)}</td><td><pre class="lines">{shown}</pre></td>'
    )


def _lines(change: Change) -> list[str]:
    gone = [f"- {line}" for line in change.before if line not in change.after]
    come = [f"+ {line}" for line in change.after if line not in change.before]
    return [*gone, *come] or ["the same lines in another order"]


def _mood(line: str) -> str:
    """Return the class of a line of a difference."""
    if line.startswith(("---", "+++", "@@")):
        return "frame"
    return "gone" if line.startswith("-") else "come" if line.startswith("+") else "stays"

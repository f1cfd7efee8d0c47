"""The report of an evaluation as a page for people: one file of HTML, without scripts or anything from outside.

It shows exactly what the JSON says. Every word of a bundle is escaped; the policy in the page's head lets a browser
load and run nothing, should that ever fail.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime

from semper_host.commerce.durations import spoken_duration
from semper_host.host.flow_picture import clean, picture
from semper_host.host.flow_view import FlowView, RiskRow
from semper_host.host.report import BundleReport, CheckRow, LegalRow, LimitRow, RequestRow
from semper_host.host.report_changes import changes_section
from semper_host.host.report_style import STYLE

_POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
_LIMITS = {"cpu_seconds": "seconds of processor", "memory_mib": "MiB of memory", "wall_seconds": "seconds of waiting"}
_MARKS = {"passed": "✓ passed", "failed": "✗ failed", "left-out": "– left out"}


def page(report: BundleReport) -> str:
    """Return the page of a report."""
    name = report.bundle or f"bundle {report.digest[:16]}…"
    parts: tuple[Callable[[BundleReport], str], ...] = (
        _top, _notices, changes_section, _checks, _flow, _risks, _rights, _limits, _legal, _identity,
    )  # fmt: skip
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta name="referrer" content="no-referrer">'
        f"<title>Evaluation of {clean(name)}</title><style>{STYLE}</style></head><body><main>"
        f"{''.join(part(report) for part in parts)}"
        "<footer>Automatic checks say what a bundle <em>can</em> do. Whether its legal text says what its flow does,"
        " and whether people should have it, is for you to judge before you certify.</footer></main></body></html>\n"
    )


def _top(report: BundleReport) -> str:
    failed = sum(each.result == "failed" for each in report.checks)
    checked = sum(each.result != "left-out" for each in report.checks)
    verdict = ("passed", "Every automatic check passed", f"{checked} checks; people judge the rest")
    if failed:
        verdict = ("failed", "Do not certify this", f"{failed} of {checked} checks failed")
    title = report.title or report.bundle or "A bundle that cannot be read"
    under = " · ".join(clean(each) for each in (report.bundle, report.kind) if each)
    return (
        f'<header class="top"><div><div class="over">Report of an evaluation</div><h1>{clean(title)}</h1>'
        f'<p class="sub">{under}</p></div><div class="verdict {verdict[0]}"><b>{verdict[1]}</b>'
        f"<span>{verdict[2]}</span></div></header>"
    )


def _notices(report: BundleReport) -> str:
    if not report.notices:
        return ""
    return _section(
        "Look at", f'<ul class="notices">{"".join(f"<li>{clean(each)}</li>" for each in report.notices)}</ul>'
    )


def _checks(report: BundleReport) -> str:
    return _section("Checks", _table((), (_check(each) for each in report.checks)))


def _check(row: CheckRow) -> str:
    more = (
        f'<div class="soft"><span class="code">{clean(row.code)}</span> · {clean(row.remedy)}</div>' if row.code else ""
    )
    return (
        f'<td class="mark"><span class="pill {clean(row.result)}">{_MARKS[row.result]}</span></td>'
        f'<td class="what">{clean(row.name)}</td><td>{clean(row.detail)}{more}</td>'
    )


def _flow(report: BundleReport) -> str:
    if report.flow is None:
        return ""
    flow = report.flow
    said = f'<p class="soft">{clean(flow.protocol)} · {_roles(flow)}</p>'
    rows = (f"<td><b>{clean(p.name)}</b></td><td>{clean(p.kind)}</td><td>{clean(p.least)}</td><td>{clean(p.most)}</td>"
            for p in flow.parameters)  # fmt: skip
    offered = _table(("The offer fills in", "Kind", "Least", "Most"), rows) if flow.parameters else ""
    return _section("How a deal goes", f'{said}<div class="scroll">{picture(flow)}</div>{offered}')


def _roles(flow: FlowView) -> str:
    return ", ".join(clean(kind) + _required(flow, role) for role, kind in flow.roles.items())


def _required(flow: FlowView, role: str) -> str:
    wanted = flow.requires.get(role, ())
    return f" (must be {clean(', '.join(wanted))})" if wanted else ""


def _risks(report: BundleReport) -> str:
    if report.flow is None:
        return ""
    longest = spoken_duration(report.flow.longest_seconds)
    head = f'<p>A whole deal takes at most <span class="big">{clean(longest)}</span></p>'
    table = _table(("Who", "In step", "What", "At most", "Then"), (_risk(each) for each in report.flow.risks))
    return _section("What is at risk", head + (table if report.flow.risks else "<p>Nothing of value is at risk.</p>"))


def _risk(row: RiskRow) -> str:
    then = '<span class="pill lost">can be lost</span>'
    if not row.can_be_lost:
        then = f'<span class="pill held">held</span> up to {spoken_duration(row.held_seconds)}, then back or exchanged'
    most = " or ".join(row.most) or "no amount"
    return (
        f"<td><b>{clean(row.role)}</b></td><td>{clean(row.step)}</td><td>{clean(row.item)}</td>"
        f"<td>{clean(most)}</td><td>{then}</td>"
    )


def _rights(report: BundleReport) -> str:
    if not report.requests:
        return _section("What it asks for", "<p>Nothing: it computes and proposes, and touches nothing else.</p>") \
            if report.bundle else ""  # fmt: skip
    roles = report.flow.rights if report.flow else {}
    table = _table(("Right", "Means that it may", "At most", "Its reason"), (_right(each) for each in report.requests))
    lines = (f"<li><b>{clean(role)}</b> needs {clean(', '.join(can) or 'nothing')}</li>" for role, can in roles.items())
    derived = f'<p class="soft">Derived from the flow:</p><ul>{"".join(lines)}</ul>' if roles else ""
    return _section("What it asks for", table + derived)


def _right(row: RequestRow) -> str:
    bounds = [each for each in (row.most, f"{row.calls} calls a deal" if row.calls else "") if each]
    most = clean(", ".join(bounds)) or "<span class=soft>no bound</span>"
    optional = ' <span class="soft">(optional)</span>' if row.optional else ""
    return (
        f'<td><span class="code">{clean(row.capability)}</span>{optional}</td><td>{clean(row.meaning)}</td>'
        f"<td class=sum>{most}</td><td>“{clean(row.reason)}”</td>"
    )


def _limits(report: BundleReport) -> str:
    if not report.limits:
        return ""
    return _section("What one call may use", _table((), (_limit(each) for each in report.limits)))


def _limit(row: LimitRow) -> str:
    share = max(1, min(100, 100 * row.declared // row.most))
    return (
        f'<td class="what">{_LIMITS[row.name]}</td><td>{row.declared} <span class="soft">of {row.most}</span></td>'
        f'<td><div class="bar"><i style="width:{share}%"></i></div></td>'
    )


def _legal(report: BundleReport) -> str:
    if not report.legal:
        return ""
    return _section("What people agree to", f'<div class="legal">{"".join(_text(each) for each in report.legal)}</div>')


def _text(row: LegalRow) -> str:
    lines = "\n".join(clean(line) for line in row.text.splitlines())
    return (
        f'<article lang="{clean(row.locale)}"><h3>{clean(row.locale)}</h3><div class="soft code">{clean(row.file)} · '
        f"SHA-256 {clean(row.sha256[:16])}…</div><pre>{lines}</pre></article>"
    )


def _identity(report: BundleReport) -> str:
    valid = f"{report.valid_from} to {report.valid_until}" if report.valid_from else ""
    facts = (
        ("Archive, SHA-256", report.digest, True),
        ("Publisher's key", report.publisher, True),
        ("Terms valid", valid, False),
        ("Supersedes", report.supersedes, False),
        ("Depends on", ", ".join(report.depends), False),
        ("Needs host", report.min_host if report.min_host != "0.0.0" else "", False),
        ("Evaluated", _moment(report.evaluated_at), False),
        ("With", f"semper {report.host}, {report.dialect}", False),
    )
    shown = "".join(_fact(*each) for each in facts if each[1])
    rows = (
        f'<td class="code">{clean(each.name)}</td><td>{each.bytes:,} bytes</td><td class="code soft">{each.sha256}</td>'
        for each in report.files
    )
    files = _section("Files", _table((), rows)) if report.files else ""
    return _section("Which bundle this is", f'<dl class="facts">{shown}</dl>') + files


def _fact(name: str, value: str, wide: bool) -> str:
    room, form = (" class=wide", " class=code") if wide else ("", "")
    return f"<div{room}><dt>{name}</dt><dd{form}>{clean(value)}</dd></div>"


def _section(title: str, body: str) -> str:
    return f"<section><h2>{title}</h2>{body}</section>"


def _table(heads: Iterable[str], rows: Iterable[str]) -> str:
    head = "".join(f"<th>{each}</th>" for each in heads)
    top = f"<tr>{head}</tr>" if head else ""
    return f"<table>{top}{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M UTC")

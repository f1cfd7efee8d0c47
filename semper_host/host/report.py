"""The report of an evaluation: all that people and programs need to judge one bundle. The page shows this and no more.

Times are seconds since 1970; digests are hexadecimal. docs/reference/evaluation-report.schema.json is made from here.
"""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import msgspec

import semper_host
from semper_host.admission.manifest import MOST_WORK, Manifest
from semper_host.admission.rights import WORDS
from semper_host.confinement.source import DIALECT
from semper_host.host.comparing import Comparison
from semper_host.host.evaluating import Report
from semper_host.host.flow_view import FlowView, Row, view

SCHEMA = "semper.evaluation-report/1"


class CheckRow(Row, frozen=True):
    """One check: `result` is passed, failed or left-out; `code` and `remedy` stand where it failed."""

    name: str
    result: str
    detail: str
    code: str = ""
    remedy: str = ""


class RequestRow(Row, frozen=True):
    """A right that is asked for: what it means, the most money and calls a deal (null: no bound), and why."""

    capability: str
    meaning: str
    most: str | None
    calls: int | None
    optional: bool
    reason: str


class LimitRow(Row, frozen=True):
    """What one call may use, of the most that a manifest may declare."""

    name: str
    declared: int
    most: int


class FileRow(Row, frozen=True):
    """A file of the archive."""

    name: str
    bytes: int
    sha256: str


class LegalRow(Row, frozen=True):
    """The legal text in one language, whole."""

    locale: str
    file: str
    sha256: str
    text: str


class BundleReport(Row, frozen=True):
    """The report on one bundle. What could not be read is empty, and a check says why."""

    digest: str
    evaluated_at: int
    host: str
    dialect: str
    passed: bool
    checks: tuple[CheckRow, ...]
    notices: tuple[str, ...]
    bundle: str = ""
    title: str = ""
    kind: str = ""
    publisher: str = ""
    supersedes: str = ""
    min_host: str = ""
    valid_from: str = ""
    valid_until: str = ""
    depends: tuple[str, ...] = ()
    requests: tuple[RequestRow, ...] = ()
    limits: tuple[LimitRow, ...] = ()
    files: tuple[FileRow, ...] = ()
    legal: tuple[LegalRow, ...] = ()
    flow: FlowView | None = None
    changes: Comparison | None = None


def report_of(found: Report, changes: Comparison | None = None) -> BundleReport:
    """Return the report of what the checks found, and of what changed since another version if that was compared."""
    files = found.files
    common: dict[str, Any] = {
        "digest": found.digest.hex(),
        "evaluated_at": found.at,
        "host": semper_host.__version__,
        "dialect": DIALECT,
        "passed": found.passed,
        "checks": tuple(_checks(found)),
        "notices": tuple(found.notices),
        "files": tuple(FileRow(name, len(files[name]), sha256(files[name]).hexdigest()) for name in sorted(files)),
        "flow": view(found.terms) if found.terms else None,
        "changes": changes,
    }
    return BundleReport(**common, **_of_manifest(found.manifest, found)) if found.manifest else BundleReport(**common)


def plain(report: BundleReport) -> dict[str, Any]:
    """Return the report as plain data for JSON."""
    built: dict[str, Any] = msgspec.to_builtins(report)
    return built


def schema() -> dict[str, Any]:
    """Return the JSON Schema of what `semper authority evaluate --json` prints."""
    (shape,), parts = msgspec.json.schema_components([BundleReport], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "The report of an evaluation: semper authority evaluate --json, NAME.report.json",
        "type": "object",
        "required": ["schema", "bundles"],
        "properties": {"schema": {"const": SCHEMA}, "bundles": {"type": "array", "items": shape}},
        "$defs": parts,
    }


def _checks(found: Report) -> list[CheckRow]:
    rows = []
    for each in found.checks:
        result = "left-out" if each.left_out else "passed" if each.passed else "failed"
        code, remedy = (each.refusal.code, each.refusal.remedy) if each.refusal else ("", "")
        rows.append(CheckRow(each.name, result, each.detail, code, remedy))
    return rows


def _of_manifest(manifest: Manifest, found: Report) -> dict[str, Any]:
    own, most, terms = manifest.limits, MOST_WORK, manifest.terms
    names = ("cpu_seconds", "memory_mib", "wall_seconds")
    return {
        "bundle": manifest.name,
        "title": manifest.title,
        "kind": manifest.kind,
        "publisher": manifest.publisher,
        "supersedes": manifest.supersedes or "",
        "min_host": manifest.min_host,
        "depends": tuple(f"{name} {version}" for name, version in manifest.depends.items()),
        "valid_from": str(terms.valid_from) if terms else "",
        "valid_until": str(terms.valid_until) if terms else "",
        "requests": tuple(
            RequestRow(str(asked.capability), WORDS[asked.capability], asked.most, asked.calls, asked.optional,
                       asked.reason)
            for asked in manifest.requests
        ),
        "limits": tuple(LimitRow(name, getattr(own, name), getattr(most, name)) for name in names),
        "legal": tuple(
            LegalRow(locale, text.file, text.sha256, found.files.get(text.file, b"").decode("utf-8", "replace"))
            for locale, text in sorted((terms.legal if terms else {}).items())
        ),
    }  # fmt: skip

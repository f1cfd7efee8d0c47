"""What changed between two versions of a bundle, for people first: flow, legal texts, rights, risks, duration, limits.

Nothing is judged and nobody's signature is looked at; terms must hold, or the comparison says that they do not.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar

import msgspec

from semper_host.admission.manifest import MANIFEST, Manifest
from semper_host.admission.rights import WORDS
from semper_host.commerce.check import check
from semper_host.commerce.durations import spoken_duration
from semper_host.commerce.terms import parse_terms
from semper_host.host import publishing
from semper_host.host.flow_view import FAIREST_LAST, EndRow, FlowView, Row, StepRow, risk_words, target_words, view
from semper_host.model.errors import AdmissionRefused

T = TypeVar("T")
ADDED, REMOVED, CHANGED = "added", "removed", "changed"
SCHEMA = "semper.comparison/1"


class Change(Row, frozen=True):
    """One change: what it is about, and the lines before and after. Added: no lines before; removed: none after."""

    name: str
    change: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class TextChange(Row, frozen=True):
    """A legal text or a module that changed: `diff` is a unified diff of its lines."""

    name: str
    change: str
    diff: tuple[str, ...]


class Version(Row, frozen=True):
    """One side of a comparison; `refusal` says why its terms do not hold."""

    bundle: str
    digest: str
    refusal: str = ""


class Comparison(Row, frozen=True):
    """All that changed; `same`: not a byte. `watch` says in sentences what gives the new version more than before."""

    same: bool
    old: Version
    new: Version
    watch: tuple[str, ...]
    identity: tuple[Change, ...]
    rights: tuple[Change, ...]
    limits: tuple[Change, ...]
    steps: tuple[Change, ...]
    ends: tuple[Change, ...]
    items: tuple[Change, ...]
    parameters: tuple[Change, ...]
    risks: tuple[Change, ...]
    duration: tuple[Change, ...]
    legal: tuple[TextChange, ...]
    code: tuple[TextChange, ...]


PARTS = ("identity", "rights", "limits", "steps", "ends", "items", "parameters", "risks", "duration", "legal", "code")
"""The fields of a comparison that hold changes, in the order in which people read them."""


def compare(
    old: Mapping[str, bytes], new: Mapping[str, bytes], old_digest: str = "", new_digest: str = ""
) -> Comparison:
    """Compare two bundles' files, content by name, manifest.yaml included.

    Raises AdmissionRefused (MANIFEST_*) where a manifest cannot be read.
    """
    before, after = publishing.read_manifest(old), publishing.read_manifest(new)
    (was, old_flow), (now, new_flow) = _version(before, old, old_digest), _version(after, new, new_digest)
    flows = (old_flow, new_flow)
    found: dict[str, Any] = {
        "identity": _rows(_identity(before), _identity(after)),
        "rights": _rows(_rights(before), _rights(after)),
        "limits": _rows(_limits(before), _limits(after)),
        "steps": _rows(*(_named(flow, lambda f: f.steps, _step_lines) for flow in flows)),
        "ends": _rows(*(_named(flow, lambda f: f.ends, _end_lines) for flow in flows)),
        "items": _rows(*({name: (words,) for name, words in (flow.items if flow else {}).items()} for flow in flows)),
        "parameters": _rows(*(_parameters(flow) for flow in flows)),
        "risks": _rows(*(_risks(flow) for flow in flows)),
        "duration": _rows(*(_duration(flow) for flow in flows)),
        "legal": _texts(_legal(before, old), _legal(after, new)),
        "code": _texts(_code(before, old), _code(after, new)),
    }
    broken = [f"the terms of {side.bundle} do not hold: {side.refusal}" for side in (was, now) if side.refusal]
    watch = (*broken, *_more_rights(before, after), *_more_flow(old_flow, new_flow))
    return Comparison(dict(old) == dict(new), was, now, watch, **found)


def plain(found: Comparison) -> dict[str, Any]:
    """Return a comparison for JSON."""
    built: dict[str, Any] = msgspec.to_builtins(found)
    return {"schema": SCHEMA, **built}


def _version(manifest: Manifest, files: Mapping[str, bytes], digest: str) -> tuple[Version, FlowView | None]:
    if manifest.terms is None:
        return Version(manifest.name, digest), None
    try:
        return Version(manifest.name, digest), view(check(parse_terms(files.get(manifest.terms.flow, b""))))
    except AdmissionRefused as error:
        return Version(manifest.name, digest, error.message), None


def _rows(before: Mapping[str, tuple[str, ...]], after: Mapping[str, tuple[str, ...]]) -> tuple[Change, ...]:
    """Return the changes between two tables of lines, in the order of the new one; what was removed comes last."""
    rows = []
    for name, lines in after.items():
        if name not in before:
            rows.append(Change(name, ADDED, (), lines))
        elif before[name] != lines:
            rows.append(Change(name, CHANGED, before[name], lines))
    rows += [Change(name, REMOVED, lines) for name, lines in before.items() if name not in after]
    return tuple(rows)


def _texts(before: Mapping[str, bytes], after: Mapping[str, bytes]) -> tuple[TextChange, ...]:
    rows = []
    for name in [*after, *(name for name in before if name not in after)]:
        one, other = before.get(name), after.get(name)
        if one == other:
            continue
        change = ADDED if one is None else REMOVED if other is None else CHANGED
        was, now = ((text or b"").decode("utf-8", "replace").splitlines() for text in (one, other))
        diff = difflib.unified_diff(was, now, f"{name} (old)", f"{name} (new)", lineterm="", n=2)
        rows.append(TextChange(name, change, tuple(diff)))
    return tuple(rows)


def _identity(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    terms = manifest.terms
    facts = {
        "id": manifest.id,
        "kind": manifest.kind,
        "version": manifest.version,
        "title": manifest.title,
        "publisher": manifest.publisher,
        "supersedes": manifest.supersedes or "",
        "least host": manifest.min_host,
        "depends on": ", ".join(f"{name} {version}" for name, version in sorted(manifest.depends.items())),
        "entry points": ", ".join(f"{role}: {file}" for role, file in sorted(manifest.entry.items())),
        "terms valid": f"{terms.valid_from} to {terms.valid_until}" if terms else "",
    }
    return {name: (value,) for name, value in facts.items() if value}


def _rights(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    return {
        str(asked.capability): (
            f"to {WORDS[asked.capability]}",
            f"at most {asked.most or 'without a bound'}; calls a deal: {asked.calls or 'without a bound'}",
            f"{'optional' if asked.optional else 'necessary'}: {asked.reason}",
        )
        for asked in manifest.requests
    }


def _limits(manifest: Manifest) -> dict[str, tuple[str, ...]]:
    own = manifest.limits
    return {
        "processor a call": (f"{own.cpu_seconds} s",),
        "memory": (f"{own.memory_mib} MiB",),
        "waiting a call": (f"{own.wall_seconds} s",),
    }


def _named(
    flow: FlowView | None, part: Callable[[FlowView], Iterable[T]], lines: Callable[[T], tuple[str, ...]]
) -> dict[str, tuple[str, ...]]:
    return {getattr(row, "name", ""): lines(row) for row in part(flow)} if flow else {}


def _step_lines(step: StepRow) -> tuple[str, ...]:
    lines = [f"{step.form} {step.kind}".strip(), *step.gives, *([step.promise] if step.promise else []), *step.within]
    lines += [f"needs {', '.join(step.needs)}"] if step.needs else []
    lines += [f"security: {', '.join(step.security)}"] if step.security else []
    lines += [f"told: {', '.join(step.told)}"] if step.told else []
    return (*lines, *(f"{way.name}: {target_words(way.target)}" for way in step.outcomes))


def _end_lines(end: EndRow) -> tuple[str, ...]:
    return ("fulfils the purpose" if end.satisfied else "does not fulfil the purpose", *end.holds)


def _parameters(flow: FlowView | None) -> dict[str, tuple[str, ...]]:
    return {row.name: (f"{row.kind}: {row.least} to {row.most}",) for row in (flow.parameters if flow else ())}


def _risks(flow: FlowView | None) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for risk in flow.risks if flow else ():
        found[risk.role] = (*found.get(risk.role, ()), f"in {risk.step}: {risk_words(risk)}")
    return found


def _duration(flow: FlowView | None) -> dict[str, tuple[str, ...]]:
    return {"a whole deal": (f"at most {spoken_duration(flow.longest_seconds)}",)} if flow else {}


def _legal(manifest: Manifest, files: Mapping[str, bytes]) -> dict[str, bytes]:
    texts = sorted(manifest.terms.legal.items()) if manifest.terms else ()
    return {locale: files.get(text.file, b"") for locale, text in texts}


def _code(manifest: Manifest, files: Mapping[str, bytes]) -> dict[str, bytes]:
    texts = {text.file for text in manifest.terms.legal.values()} if manifest.terms else set()
    return {name: data for name, data in sorted(files.items()) if name not in texts | {MANIFEST}}


def _more_rights(before: Manifest, after: Manifest) -> list[str]:
    had = {asked.capability: asked.grant for asked in before.requests}
    found = []
    for asked in after.requests:
        old, new = had.get(asked.capability), asked.grant
        if old is None:
            found.append(f"it newly asks to {WORDS[asked.capability]} ({asked.capability})")
        elif old.most is not None and (
            new.most is None or new.most.currency != old.most.currency or new.most > old.most
        ):
            found.append(f"it asks for more by {asked.capability}: {old.most} before, {new.most or 'no bound'} now")
        elif old.calls is not None and (new.calls is None or new.calls > old.calls):
            found.append(f"it asks for more calls by {asked.capability}")
    if before.publisher and after.publisher and before.publisher != after.publisher:
        found.append("another publisher's key signs it")
    return found


def _more_flow(old: FlowView | None, new: FlowView | None) -> list[str]:
    if old is None or new is None:
        return []
    found = []
    if new.longest_seconds > old.longest_seconds:
        words = [spoken_duration(flow.longest_seconds) for flow in (old, new)]
        found.append(f"a deal can take longer: {words[1]} instead of {words[0]}")
    known = {(risk.role, risk_words(risk)) for risk in old.risks}
    for risk in new.risks:
        if (risk.role, risk_words(risk)) not in known:
            found.append(f"new at risk: the {risk.role}'s {risk_words(risk)} (in {risk.step})")
    fair = {step.name: step.fairness for step in old.steps}
    for step in new.steps:
        was = fair.get(step.name, "")
        if was and (not step.fairness or FAIREST_LAST.index(step.fairness) < FAIREST_LAST.index(was)):
            found.append(f"the step {step.name} is less fair: {was} before, {step.fairness or 'not an exchange'} now")
    return found

"""`semper bundle diff`: what a new version changes, for people first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, NamedTuple

import typer

from semper_host.admission.pack import MAX_PACK
from semper_host.cli import files
from semper_host.cli.files import AsJson
from semper_host.cli.printing import harmless, show, show_json
from semper_host.host.comparing import ADDED, PARTS, REMOVED, Change, Comparison, TextChange, compare, plain
from semper_host.host.report_changes import TITLES

Side = Annotated[Path, typer.Argument(help="An archive (.smp), a pack (.smpack) or a folder of sources.", exists=True)]
_SIGNS = {ADDED: "+", REMOVED: "-"}


class Loaded(NamedTuple):
    """A bundle's files by name, and its archive's digest in hex ("" for a folder of sources)."""

    files: Mapping[str, bytes]
    digest: str


def diff(old: Side, new: Side, as_json: AsJson = False) -> None:
    """Show what changed between two versions of a bundle: what people agree to, what they risk, what it may do.

    Lines with "!" come first: they say what gives the new version more than the old one. Exits 0 whatever changed.
    """
    before, after = load(old), load(new)
    with files.about(new):
        found = compare(before.files, after.files, before.digest, after.digest)
    if as_json:
        show_json(plain(found))
    else:
        show(*_lines(found))


def load(path: Path) -> Loaded:
    """Return the bundle in an archive, a pack or a folder of sources."""
    from semper_host.host import bundling, publishing

    with files.about(path):
        if path.is_dir():
            return Loaded(bundling.read_source(path), "")
        found = publishing.inspect(files.read(path, MAX_PACK))
        return Loaded(found.files, found.digest.hex())


def _lines(found: Comparison) -> list[str]:
    lines = [f"{found.old.bundle} -> {found.new.bundle}"]
    if found.same:
        return [*lines, "Nothing changed: these are the same files."]
    lines += [f"! {harmless(sentence)}" for sentence in found.watch]
    for part in PARTS:
        changes = getattr(found, part)
        if changes:
            lines += ["", f"{TITLES[part]}:"]
            lines += [line for change in changes for line in _change(change)]
    if len(lines) == 1:
        lines.append("Nothing changed but the spelling of manifest.yaml: comments, order, layout.")
    return lines


def _change(change: Change | TextChange) -> list[str]:
    name = f"  {_SIGNS.get(change.change, '~')} {harmless(change.name)}"
    if isinstance(change, TextChange):
        return [name, *(f"      {harmless(line)}" for line in change.diff)]
    if change.change != "changed":
        return [name, *(f"      {harmless(line)}" for line in change.before or change.after)]
    gone = [line for line in change.before if line not in change.after]
    come = [line for line in change.after if line not in change.before]
    if not gone and not come:
        return [name, "      the same lines in another order"]
    return [name, *(f"      - {harmless(line)}" for line in gone), *(f"      + {harmless(line)}" for line in come)]

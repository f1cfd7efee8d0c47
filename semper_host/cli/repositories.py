"""`semper trust repository`, `semper trust resolve`: whose log and revocations count, and what if a log lied."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from semper_host.admission.trust import TrustedRepository
from semper_host.cli import files
from semper_host.cli.files import AsJson
from semper_host.cli.opening import home_path, now, opened
from semper_host.cli.printing import harmless, show, show_json
from semper_host.host import home as homes
from semper_host.host import trusting
from semper_host.host.home import Config, Home
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic import signed_note
from semper_host.supporting.cryptographic.checkpoint import parse_checkpoint

if TYPE_CHECKING:
    from semper_host.host.known_heads import Row

app = typer.Typer(no_args_is_help=True, help="Decide whose log, and whose word on revocations, this home relies on.")
ROOT_PATH = "anchor/1.root.json"
MOST_ROOT = 64 * 1024
_FINGERPRINT = re.compile(r"[0-9a-fA-F]{64}")


@app.command()
def add(
    context: typer.Context,
    source: Annotated[str, typer.Argument(help="The repository's address, or the file of its anchor's first root.")],
    sha256: Annotated[str, typer.Option(help="The root's fingerprint, as the repository's operator told you.")],
    name: Annotated[str, typer.Option(help="What you call this repository.")] = "Repository",
    url: Annotated[
        str, typer.Option(help="Where its head is asked for when a merchant's is too old (default: SOURCE).")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Trust a repository: bundles get rights only if its log, which witnesses watch, holds them and revokes nothing.

    Get the fingerprint from somewhere else than the repository itself.
    """
    directory = home_path(context) / homes.TRUST
    remote = source.startswith(("http://", "https://"))
    if not _FINGERPRINT.fullmatch(sha256):
        raise UsageError("USAGE_INVALID", "cannot trust the repository: --sha256 takes 64 hex digits")
    root = _fetched(homes.read_config(directory.parent), source) if remote else files.read(Path(source), MOST_ROOT)
    asked = url or (source.rstrip("/") if remote else "")
    trusting.add_repository(directory, name, root, asked, fingerprint=sha256.lower())
    if as_json:
        show_json({"schema": "semper.trusted-repository/1", "name": name, "sha256": sha256.lower(), "url": asked})
        return
    show(f"This home now relies on the log of {name}.", f"  SHA-256  {sha256.lower()}")
    show(f"  head     {asked or 'from what merchants staple only'}")


@app.command("list")
def list_repositories(context: typer.Context, as_json: AsJson = False) -> None:
    """List the repositories that this home relies on, what they last said, and how old that is."""
    from semper_host.host import hearing

    with opened(context) as home:
        policy = trusting.load(home.trust).policy
        rows = [_row(home, repository) for repository in policy.repositories]
        warnings = hearing.warnings_in(home, policy, now())
        if as_json:
            show_json({"schema": "semper.trusted-repositories/1", "repositories": rows, "warnings": warnings})
            return
        for row in rows:
            show(row["name"], f"  SHA-256  {row['sha256']}", f"  head     {row['url'] or 'from staples only'}")
            show(f"  log      {_told(row)}")
        if not rows:
            show("This home relies on no repository: `semper trust repository add` adds one.")
        show(*(f"warning: {harmless(each)}" for each in warnings))


@app.command()
def remove(
    context: typer.Context, name: Annotated[str, typer.Argument(help="As `semper trust repository list` shows it.")]
) -> None:
    """Rely on a repository no longer. What only its log holds gets nothing beyond the baseline from now on."""
    trusting.remove_repository(home_path(context) / homes.TRUST, name)
    show(f"This home no longer relies on {name}.")


def resolve(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The repository whose log showed two histories.")] = "Repository",
    accept: Annotated[
        str, typer.Option(help="Go on with the history of this root: its first hex digits, eight or more.")
    ] = "",
    export: Annotated[Path | None, typer.Option(help="Write both signed notes to this file, as evidence.")] = None,
) -> None:
    """Show the two notes that a log's key signed and that can't both be true; go on with one if you decide so.

    Whose log does this lies to somebody: tell its witnesses and its other users. To rely on it no longer, use
    `semper trust repository remove`.
    """
    with opened(context) as home:
        row = _trusted(home, name)
        disputed = row.known.disputed
        if disputed is None:
            show(f"The log of {name} has told this home one history so far.")
            return
        for note in (disputed.one, disputed.other):
            told = parse_checkpoint(signed_note.parse(note).text)
            show(f"{told.origin} signed: {told.size} entries, root {told.root.hex()}")
        if export is not None:
            files.write(export, row.known.dispute)
            show(f"Wrote both notes to {export}.")
        if accept:
            from semper_host.host import standing

            standing.resolve(home, row.repository, _chosen([disputed.one, disputed.other], accept))
            show(f"This home goes on with the history of root {accept}….")


def _chosen(notes: list[bytes], accept: str) -> bytes:
    roots = {note: parse_checkpoint(signed_note.parse(note).text).root.hex() for note in notes}
    found = [note for note, root in roots.items() if len(accept) >= 8 and root.startswith(accept.lower())]
    if len(found) != 1:
        raise UsageError(
            "USAGE_INVALID", f"cannot accept {accept[:64]!r}: name one of the two roots, eight digits or more"
        )
    return found[0]


def _fetched(config: Config, url: str) -> bytes:
    from semper_host.host.line import closed_line

    with closed_line(config) as client:
        return client.get(f"{url.rstrip('/')}/{ROOT_PATH}", MOST_ROOT)


def _row(home: Home, repository: TrustedRepository) -> dict[str, Any]:
    from semper_host.host import known_heads

    row = known_heads.load(home, repository)
    known, log = known_heads.standing_of(row), row.known.policy
    told = parse_checkpoint(signed_note.parse(row.known.note).text) if row.known.note else None
    return {
        "name": repository.name, "sha256": repository.sha256, "url": repository.url,
        "origin": log.origin if log else None, "witnesses": [each.name for each in log.witnesses] if log else [],
        "quorum": log.quorum if log else None, "size": told.size if told else None,
        "at": known.at if known else None, "age": now() - known.at if known else None,
        "disputed": bool(row.known.dispute),
    }  # fmt: skip


def _told(row: dict[str, Any]) -> str:
    if row["disputed"]:
        return f"SHOWED TWO HISTORIES: nothing of it counts; see `semper trust resolve {row['name']}`"
    if row["at"] is None:
        return "nothing seen of it yet"
    watched = f"{row['quorum']} of {len(row['witnesses'])} witnesses"
    age = f"its word on revocations is {row['age'] // 60} minutes old"
    return f"{row['origin']}, {row['size']} entries seen by {watched}; {age}"


def _trusted(home: Home, name: str) -> Row:
    from semper_host.host import known_heads

    for repository in trusting.load(home.trust).policy.repositories:
        if repository.name == name:
            return known_heads.load(home, repository)
    raise UsageError("USAGE_INVALID", f"cannot find the repository {name[:80]!r}: see `semper trust repository list`")

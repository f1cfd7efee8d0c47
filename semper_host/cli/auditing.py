"""`semper repo audit` and `semper repo mirror`: reading a whole repository without believing it."""

from __future__ import annotations

from contextlib import nullcontext
from hashlib import sha256
from pathlib import Path
from typing import Annotated

import typer

from semper_host.admission.log_evidence import LogPolicy
from semper_host.cli import files
from semper_host.cli.files import AsJson
from semper_host.cli.opening import home_path, now
from semper_host.cli.own_repository import REPOSITORY, through
from semper_host.cli.printing import harmless, show, show_json
from semper_host.host import home as homes
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic import durable_file
from service_repo import audit as auditing
from service_repo import identity
from service_repo import mirror as mirroring
from service_repo.durable_file import Folder
from service_repo.fetch import Remote

SEEN = "audited"
_MOST_POLICY = 64 * 1024
Policy = Annotated[
    Path | None,
    typer.Option(help="The log's policy, log.cbor, got from whom you trust (default: this home's repository)."),
]


def audit(
    context: typer.Context,
    place: Annotated[str, typer.Argument(help="An address or a directory (default: this home's repository).")] = "",
    policy: Policy = None,
    content: Annotated[bool, typer.Option(help="Read every archive and pack as well.")] = True,
    as_json: AsJson = False,
) -> None:
    """Replay the whole log and compare all that is served with it; says where something is wrong, and exits 1.

    What the log showed last time is remembered in this home: a log that went back or forked since is found out.
    """
    home = home_path(context)
    known = _policy(home, policy)
    kept = home / SEEN / f"{sha256(known.origin.encode() + known.key).hexdigest()[:32]}.note"
    before = kept.read_bytes() if kept.exists() else b""
    with _source(home, place) as source:
        found = auditing.audit(source, known, known=before, content=content)
    kept.parent.mkdir(mode=0o700, exist_ok=True)
    durable_file.replace(kept, found.note)
    if as_json:
        findings = [finding._asdict() for finding in found.findings]
        show_json({"schema": "semper.audit/1", "origin": known.origin, "size": found.size, "findings": findings})
    else:
        for number, where, what in found.findings:
            show(harmless(f"{f'entry {number}, ' if number >= 0 else ''}{where}: {what}"))
        wrong = f"{len(found.findings)} things are wrong" if found.findings else "all of it holds"
        show(f"{known.origin}: {found.size} entries, root {found.root.hex()}: {wrong}.")
    if found.findings:
        raise typer.Exit(1)


def mirror(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The address of a repository.")],
    directory: Annotated[Path, typer.Argument(help="Where the copy goes; run again to bring it up to date.")],
    policy: Annotated[Path, typer.Option(help="The log's policy, log.cbor, got from whom you trust.")],
) -> None:
    """Copy a repository, everything verified. Any web server can serve the copy; nobody has to trust it either."""
    home = home_path(context)
    known = LogPolicy.decode(files.read(policy, _MOST_POLICY))
    directory.mkdir(parents=True, exist_ok=True)
    with Remote(url, through=through(homes.read_config(home))) as source:
        done = mirroring.Mirror(source, Folder(directory), known, now()).run()
    show(f"The copy shows {done.size} entries of {known.origin}; fetched {done.files} files, {done.bytes} bytes.")


def _policy(home: Path, file: Path | None) -> LogPolicy:
    if file is not None:
        return LogPolicy.decode(files.read(file, _MOST_POLICY))
    if homes.read_config(home).role != "repository":
        raise UsageError("USAGE_INVALID", "cannot audit without the log's policy: give --policy log.cbor")
    return identity.load(home / REPOSITORY).policy


def _source(home: Path, place: str) -> Remote | nullcontext[Folder]:
    if place.startswith(("http://", "https://")):
        return Remote(place, through=through(homes.read_config(home)))
    return nullcontext(Folder(Path(place) if place else home / REPOSITORY))

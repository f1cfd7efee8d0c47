"""`semper repo`: a repository of bundles, in this home or at an address."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from semper_host.admission.pack import MAX_PACK, read_pack
from semper_host.cli.home import REPOSITORY
from semper_host.cli.opening import opened
from semper_host.cli.printing import show, show_json
from semper_host.host.home import Home
from semper_host.model.errors import UsageError
from semper_host.supporting.communication.client import Client
from service_repo import inventory, layout, writing
from service_repo.layout import Entry
from service_repo.publish import Repository

app = typer.Typer(
    no_args_is_help=True, help="Keep a repository that others fetch bundles from. Nobody has to trust it."
)
Packs = Annotated[
    list[Path], typer.Argument(help="Files of bundles with their statements (.smpack).", exists=True, dir_okay=False)
]


@app.command()
def init(context: typer.Context) -> None:
    """Make a repository in this home. `semper up` serves it; any web server can serve its files as well."""
    with opened(context) as home:
        repository = _own(home, make=True)
        show(f"Made a repository in {repository.directory}; `semper up` serves it.")


@app.command()
def publish(
    context: typer.Context,
    packs: Packs,
    url: Annotated[
        str, typer.Option(help="Publish at this address (default: this home's repository, or the one it uses).")
    ] = "",
) -> None:
    """Publish bundles with their releases and evaluations. A version is published once; evaluations can follow."""
    with opened(context) as home:
        target = url or ("" if home.config.role == "repository" else home.config.repository)
        if not target and home.config.role != "repository":
            raise UsageError("USAGE_INVALID", "cannot publish: this home keeps no repository and uses none; give --url")
        for file in packs:
            data = _read(file)
            entry = publish_at(target, data) if target else writing.take(_own(home), data)
            show(f"Published {entry.id} {entry.version}  {entry.bundle.hex()}")


@app.command("list")
def list_versions(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List what this home's repository has published."""
    with opened(context) as home:
        entries = inventory.entries(_own(home).directory)
        if as_json:
            show_json([_plain(entry) for entry in entries])
        else:
            lines = [f"{each.id} {each.version}  {each.bundle.hex()}  {_evaluated(each)}" for each in entries]
            show(*lines or ["Nothing published yet: `semper repo publish PACK` publishes."])


@app.command()
def fsck(context: typer.Context) -> None:
    """Check every published file against the index; exits 1 where one was changed or is missing."""
    with opened(context) as home:
        directory = _own(home).directory
        damaged = inventory.damaged(directory)
        if damaged:
            show("Changed or missing; publish the bundle again from its files to mend it:", *damaged)
            raise typer.Exit(1)
        show(f"All {len(inventory.entries(directory))} published versions are whole.")


def publish_at(url: str, pack: bytes) -> Entry:
    """Publish a pack at the repository at `url`. Raises RefusedByPeer, Unavailable, and what reading a pack raises."""
    read_pack(pack)
    with Client() as client:
        return Entry.decode(client.post(url.rstrip("/") + writing.PUBLISH_PATH, pack, layout.MAX_RECORD))


def _own(home: Home, *, make: bool = False) -> Repository:
    if home.config.role != "repository":
        raise UsageError("USAGE_INVALID", f"cannot use this home as a repository: it is a {home.config.role}'s")
    directory = home.path / REPOSITORY
    return Repository.init(directory) if make else Repository.open(directory)


def _read(file: Path) -> bytes:
    try:
        with file.open("rb") as opened_file:
            return opened_file.read(MAX_PACK + 1)
    except OSError as error:
        raise UsageError("USAGE_INVALID", f"cannot read {file}: {error.strerror}") from None


def _evaluated(entry: Entry) -> str:
    return f"{len(entry.evaluations)} evaluations" if len(entry.evaluations) != 1 else "1 evaluation"


def _plain(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "version": entry.version, "bundle": entry.bundle, "evaluations": len(entry.evaluations)}

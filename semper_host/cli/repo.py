"""`semper repo`: a repository of bundles, in this home or at an address."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from semper_host.admission.pack import MAX_PACK, read_pack
from semper_host.admission.statements import MAX_STATEMENT
from semper_host.cli import anchor, auditing, files, witnessing
from semper_host.cli.files import AsJson
from semper_host.cli.opening import opened, passphrase, settings_of
from semper_host.cli.own_repository import directory_of, own, through
from semper_host.cli.printing import show, show_json
from semper_host.host.home import Home
from semper_host.host.line import line_of
from semper_host.model.encoding import encode
from semper_host.model.errors import Unavailable, UsageError
from semper_host.supporting.communication import runner
from semper_host.supporting.communication.client import Client
from service_repo import fsck as checking
from service_repo import identity, inventory, layout, writing
from service_repo.anchor import keeping
from service_repo.identity import Settings, private_folder
from service_repo.layout import Entry
from service_repo.publish import Repository
from service_repo.renewing import renew_if_needed

app = typer.Typer(
    no_args_is_help=True, help="Keep a repository that others fetch bundles from. Nobody has to trust it."
)
app.command()(auditing.audit)
app.command()(auditing.mirror)
app.command()(witnessing.witness)
app.add_typer(anchor.app, name="anchor")
Packs = Annotated[
    list[Path], typer.Argument(help="Files of bundles with their statements (.smpack).", exists=True, dir_okay=False)
]
_UNWATCHED = "It has no witnesses: nobody relies on it. Run this again with --witness once you have found some."
At = Annotated[str, typer.Option(help="Publish at this address (default: this home's repository, or the one it uses).")]


@app.command()
def init(
    context: typer.Context,
    origin: Annotated[
        str, typer.Option(help="The name of its log, for good, like repository.example/log (default: made of its key).")
    ] = "",
    witness: Annotated[
        list[str] | None,
        typer.Option(
            help="A witness as `NAME KEY URL`: name and key as `semper repo witness` prints them, and where it serves."
            " Once for each."
        ),
    ] = None,
    quorum: Annotated[
        int, typer.Option(help="How many witnesses must cosign (default: more than half).", show_default=False)
    ] = 0,
    database: Annotated[
        str, typer.Option(help="Write to this PostgreSQL database, postgresql://… (default: SQLite in this home).")
    ] = "",
    root_key: anchor.RootKeys = None,
    threshold: Annotated[int, typer.Option(help="How many of the anchor's root keys must sign together.", min=1)] = 1,
) -> None:
    """Make a repository in this home. `semper up` serves it; any web server can serve its files as well.

    With witnesses, it gets an anchor too, and the fingerprint that its users trust it by is printed. Given on a
    repository that is there, these are its witnesses from now on; `semper repo anchor update` tells its users.
    """
    named = tuple(witnessing.read_witness(text) for text in witness or ())
    most = quorum or (len(named) // 2 + 1 if named else 0)
    with opened(context) as home:
        directory = directory_of(home)
        if (directory / "repository.txt").exists() and named:
            known = identity.load(directory).settings
            identity.save(directory, Settings(known.origin, named, most, known.database))
        repository = Repository.init(
            directory, Settings(origin, named, most, database), through=through(home.config)
        )
        policy = repository.policy
        show(
            f"Made a repository in {directory}; `semper up` serves it.",
            f"Its keys and its database are in {private_folder(directory)}: keep them private, and keep a backup.",
            f"Its log is {policy.origin}, key {policy.key.hex()}.",
            f"{policy.quorum} of {len(policy.witnesses)} witnesses must cosign." if policy.quorum else _UNWATCHED,
        )
        if named:
            _renew(repository)
        if policy.quorum and not keeping.anchor_of(repository).exists:
            show(*anchor.made(home, repository, root_key or [], threshold, passphrase(settings_of(context))))
        repository.close()


@app.command()
def serve(
    context: typer.Context,
    listen: Annotated[str, typer.Option(help="HOST:PORT to listen on; port 0 takes a free one.")] = "127.0.0.1:0",
) -> None:
    """Serve this home's repository: its files, and publishing. Prints `ready URL`, stops on SIGTERM."""
    host, port = witnessing.read_address(listen)
    with opened(context) as home:
        repository = own(home)
        stop = writing.keep_fresh(repository)
        try:
            runner.serve(writing.app(repository), host, port)
        finally:
            stop()


@app.command()
def publish(context: typer.Context, packs: Packs, url: At = "") -> None:
    """Publish bundles with their releases and evaluations. A version is published once; evaluations can follow."""
    with opened(context) as home:
        target = _target(home, url)
        for file in packs:
            data = files.read(file, MAX_PACK)
            entry = publish_at(target, data, line_of(home)) if target else writing.take(own(home), data)
            show(f"Published {entry.id} {entry.version}  {entry.bundle.hex()}")


@app.command()
def say(
    context: typer.Context,
    statements: Annotated[
        list[Path],
        typer.Argument(help="Signed statements: evaluations, withdrawals, revocations, rotations, approvals."),
    ],
    url: At = "",
) -> None:
    """Have signed statements logged, for everybody to see. Saying the same again changes nothing."""
    with opened(context) as home:
        target = _target(home, url)
        for file in statements:
            data = files.read(file, MAX_STATEMENT)
            taken = say_at(target, data, line_of(home)) if target else writing.Receipt(*own(home).say(data))
            show(f"Logged {taken.statement.hex()}, in a log of {taken.size} entries")


@app.command("list")
def list_versions(context: typer.Context, as_json: AsJson = False) -> None:
    """List what this home's repository has published."""
    with opened(context) as home:
        listed = inventory.listed_in(own(home).directory)
        if as_json:
            show_json([{**_plain(each.entry), "withdrawn": each.withdrawn} for each in listed])
        else:
            lines = [_line(each.entry) + (", withdrawn" if each.withdrawn else "") for each in listed]
            show(*lines or ["Nothing published yet: `semper repo publish PACK` publishes."])


@app.command()
def policy(context: typer.Context, output: files.Directory = None) -> None:
    """Write log.cbor: the log's name, its key, its witnesses. Others need it to audit or mirror this repository."""
    with opened(context) as home:
        target = (output or Path()) / "log.cbor"
        files.write(target, encode(identity.load(directory_of(home)).policy))
        show(f"Wrote {target}.")


@app.command()
def fsck(
    context: typer.Context,
    rebuild: Annotated[
        bool, typer.Option(help="Make the database anew from the served files; the old one is kept beside it.")
    ] = False,
    dry_run: Annotated[bool, typer.Option(help="Only say what is wrong; mend nothing.")] = False,
) -> None:
    """Check every served file against the database and mend it from there; exits 1 where something stays wrong."""
    with opened(context) as home:
        if rebuild:
            from service_repo.rebuild import rebuild as again

            show(f"Made the database anew, with {again(directory_of(home))} entries.")
        repository = own(home)
        found = checking.check(repository, mend=not dry_run)
        show(*(f"{'wrong' if dry_run else 'mended'}  {path}" for path in found.wrong))
        show(*(f"lost  {what}" for what in found.lost))
        if found.lost or (dry_run and found.wrong):
            raise typer.Exit(1)
        show(f"All {len(inventory.entries_of(repository.directory))} published versions are whole.")


@app.command()
def stats(context: typer.Context, as_json: AsJson = False) -> None:
    """Say how much this home's repository holds."""
    with opened(context) as home:
        found = inventory.stats(own(home))
        if as_json:
            show_json({"schema": "semper.repository-stats/1", **found._asdict()})
            return
        at = datetime.fromtimestamp(found.status_at, UTC).isoformat(" ", "seconds") if found.status_at else "never"
        kinds = ", ".join(f"{count} {kind}" for kind, count in found.kinds.items()) or "none"
        show(
            f"entries     {found.entries} ({kinds}), {found.waiting} waiting for witnesses",
            f"bundles     {found.bundles} in {found.namespaces} namespaces, {found.versions} versions",
            f"archives    {found.archive_bytes} bytes",
            f"files       {found.file_count}, {found.file_bytes} bytes",
            f"status      signed {at}",
        )


def publish_at(url: str, pack: bytes, line: Client) -> Entry:
    """Publish a pack at the repository at `url`. Raises RefusedByPeer, Unavailable, and what reading a pack raises.

    `line` is closed afterwards.
    """
    read_pack(pack)
    with line as client:
        return Entry.decode(client.post(url.rstrip("/") + writing.PUBLISH_PATH, pack, layout.MAX_RECORD))


def say_at(url: str, statement: bytes, line: Client) -> writing.Receipt:
    """Have a signed statement logged by the repository at `url`, through `line`. Raises RefusedByPeer, Unavailable."""
    with line as client:
        return writing.Receipt.decode(client.post(url.rstrip("/") + writing.STATEMENTS_PATH, statement))


def _renew(repository: Repository) -> None:
    """Have the log cosigned by its witnesses, if that is possible now."""
    try:
        if renew_if_needed(repository):
            show("They cosigned the log, and every pack is proven anew.")
    except Unavailable as error:
        show(f"{error.message}: they will be asked again when the repository is served.")


def _target(home: Home, url: str) -> str:
    """Return the address to publish at, "" for this home's own repository."""
    is_repository = home.config.role == "repository"
    target = url or ("" if is_repository else home.config.repository)
    if not target and not is_repository:
        raise UsageError("USAGE_INVALID", "cannot publish: this home keeps no repository and uses none; give --url")
    return target


def _line(entry: Entry) -> str:
    count = len(entry.evaluations)
    return f"{entry.id} {entry.version}  {entry.bundle.hex()}  {count} evaluation{'' if count == 1 else 's'}"


def _plain(entry: Entry) -> dict[str, Any]:
    return {"id": entry.id, "version": entry.version, "bundle": entry.bundle, "evaluations": len(entry.evaluations)}

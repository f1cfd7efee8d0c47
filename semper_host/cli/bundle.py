"""`semper bundle`: from sources to an archive that others admit."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from semper_host.admission.archive_format import MAX_BYTES
from semper_host.admission.pack import MAX_PACK, read_pack
from semper_host.admission.statements import MAX_STATEMENT, digest
from semper_host.cli import differing, files, publisher, scaffolding
from semper_host.cli.files import AsJson, Refresh
from semper_host.cli.opening import now, opened
from semper_host.cli.printing import show, show_json
from semper_host.host import publishing
from semper_host.host.home import Home
from semper_host.model.errors import UsageError

app = typer.Typer(no_args_is_help=True, help="Build, sign, check and install bundles: code that others can admit.")
app.command()(scaffolding.new)
app.command()(scaffolding.legal)
ARCHIVE, RELEASE, PACK = ".smp", ".release", ".smpack"
Archives = Annotated[list[Path], typer.Argument(help="Archives of bundles (.smp).", exists=True, dir_okay=False)]
Packs = Annotated[list[Path], typer.Argument(help="Packs (.smpack).", exists=True, dir_okay=False)]
Directory = Annotated[Path | None, typer.Option("--output", "-o", help="The directory to write to.")]


@app.command()
def lint(
    paths: Annotated[list[Path], typer.Argument(help="Directories of sources, or archives (.smp).", exists=True)],
    as_json: AsJson = False,
) -> None:
    """Check the code of bundles against the dialect, in a locked process; exits 1 where something is refused."""
    from semper_host.admission.archive_format import unpack
    from semper_host.cli.linting import linter
    from semper_host.host import bundling

    rows: list[dict[str, Any]] = []
    with linter() as zygote:
        for path in paths:
            with files.about(path):
                found = bundling.read_source(path) if path.is_dir() else unpack(files.read(path, MAX_BYTES))
                modules = {name.removesuffix(".py"): text for name, text in found.items() if name.endswith(".py")}
                findings = zygote().lint(modules) if modules else []
            rows += [{"path": str(path), **_finding(each)} for each in findings]
    if as_json:
        show_json({"schema": "semper.findings/1", "findings": rows})
    else:
        show(*(f"{row['path']}: {row['file']}:{row['line']}: {row['message']}; {row['hint']}" for row in rows))
        show(f"{len(rows)} findings." if rows else "Nothing found: the code keeps to the dialect.")
    if rows:
        raise typer.Exit(1)


@app.command()
def build(
    context: typer.Context,
    directories: Annotated[
        list[Path] | None, typer.Argument(help="Directories with a manifest.yaml each.", exists=True, file_okay=False)
    ] = None,
    shipped: Annotated[bool, typer.Option("--shipped", help="Build the bundles that came with this program.")] = False,
    output: Directory = None,
    stamp: Annotated[bool, typer.Option("--publisher", help="Name this home as their publisher.")] = False,
    as_json: AsJson = False,
) -> None:
    """Build archives (NAME.smp) from sources: the same files give the same bytes on every machine."""
    from semper_host.admission.build import build as build_archive
    from semper_host.host import bundling, data

    if shipped == bool(directories):
        raise UsageError("USAGE_INVALID", "cannot build: name directories with a manifest.yaml, or give --shipped")
    found = data.archives() if shipped else {}
    for directory in directories or ():
        name = directory.resolve().name
        if name in found:
            raise UsageError("USAGE_INVALID", f"cannot build two bundles as {name}{ARCHIVE}: rename a directory")
        with files.about(directory):
            found[name] = build_archive(bundling.read_source(directory))
    if stamp:
        with opened(context) as home:
            found = {name: publishing.stamp(home, archive, now()) for name, archive in found.items()}
    rows = []
    for name, archive in found.items():
        target = (output or Path()) / (name + ARCHIVE)
        files.write(target, archive)
        rows.append({"file": str(target), "digest": digest(archive)})
    _show_rows(rows, "semper.archives/1", as_json=as_json)


@app.command()
def sign(
    context: typer.Context,
    archives: Archives,
    replace: Annotated[
        bool, typer.Option("--replace", help="Nobody was given the newest release: this one takes its place.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Sign archives as their publisher: writes NAME.release beside each.

    An archive that names no publisher yet is stamped with this home's key first, which changes its digest. Each release
    names the one before it, so sign versions in the order in which you publish them.
    """
    rows: list[dict[str, Any]] = []
    with opened(context) as home:
        for file in archives:
            with files.about(file):
                before = files.read(file, MAX_BYTES)
                signed = publishing.sign(home, before, now(), replace=replace)
            if signed.archive != before:
                files.write(file, signed.archive)
            files.write(file.with_suffix(RELEASE), signed.release)
            row = {"file": str(file), "release": str(file.with_suffix(RELEASE)), "bundle": signed.manifest.name}
            rows.append({**row, "digest": digest(signed.archive), "publisher": signed.manifest.publisher})
    _show_rows(rows, "semper.releases/1", as_json=as_json)


@app.command()
def pack(archives: Archives, output: Directory = None, as_json: AsJson = False) -> None:
    """Put each archive, its NAME.release and all NAME.*.evaluation beside it into NAME.smpack, for others to admit."""
    rows: list[dict[str, Any]] = []
    for file in archives:
        release = file.with_suffix(RELEASE)
        if not release.is_file():
            cause = f"cannot pack {file}: there is no {release}; `semper bundle sign` makes it"
            raise UsageError("RELEASE_MISSING", cause)
        beside = _evaluations(file)
        evaluations = [files.read(each, MAX_STATEMENT) for each in beside]
        with files.about(file):
            made = publishing.pack(files.read(file, MAX_BYTES), files.read(release, MAX_STATEMENT), evaluations, now())
        target = files.beside(file, output, PACK)
        files.write(target, made.data)
        left = [str(beside[position]) for position in made.left_out]
        row = {"file": str(target), "bundle": made.examined.manifest.name, "digest": made.examined.digest}
        rows.append({**row, "evaluations": made.evaluations, "left_out": left})
    _show_rows(rows, "semper.packs/1", as_json=as_json)
    for row in rows if not as_json else ():
        for name in row["left_out"]:
            show(f"left out: {name} is about another build of this bundle; have it evaluated again")
        if not row["evaluations"]:
            show(f"{row['bundle']} goes without an evaluation: others give it the baseline only")


@app.command()
def inspect(
    path: Annotated[Path, typer.Argument(help="An archive (.smp) or a pack (.smpack).", exists=True, dir_okay=False)],
    as_json: AsJson = False,
) -> None:
    """Show what is in an archive or a pack. Nothing is judged: `semper bundle verify` does that."""
    from semper_host.cli.inspecting import lines, plain

    with files.about(path):
        found = publishing.inspect(files.read(path, MAX_PACK))
    if as_json:
        show_json(plain(found))
    else:
        show(*lines(found))


@app.command()
def verify(context: typer.Context, packs: Packs, refresh: Refresh = False, as_json: AsJson = False) -> None:
    """Judge packs by this home's trust, as an installation would, and say why; exits 1 where one is refused."""
    from semper_host.cli.judging import judged, show_judgements

    show_judgements(judged(context, packs, MAX_PACK, now(), refresh=refresh), as_json=as_json)


app.command()(differing.diff)
for verb in publisher.VERBS:
    app.command(verb.__name__.replace("_", "-"))(verb)


@app.command()
def install(
    context: typer.Context,
    packs: Annotated[list[str], typer.Argument(help="Packs (.smpack): files, or addresses (http://…).")],
    as_json: AsJson = False,
) -> None:
    """Admit packs by this home's trust and keep them; what is refused is not kept."""
    from semper_host.host import installed

    rows: list[dict[str, Any]] = []
    with opened(context) as home:
        for place in packs:
            with files.about(place):
                admitted = installed.install(home, read_pack(_obtained(home, place)), now())
            granted = sorted({grant.capability for grant in admitted.grants.items})
            rows.append({"bundle": admitted.manifest.name, "digest": admitted.digest, "grants": granted})
    _show_rows(rows, "semper.installed/1", as_json=as_json)


@app.command("list")
def list_installed(context: typer.Context, as_json: AsJson = False) -> None:
    """List the bundles that this home has admitted. Each is judged anew whenever it is used."""
    from semper_host.host import installed

    with opened(context) as home:
        rows = [{"bundle": name, "digest": installed.current(home, name)} for name in installed.ids(home)]
    _show_rows(rows, "semper.installed/1", as_json=as_json)
    if not rows and not as_json:
        show("No bundle yet: `semper bundle install` admits one.")


def _obtained(home: Home, place: str) -> bytes:
    if not place.startswith(("http://", "https://")):
        return files.read(Path(place), MAX_PACK)
    from semper_host.host.line import line_of

    with line_of(home) as client:
        return client.get(place, MAX_PACK)


def _evaluations(archive: Path) -> list[Path]:
    """Return the evaluations that belong to NAME.smp by their names: NAME.evaluation and NAME.*.evaluation."""
    found = archive.parent.iterdir()
    return sorted(each for each in found if each.suffix == ".evaluation" and each.name.startswith(archive.stem + "."))


def _finding(each: Any) -> dict[str, Any]:
    return {"file": each.filename, "line": each.line, "rule": each.rule, "message": each.message, "hint": each.hint}


def _show_rows(rows: list[dict[str, Any]], schema: str, *, as_json: bool) -> None:
    if as_json:
        show_json({"schema": schema, "bundles": rows})
        return
    for row in rows:
        show(f"{row['digest'].hex()}  {'  '.join(str(row[key]) for key in ('bundle', 'file') if key in row)}")

"""`semper trust`: whom this home trusts, for what, and what follows from it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from semper_host.admission.pack import MAX_PACK
from semper_host.cli import files, repositories
from semper_host.cli.files import AsJson, Refresh
from semper_host.cli.opening import home_path, now
from semper_host.cli.printing import harmless, show, show_json
from semper_host.host import home as homes
from semper_host.host import staleness, trusting
from semper_host.model.errors import AdmissionRefused, UsageError
from semper_host.model.grants import Capability
from semper_host.supporting.cryptographic import certificate_file
from semper_host.supporting.cryptographic.x509 import Purpose

app = typer.Typer(no_args_is_help=True, help="Decide whom this home trusts, and for what. As made, it trusts nobody.")
app.add_typer(repositories.app, name="repository")


@app.command("list")
def list_trust(context: typer.Context, as_json: AsJson = False) -> None:
    """List the authorities that this home trusts, for what, and the locked drivers.

    Warns where what is known of revocations gets too old to count: `semper trust repository list` says how old it is.
    """
    from semper_host.supporting.trusted_ui.lock import read_lock

    directory = _directory(context)
    policy = trusting.load(directory).policy
    drivers = read_lock(directory / homes.DRIVERS_LOCK)
    warnings = staleness.warnings_at(directory.parent, policy, now())
    if as_json:
        plain = [
            {"name": each.name, "sha256": each.sha256, "purposes": each.purposes, "grants": each.grants}
            for each in policy.authorities
        ]
        locked = [{"name": each.driver, "version": each.version, "digest": each.digest} for each in drivers]
        relied = [{"name": each.name, "sha256": each.sha256, "url": each.url} for each in policy.repositories]
        more = {"repositories": relied, "deny": policy.deny, "drivers": locked, "warnings": warnings}
        show_json({"schema": "semper.trust/1", "authorities": plain, **more})
        return
    for each in policy.authorities:
        show(each.name, f"  SHA-256    {each.sha256}", f"  certifies  {', '.join(each.purposes)}")
        if Purpose.EVALUATE in each.purposes:
            show(f"  grants     {', '.join(each.grants) or 'nothing; add it again with --grant or --all-grants'}")
    if not policy.authorities:
        show("This home trusts nobody: `semper trust add` adds an authority's root certificate.")
    for known in policy.repositories:
        show(f"log of {known.name}", f"  SHA-256    {known.sha256}")
    if policy.deny:
        show(f"Denied whoever vouches: {', '.join(policy.deny)}")
    show(*(f"driver {each.driver} {each.version}  {each.digest[:16]}…" for each in drivers))
    show(*(f"warning: {harmless(each)}" for each in warnings))


@app.command()
def add(
    context: typer.Context,
    root: Annotated[Path, typer.Argument(help="The root certificate, PEM or DER.", exists=True, dir_okay=False)],
    name: Annotated[str, typer.Option(help="What you call this authority.")],
    may: Annotated[list[Purpose], typer.Option(help="Whom it may certify; once for each purpose.")],
    grant: Annotated[
        list[Capability] | None, typer.Option(help="What its evaluations may let bundles do; once for each.")
    ] = None,
    all_grants: Annotated[bool, typer.Option("--all-grants", help="Its evaluations may grant everything.")] = False,
    as_json: AsJson = False,
) -> None:
    """Trust an authority. First compare the fingerprint of its root with the authority itself."""
    if all_grants and grant:
        raise UsageError("USAGE_INVALID", "cannot use --grant and --all-grants together: choose one")
    with files.about(root):
        certificates = certificate_file.read_certificates(files.read(root, certificate_file.MAX_FILE))
        said = certificate_file.said(certificates[0])
        _check_root(len(certificates), said, may)
    evaluates = Purpose.EVALUATE in may
    if grant and not evaluates:
        raise UsageError("USAGE_INVALID", "cannot let it grant anything: that needs --may evaluate")
    granted = list(Capability) if all_grants and evaluates else grant or []
    trusting.add(_directory(context), name, certificates[0], may, granted)
    if as_json:
        trusted = {"name": name, "sha256": said.digest, "purposes": may, "grants": granted}
        show_json({"schema": "semper.trusted/1", **trusted})
        return
    show(f"This home now trusts {name} to certify: {', '.join(may)}.", f"  root     {said.name}")
    show(f"  SHA-256  {said.digest.hex()}")
    if evaluates and not granted:
        show("Its evaluations grant nothing yet: remove it and add it with --grant CAPABILITY or --all-grants.")


@app.command()
def remove(
    context: typer.Context, name: Annotated[str, typer.Argument(help="As `semper trust list` shows it.")]
) -> None:
    """Trust an authority no longer. What it vouched for is refused at the next use."""
    trusting.remove(_directory(context), name)
    show(f"This home no longer trusts {name}.")


@app.command()
def explain(
    context: typer.Context,
    packs: Annotated[list[Path], typer.Argument(help="Bundles as packs (.smpack).", exists=True, dir_okay=False)],
    refresh: Refresh = False,
    as_json: AsJson = False,
) -> None:
    """Explain what a bundle may do in this home and why, what it may not and what is missing."""
    from semper_host.cli.judging import judged, show_judgements

    show_judgements(judged(context, packs, MAX_PACK, now(), refresh=refresh), as_json=as_json)


@app.command()
def driver(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="The driver's name, like terminal.")],
    as_json: AsJson = False,
) -> None:
    """Lock an installed driver of the trusted user interface as it is now. Review its files first: it is trusted like
    the host. When they change later, the driver is refused until you lock it again."""
    from semper_host.supporting.trusted_ui.lock import lock_driver, read_lock, write_lock

    file = _directory(context) / homes.DRIVERS_LOCK
    row = lock_driver(name)
    others = [each for each in read_lock(file) if each.driver != name]
    write_lock(file, [*others, row])
    if as_json:
        show_json({"schema": "semper.driver/1", "name": name, "version": row.version, "digest": row.digest})
    else:
        show(f"Locked {name} of {row.distribution} {row.version}.", f"  digest  {row.digest}")


app.command()(repositories.resolve)


def _directory(context: typer.Context) -> Path:
    return home_path(context) / homes.TRUST


def _check_root(count: int, said: certificate_file.Said, may: list[Purpose]) -> None:
    """Refuse what could never be the root of a chain for these purposes."""
    if count != 1 or not said.is_root:
        cause = "cannot trust this certificate: it is not an authority's root; ask the authority for its root.crt"
        raise UsageError("USAGE_INVALID", cause)
    beyond = [purpose for purpose in may if said.purposes and purpose not in said.purposes]
    if beyond:
        own, more = ", ".join(sorted(said.purposes)), ", ".join(beyond)
        raise UsageError("USAGE_INVALID", f"cannot trust {said.name} for {more}: its root is for {own} only")
    if said.not_after < now():
        raise AdmissionRefused("CHAIN_EXPIRED", f"cannot trust {said.name}: its root has expired")

"""`semper repo anchor`: what a repository's users trust it by. Root keys stay in files of their own, best off-line."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from semper_host.admission import versions
from semper_host.cli import files
from semper_host.cli.opening import opened, passphrase, settings_of
from semper_host.cli.own_repository import own
from semper_host.cli.printing import show
from semper_host.cli.settings import Settings
from semper_host.host.home import Home
from semper_host.model.errors import UsageError
from semper_host.supporting.anchor.state import MINIMUM_HOST
from semper_host.supporting.cryptographic import certificate_file
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo.anchor import keeping, keys
from service_repo.publish import Repository

app = typer.Typer(no_args_is_help=True, help="Say, under keys that stay off-line, which log and witnesses count.")
ROOT_KEY = "anchor-root.key"
"""The root key that `semper repo init` makes where none is given."""

RootKeys = Annotated[
    list[Path] | None,
    typer.Option("--root-key", help="A file of a root key; once for each that signs now.", exists=True, dir_okay=False),
]
RootPassphrase = Annotated[
    Path | None,
    typer.Option(help="Read the root keys' passphrase from this file (default: the home's passphrase).", exists=True),
]


@app.command("key")
def make_key(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="A new file, best on a stick that goes into a drawer.", dir_okay=False)],
    root_passphrase_file: RootPassphrase = None,
) -> None:
    """Make a root key under a passphrase. It signs anchors only together with as many others as the threshold says."""
    public = keys.make_key_file(file, _passphrase(settings_of(context), root_passphrase_file, new=True))
    show(f"Made a root key in {file}.", f"  public  {public.hex()}")


@app.command()
def init(
    context: typer.Context,
    root_key: RootKeys = None,
    threshold: Annotated[int, typer.Option(help="How many of the root keys must sign together.", min=1)] = 1,
    root_passphrase_file: RootPassphrase = None,
) -> None:
    """Make the anchor of this home's repository. Name as many root keys as there shall be."""
    with opened(context) as home:
        secret = _passphrase(settings_of(context), root_passphrase_file)
        show(*made(home, own(home), root_key or [], threshold, secret))


@app.command()
def rotate(
    context: typer.Context,
    keep: Annotated[list[Path], typer.Option("--keep", help="A root key of the new root; once for each.", exists=True)],
    threshold: Annotated[int, typer.Option(help="How many of the new root's keys must sign together.", min=1)] = 1,
    new_online_key: Annotated[
        bool, typer.Option("--new-online-key", help="Also replace the key that signs on this machine.")
    ] = False,
    root_key: RootKeys = None,
    root_passphrase_file: RootPassphrase = None,
) -> None:
    """Begin a new root: other keys, or another threshold. It needs signatures of the old root's keys and of its own."""
    with opened(context) as home:
        repository = own(home)
        chosen = keeping.next_online_key if new_online_key else keeping.online_key
        online = chosen(repository.directory).public
        anchor = keeping.anchor_of(repository)
        anchor.draft_root([keys.public_of(file) for file in keep], threshold, online, repository.now())
        _sign(context, repository, root_key, root_passphrase_file)


@app.command("add-authority")
def add_authority(
    context: typer.Context,
    certificate: Annotated[Path, typer.Argument(help="The authority's root, PEM or DER.", exists=True, dir_okay=False)],
    name: Annotated[str, typer.Option(help="A short name: small letters, digits, hyphens.")],
    root_key: RootKeys = None,
    root_passphrase_file: RootPassphrase = None,
) -> None:
    """Show an authority's root to the repository's users. Whom they trust stays theirs to say."""
    if not name or not all(c.isascii() and (c.isalnum() or c == "-") for c in name):
        raise UsageError("USAGE_INVALID", "cannot add the authority: its name has small letters, digits and hyphens")
    with files.about(certificate):
        root = certificate_file.read_certificates(files.read(certificate, certificate_file.MAX_FILE))[0]
    with opened(context) as home:
        repository = own(home)
        keeping.draft(repository, keeping.authority_target(root, name))
        _sign(context, repository, root_key, root_passphrase_file)


@app.command()
def update(
    context: typer.Context,
    minimum_host: Annotated[str, typer.Option(help="The oldest host that may go on with what is published.")] = "",
    root_key: RootKeys = None,
    root_passphrase_file: RootPassphrase = None,
) -> None:
    """Begin new targets: the log's keys and witnesses as log.json has them now, and the minimum host."""
    if minimum_host and not versions.is_version(minimum_host):
        message = f"cannot ask for the host {minimum_host[:64]!r}: that is no version like 1.4.0"
        raise UsageError("USAGE_INVALID", message)
    with opened(context) as home:
        repository = own(home)
        keeping.draft(repository, {MINIMUM_HOST: f"{minimum_host}\n".encode()} if minimum_host else {})
        _sign(context, repository, root_key, root_passphrase_file)


@app.command()
def sign(context: typer.Context, root_key: RootKeys = None, root_passphrase_file: RootPassphrase = None) -> None:
    """Sign what was begun; what enough root keys have signed is published. Without a key: sign timestamps anew."""
    with opened(context) as home:
        _sign(context, own(home), root_key, root_passphrase_file)


def made(home: Home, repository: Repository, root_keys: Sequence[Path], threshold: int, secret: str) -> list[str]:
    """Make the anchor, with a root key in the home where none is given; return what to tell the operator."""
    chosen, lines = list(root_keys), []
    if not chosen:
        chosen = [home.path / ROOT_KEY]
        if not chosen[0].exists():
            keys.make_key_file(chosen[0], secret)
        lines.append(f"The root key is in {chosen[0]}, under the home's passphrase: move it off this machine.")
    signers = [keys.open_key_file(file, secret) for file in chosen]
    fingerprint = keeping.init(repository, [signer.public for signer in signers], threshold, signers)
    root = repository.directory / keeping.ANCHOR / "1.root.json"
    return [f"Made the anchor; its users trust {root} with", f"  SHA-256  {fingerprint}", *lines]


def _sign(context: typer.Context, repository: Repository, root_keys: list[Path] | None, file: Path | None) -> None:
    signers: list[SigningKey] = []
    if root_keys:
        secret = _passphrase(settings_of(context), file)
        signers = [keys.open_key_file(path, secret) for path in root_keys]
    missing = keeping.anchor_of(repository).sign(signers)
    keeping.publish(repository)
    for name, count in missing.items():
        show(
            f"{name}: published" if not count else f"{name}: {count} more signatures needed; `semper repo anchor sign`"
        )


def _passphrase(settings: Settings, file: Path | None, *, new: bool = False) -> str:
    """Return the root keys' passphrase: from the file named, else as the home's is found."""
    chosen = settings if file is None else Settings(settings.directory, file)
    return passphrase(chosen, new=new)

"""`semper repo witness`: cosigning the logs of others, so that they cannot show two histories."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec
import typer

from semper_host.cli.opening import now, opened
from semper_host.cli.own_repository import through
from semper_host.cli.printing import show
from semper_host.host.home import Home
from semper_host.model.errors import SemperError, UsageError
from semper_host.supporting.communication import runner
from semper_host.supporting.cryptographic import durable_file
from semper_host.supporting.cryptographic.signing import SigningKey, check_public
from service_repo import identity
from service_repo.fetch import Remote
from service_repo.log import witness_server
from service_repo.log.witness import WatchedLog, Witness

FOLDER, WATCHED = "witness", "watched.json"
_KEY = "repository.witness"


class Watched(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A log that this home cosigns: its name, its key in hex, where its repository is read."""

    origin: str
    key: str
    url: str


def witness(
    context: typer.Context,
    watch: Annotated[
        list[str] | None,
        typer.Option(help="Cosign this log: `ORIGIN KEY URL`, as its operator tells you. Kept for later runs."),
    ] = None,
    listen: Annotated[str, typer.Option(help="Serve on HOST:PORT; port 0 takes a free one.")] = "",
    name: Annotated[str, typer.Option(help="The name to cosign under, like a domain name (default: the home's).")] = "",
) -> None:
    """Be a witness: cosign a log only while it grows and its entries hold. Prints the key; --listen serves.

    The newest checkpoint of each log is kept durably: never run a witness from a restored backup.
    """
    address = read_address(listen) if listen else None
    with opened(context) as home:
        folder = home.path / FOLDER
        folder.mkdir(mode=0o700, exist_ok=True)
        logs = _watched(folder)
        for text in watch or ():
            added = _read_watched(text)
            logs = [each for each in logs if each.origin != added.origin] + [added]
        durable_file.replace(folder / WATCHED, msgspec.json.encode(logs))
        key, named = _key(home), name or home.config.name
        show(f"Witness {named}, key {key.public.hex()}", *(f"cosigns {each.origin} at {each.url}" for each in logs))
        if address is not None:
            sources = {
                each.origin: WatchedLog(bytes.fromhex(each.key), Remote(each.url, through=through(home.config)))
                for each in logs
            }
            served = Witness(named, key, folder, sources, now)
            runner.serve(witness_server.app(served), *address)


def read_witness(text: str) -> identity.Witness:
    """Return the witness that `NAME KEY URL` names. Raises UsageError USAGE_INVALID."""
    parts = text.split()
    if len(parts) != 3:
        raise UsageError("USAGE_INVALID", "cannot read the witness: write 'NAME KEY URL'")
    _check(parts[1], parts[2])
    return identity.Witness(*parts)


def read_address(text: str) -> tuple[str, int]:
    """Return host and port of HOST:PORT. Raises UsageError USAGE_INVALID."""
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit() or int(port) > 0xFFFF:
        raise UsageError("USAGE_INVALID", f"cannot listen on {text}: write HOST:PORT")
    return host.strip("[]"), int(port)


def _read_watched(text: str) -> Watched:
    parts = text.split()
    if len(parts) != 3:
        raise UsageError("USAGE_INVALID", "cannot read the log: write 'ORIGIN KEY URL'")
    _check(parts[1], parts[2])
    return Watched(*parts)


def _check(key: str, url: str) -> None:
    try:
        check_public(bytes.fromhex(key))
    except (ValueError, SemperError):
        raise UsageError("USAGE_INVALID", f"cannot use {key[:80]}: it is not an Ed25519 key in hex") from None
    if not url.startswith(("http://", "https://")):
        raise UsageError("USAGE_INVALID", f"cannot use {url[:80]}: it is not an address")


def _watched(folder: Path) -> list[Watched]:
    try:
        return msgspec.json.decode((folder / WATCHED).read_bytes(), type=list[Watched])
    except FileNotFoundError:
        return []
    except msgspec.MsgspecError as error:
        raise UsageError("CONFIG_INVALID", f"cannot use {folder / WATCHED}: {error}") from None


def _key(home: Home) -> SigningKey:
    return SigningKey.from_seed(home.keyring.seed(_KEY))

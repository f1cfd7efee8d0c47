"""From the command line's options to an opened home."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from getpass import getpass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from semper_host.cli.settings import Settings
from semper_host.host import home as homes
from semper_host.host.home import Home
from semper_host.model.errors import UsageError

if TYPE_CHECKING:
    from semper_host.supporting.communication.client import Client


def settings_of(context: typer.Context) -> Settings:
    """Return the settings that the top level stored."""
    settings = context.find_root().obj
    assert isinstance(settings, Settings)
    return settings


def passphrase(settings: Settings, *, new: bool = False) -> str:
    """Return the passphrase: from the file named, else from a prompt on the terminal (twice for a new home)."""
    if settings.passphrase_file is not None:
        try:
            return settings.passphrase_file.read_text().rstrip("\n")
        except UnicodeDecodeError:
            raise UsageError("USAGE_INVALID", "cannot read the passphrase file: it is not text in UTF-8") from None
        except OSError as error:
            cause = f"cannot read the passphrase file: {error.strerror}: {error.filename}"
            raise UsageError("USAGE_INVALID", cause) from None
    if not sys.stdin.isatty():
        raise UsageError("USAGE_INVALID", "cannot ask for the passphrase without a terminal: give --passphrase-file")
    words = getpass("Passphrase of this home: ")
    if new and getpass("Once more: ") != words:
        raise UsageError("PASSPHRASE_WRONG", "cannot create the home: the two passphrases differ")
    return words


def home_path(context: typer.Context) -> Path:
    """Return the directory of the home that is there, its keys left closed. Raises UsageError HOME_MISSING."""
    path = settings_of(context).path
    homes.read_config(path)
    return path


@contextmanager
def opened(context: typer.Context) -> Iterator[Home]:
    """Open the home that the command line names, and close it afterwards."""
    settings = settings_of(context)
    homes.read_config(settings.path)
    home = homes.open_home(settings.path, passphrase(settings))
    try:
        yield home
    finally:
        home.close()


def line_out(context: typer.Context) -> Client:
    """Return the client to call out with: through the proxy of the home, where there is one. Its keys stay closed.

    Raises UsageError CONFIG_INVALID.
    """
    from semper_host.host.line import closed_line
    from semper_host.supporting.communication.client import Client

    path = settings_of(context).path
    return closed_line(homes.read_config(path)) if (path / homes.CONFIG).exists() else Client()


def now() -> int:
    """Return the time: seconds since 1970 UTC."""
    return int(time.time())

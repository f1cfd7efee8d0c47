"""Where an authority's keys lie, on the command line: the options for a token, and its PIN from a file or a prompt."""

from __future__ import annotations

import sys
from functools import cache
from getpass import getpass
from pathlib import Path
from typing import Annotated

import typer

from semper_host.host.authority_keys import Pin, Token
from semper_host.model.errors import UsageError

PinFile = Annotated[
    Path | None,
    typer.Option(help="Read the token's PIN from this file instead of asking.", envvar="SEMPER_PIN_FILE"),
]
Module = Annotated[
    str,
    typer.Option(
        "--pkcs11", metavar="MODULE", help="Make the keys inside a PKCS#11 token, through this library of its maker."
    ),
]
Label = Annotated[str, typer.Option("--token", metavar="LABEL", help="Which token: its label.")]


def token_from(module: str, label: str) -> Token | None:
    """Return the token that the options name, None where they name none. Raises UsageError USAGE_INVALID."""
    if bool(module) != bool(label):
        raise UsageError("USAGE_INVALID", "cannot make keys in a token: give both --pkcs11 MODULE and --token LABEL")
    return Token(module, label) if module else None


def pin_from(file: Path | None) -> Pin:
    """Return how the PIN is got: from `file`, else asked on the terminal when it is needed, once for each token."""

    @cache
    def pin(token: str) -> str:
        if file is None:
            return _asked(token)
        try:
            return file.read_text().rstrip("\n")
        except UnicodeDecodeError:
            raise UsageError("USAGE_INVALID", f"cannot read {file}: it is not text in UTF-8") from None
        except OSError as error:
            raise UsageError("USAGE_INVALID", f"cannot read the PIN from {file}: {error.strerror}") from None

    return pin


def _asked(token: str) -> str:
    if not sys.stdin.isatty():
        raise UsageError("USAGE_INVALID", "cannot ask for the PIN without a terminal: give --pin-file")
    return getpass(f"PIN of the token {token}: ")

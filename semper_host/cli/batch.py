"""`semper batch`: several commands for one home, one after the other, in one process."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import Annotated

import typer

from semper_host.cli.opening import settings_of
from semper_host.cli.settings import Settings
from semper_host.model.errors import UsageError

MOST_BYTES = 1024 * 1024


def batch(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(help="A file with a command a line, as after `semper`; - for standard input.")
    ] = Path("-"),
) -> None:
    """Run several commands for this home. Stops at the first that fails, with its exit code; # begins a comment."""
    from semper_host.cli.program import app

    settings = settings_of(context)
    for number, words in enumerate(_commands(file), 1):
        try:
            code = app([*_options(settings), *words], standalone_mode=False)
        except Exception:
            sys.stdout.flush()
            sys.stderr.write(f"command {number} of the batch, `semper {' '.join(words[:2])}`:\n")
            raise
        sys.stdout.flush()
        if isinstance(code, int) and code != 0:
            raise typer.Exit(code)


def _commands(file: Path) -> list[list[str]]:
    """Return the words of each command. Raises UsageError for what is no text, or a batch in a batch."""
    try:
        with sys.stdin.buffer if file == Path("-") else file.open("rb") as source:
            text = source.read(MOST_BYTES + 1).decode()
        lines = [shlex.split(line, comments=True) for line in text.splitlines()]
    except OSError as error:
        raise UsageError("USAGE_INVALID", f"cannot read {file}: {error.strerror}") from None
    except ValueError as error:  # not UTF-8, or quotes that do not close
        raise UsageError("USAGE_INVALID", f"cannot read the batch: {error}") from None
    commands = [words for words in lines if words]
    if len(text) > MOST_BYTES or any(words[0] == "batch" for words in commands):
        raise UsageError("USAGE_INVALID", "cannot run the batch: it is too large, or runs another one")
    return commands


def _options(settings: Settings) -> list[str]:
    home = [] if settings.directory is None else ["--home", str(settings.directory)]
    secret = [] if settings.passphrase_file is None else ["--passphrase-file", str(settings.passphrase_file)]
    return [*home, *secret]

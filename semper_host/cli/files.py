"""Files that commands read and write: bounded, and with refusals that name the file."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from semper_host.model.errors import SemperError, UsageError
from semper_host.supporting.cryptographic import durable_file

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Directory = Annotated[Path | None, typer.Option("--output", "-o", help="Where to write (default: beside the input).")]
Refresh = Annotated[
    bool, typer.Option("--refresh", help="First ask the trusted repositories for their heads: what was revoked since.")
]
PUBLIC_MODE = 0o644


def read(path: Path, most: int) -> bytes:
    """Return the content of a file of at most `most` bytes. Raises UsageError USAGE_INVALID."""
    try:
        with path.open("rb") as file:
            data = file.read(most + 1)
    except OSError as error:
        raise UsageError("USAGE_INVALID", f"cannot read {path}: {error.strerror}") from None
    if len(data) > most:
        raise UsageError("USAGE_INVALID", f"cannot read {path}: it has more than {most} bytes")
    return data


def write(path: Path, data: bytes) -> None:
    """Write a file for everybody to read, whole or not at all; folders are made. Raises UsageError USAGE_INVALID."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        durable_file.replace(path, data, PUBLIC_MODE)
    except OSError as error:
        raise UsageError("USAGE_INVALID", f"cannot write {path}: {error.strerror}") from None


def write_or_print(path: Path | None, data: bytes) -> None:
    """Write `data` to `path`, or to stdout where none is given."""
    if path is not None:
        write(path, data)
        return
    if sys.stdout.isatty() and b"\0" in data:
        raise UsageError("USAGE_INVALID", "cannot show binary data on a terminal: name a file with -o")
    sys.stdout.flush()
    sys.stdout.buffer.write(data)
    sys.stdout.buffer.flush()


def beside(path: Path, directory: Path | None, ending: str) -> Path:
    """Return where what belongs to `path` goes: NAME + `ending` in `directory`, or beside it."""
    return (directory or path.parent) / (path.stem + ending)


@contextmanager
def about(path: Path | str) -> Iterator[None]:
    """Let every refusal inside name the file that it is about."""
    try:
        yield
    except SemperError as error:
        if str(path) not in error.message:
            error.message = f"{error.message} [{path}]"
        raise

"""Handing signed statements to a repository: revocations, withdrawals, rotations and their approvals."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from semper_host.admission.statements import MAX_STATEMENT
from semper_host.cli import files
from semper_host.cli.opening import line_out

_MAX_ANSWER = 64 * 1024
To = Annotated[
    str, typer.Option(help="Hand it to the repository at this address, or in this directory on this machine, at once.")
]


def hand_over(context: typer.Context, to: str, statements: Sequence[Path]) -> None:
    """Give the statements in these files to the repository at the address, or in the directory, `to`; in their order.

    Nothing goes around the home's proxy. Raises what the repository refuses, Unavailable PEER_UNREACHABLE, UsageError
    HOME_MISSING, USAGE_INVALID, CONFIG_INVALID.
    """
    said = [(file, files.read(file, MAX_STATEMENT)) for file in statements]
    if to.startswith(("http://", "https://")):
        _post(context, to.rstrip("/"), said)
        return
    from service_repo.publish import Repository

    repository = Repository.open(Path(to))
    try:
        for file, data in said:
            with files.about(file):
                repository.say(data)
    finally:
        repository.close()


def _post(context: typer.Context, url: str, said: Sequence[tuple[Path, bytes]]) -> None:
    from service_repo import writing

    with line_out(context) as client:
        for file, data in said:
            with files.about(file):
                client.post(url + writing.STATEMENTS_PATH, data, _MAX_ANSWER)

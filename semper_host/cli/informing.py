"""`semper deal open`: information that a deal brought, where the other side gave it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from semper_host.cli.deal import Which, buyer_at, find
from semper_host.cli.facing import Teller, desk
from semper_host.cli.printing import show
from semper_host.host import informing


def open_information(
    context: typer.Context,
    deal: Which,
    source: Annotated[str, typer.Argument(help="The encrypted files: a folder, or the address of one.")],
    to: Annotated[Path | None, typer.Option(help="Where the files go (default: goods/ in the home).")] = None,
) -> None:
    """Open information that came, with the keys that the deal brought.

    The other side gives you its encrypted files in any way; here they are checked against the deal, and decrypted.
    """
    with desk(context) as open_desk:
        live = buyer_at(open_desk).deals.find(find(open_desk.home, deal).deal)
        show(str(informing.opened(open_desk.home, open_desk.client, live, source, to, Teller().progress)))

"""A party to a transfer in a process of its own that kills itself at one of its commits, as the power would.

Words: home, passphrase, number of the commit (0: none), "before" or "after" it is durable, what it does, and of what:
`serve`; `receive` a ticket's file; `call`, as an anonymous sender, or `accept` a transfer's number.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from semper_host.host import home as homes
from semper_host.host import serving
from semper_host.host.consignments.accepting import accept
from semper_host.host.consignments.calling import AnonymousConsignor
from semper_host.host.consignments.receiving import Consignee
from semper_host.host.consignments.records import Ticket
from semper_host.host.home import Home
from semper_host.host.line import line_of
from semper_host.host.sandbox import Sandbox
from semper_host.supporting.communication.client import Client
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from tests.host.mortal_process import MortalStore, counting


class Yes:
    """Who approves all that it is asked."""

    name = "yes"

    def show(self, lines: tuple[str, ...]) -> None:
        """Look away."""

    def confirm(self, lines: tuple[str, ...], word: str, timeout: int) -> bool:
        return True

    def prompt_secret(self, label: str) -> str:
        return ""


def serve(home: Home, store: MortalStore) -> None:
    """Serve all that a merchant serves; commits count from the first call of a transfer on."""

    def merchant(home: Home, sandbox: Sandbox, client: Client) -> Any:
        return counting(store, serving.FACTORIES["merchant"](home, sandbox, client), among="transfer")

    serving.serve(home, more={"merchant": merchant})


def act(home: Home, what: str, word: str) -> None:
    """Do what a person's command does until it is done; every commit counts."""
    with line_of(home) as client:
        if what == "call":
            AnonymousConsignor(home, client).run(bytes.fromhex(word), give_up=lambda: False)
            return
        party = Consignee(home, client, TrustedInterface(Yes()))
        if what == "accept":
            accept(party, bytes.fromhex(word))
        else:
            party.run(party.join(Ticket.decode(Path(word).read_bytes())), give_up=lambda: False)


if __name__ == "__main__":
    opened = homes.open_home(Path(sys.argv[1]), sys.argv[2])
    try:
        mortal = MortalStore(opened.archive.store, int(sys.argv[3]), sys.argv[4])
        opened.archive.store = mortal  # type: ignore[assignment]
        if sys.argv[5] == "serve":
            serve(opened, mortal)
        else:
            mortal.counting = True
            act(opened, sys.argv[5], sys.argv[6])
    finally:
        opened.close()

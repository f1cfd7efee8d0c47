"""A party to a contract in a process of its own that kills itself at one of its commits, as the power would.

Words: home, passphrase, number of the commit (0: none), "before" or "after" it is durable, and a ticket's file; without
one the home serves those that it invited.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from semper_host.host import home as homes
from semper_host.host import serving
from semper_host.host.contracts.beginning import Ticket
from semper_host.host.contracts.convening import Convener
from semper_host.host.contracts.signing import Signatory
from semper_host.host.home import Home
from semper_host.host.line import line_of
from semper_host.host.sandbox import Sandbox
from semper_host.supporting.communication.client import Client
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from tests.host.mortal_process import MortalStore, counting
from tests.host.street import Person


def serve(home: Home, store: MortalStore) -> None:
    """Serve; commits count from the first request on."""

    def convener(home: Home, sandbox: Sandbox, client: Client) -> Any:
        return counting(store, Convener(home, client))

    serving.serve(home, more={"merchant": convener})


def sign(home: Home, store: MortalStore, ticket: Path) -> None:
    """Join and sign; every commit counts. Says how it ended."""
    store.counting = True
    with line_of(home) as client:
        party = Signatory(home, client, TrustedInterface(Person()))
        contract = party.join(Ticket.decode(ticket.read_bytes()))
        standing = party.run(contract.number, give_up=lambda: False)
        print("ended", standing.ended(party.clock()), flush=True)


if __name__ == "__main__":
    opened = homes.open_home(Path(sys.argv[1]), sys.argv[2])
    try:
        mortal = MortalStore(opened.archive.store, int(sys.argv[3]), sys.argv[4])
        opened.archive.store = mortal  # type: ignore[assignment]
        if len(sys.argv) > 5:
            sign(opened, mortal, Path(sys.argv[5]))
        else:
            serve(opened, mortal)
    finally:
        opened.close()

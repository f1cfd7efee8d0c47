"""One click in a host of its own process: `clicking_process HOME PASSPHRASE OFFER_URL [PAGE_URL]`.

The home is fresh: no offer, merchant or terms were ever seen. With PAGE_URL the host has been up for a while: it
has fetched that page of its bank and shown a screen, so its HTTP and locale libraries are loaded; without, the click
is the first thing it does. Prints the seconds of each part as JSON; a screen is there when the whole of it can be
read at the other side of a real terminal.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
import tty
from pathlib import Path

from benchmarks.setting import drivers
from semper_host.host import home as homes
from semper_host.host.buying import Buyer
from semper_host.host.sandbox import Sandbox
from semper_host.host.watching import Watcher
from semper_host.model.money import Money
from semper_host.supporting.anchor import client as _loaded  # noqa: F401  # as in a host that is up
from semper_host.supporting.communication.client import MOST_BYTES, Client
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from semper_host.supporting.trusted_ui.screens import Acts, Recovery, Where

drivers()
from semper_terminal.terminal import TerminalDriver  # noqa: E402  # found where drivers() says

PROMPT = b"> "


class Marks(Watcher):
    """Notes when each part was done."""

    def __init__(self) -> None:
        self.at: dict[str, float] = {}

    def mark(self, name: str) -> None:
        """`name` is done now."""
        self.at[name] = time.perf_counter()

    def step(self, what: str, detail: str) -> None:
        """The buyer's host says "offer" when the merchant is verified, "terms" when they are admitted and kept."""
        self.mark({"offer": "merchant", "terms": "admitted"}.get(what, what))


class MarkingClient(Client):
    """Notes when a fetch begins and ends."""

    def __init__(self, marks: Marks) -> None:
        super().__init__()
        self._marks = marks

    def get(self, url: str, most: int = MOST_BYTES) -> bytes:
        """Fetch, and note it."""
        name = "pack" if url.endswith(".smpack") else "offer"
        self._marks.mark(f"{name} asked")
        body = super().get(url, most)
        self._marks.mark(f"{name} fetched")
        return body


def main() -> None:
    """Come up, click, tell."""
    place, passphrase, url, *page = sys.argv[1:]
    home = homes.open_home(Path(place), passphrase)
    home.archive.deals()
    marks = Marks()
    master, slave = os.openpty()
    tty.setraw(slave)
    interface = TrustedInterface(TerminalDriver(os.ttyname(slave)))
    client = MarkingClient(marks)
    buyer = Buyer(home, Sandbox(home.archive), client, interface, watcher=marks)
    for each in page:
        client.get(each)
        interface.render(Recovery(deal=bytes(32), amount=Money(1990, "EUR"), where=Where.PURSE, acts=Acts.YOU))
    person = threading.Thread(target=_answer, args=(master, marks))
    person.start()
    marks.mark("click")
    considered = buyer.consider(client.get(url), ())
    marks.mark("considered")
    buyer.review(considered)
    person.join()
    client.close()
    home.close()
    print(json.dumps(_parts(marks.at)))


def _answer(master: int, marks: Marks) -> None:
    """Be the person: read the screen to its end, then say yes."""
    seen = b""
    while not seen.endswith(PROMPT):
        seen += os.read(master, 65536)
    marks.mark("frame")
    os.write(master, b"yes\n")


def _parts(at: dict[str, float]) -> dict[str, float]:
    return {
        "whole": at["frame"] - at["click"],
        "fetch_offer": at["offer fetched"] - at["click"],
        "verify_merchant": at["merchant"] - at["offer fetched"],
        "verify_services": at["pack asked"] - at["merchant"],
        "fetch_pack": at["pack fetched"] - at["pack asked"],
        "admit_and_keep": at["admitted"] - at["pack fetched"],
        "check_terms": at["considered"] - at["admitted"],
        "show": at["frame"] - at["considered"],
    }


main()

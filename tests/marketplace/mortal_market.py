"""A market of real processes, any of which can be killed at any of its commits; and what must be true afterwards.

The homes are made once, by hosts in this process; then these end, and each home has a process of its own at the same
address. A process that was killed is started again from its home; the others go on.
"""

from __future__ import annotations

import multiprocessing
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from semper_host.host import home as homes
from semper_host.host.accounts import Accounts
from semper_host.host.banking import accounts_of
from semper_host.host.home import Home
from semper_host.host.payments import OpenPurse, Payments
from semper_host.host.sandbox import Sandbox
from semper_host.host.trustee_rows import Rows
from semper_host.supporting.archive.deals import DealRow
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic import keyring
from tests.host.marketplace import PASSPHRASE, Authorities, now
from tests.marketplace.mortal_homes import Made, homes_in
from tests.marketplace.mortal_party import Stretched, knowing, main
from tests.marketplace.mortal_store import Clock

PARTIES = ("buyer", "merchant", "bank", "dollars", "trustee")
LOOKS = 5
"""So often nothing has moved, before time may fly."""
Looked = tuple[Any, int]
NOT_LOOKED: Looked = (None, 0)
REAPING = threading.RLock()
"""Whoever starts a process or asks whether one has ended: `multiprocessing` knows no threads that do."""
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.marketplace.mortal_warm"])


@dataclass
class Party:
    """One party's home, as this process reads it, and its process."""

    home: Home
    start: Callable[[Any], Any]
    process: Any = None
    conn: Any = None

    def up(self) -> None:
        """Start it, and wait until it answers."""
        self.begin()
        self.wait()

    def begin(self) -> None:
        with REAPING:
            self.conn, theirs = _CONTEXT.Pipe()
            self.process = self.start(theirs)
            self.process.start()
            theirs.close()

    def wait(self, seconds: float = 60) -> None:
        """Wait until it answers, and serves if it is to serve."""
        assert self.ask("count") is not None
        host, _, port = self.home.config.listen.rpartition(":")
        deadline = time.monotonic() + seconds
        while self.home.config.role != "buyer":
            with suppress(OSError), socket.create_connection((host, int(port)), timeout=2):
                return
            assert time.monotonic() < deadline, f"{self.home.config.role} does not serve"
            time.sleep(0.02)

    def ask(self, *words: Any) -> Any:
        """Return its answer; None where it was killed."""
        try:
            self.conn.send(words)
            assert self.conn.poll(90), (self.home.config.role, words)
            return self.conn.recv()
        except (EOFError, OSError):
            return None

    def behave(self) -> None:
        """It is not to die nor to cheat from now on; if it is dying, wait until it is dead."""
        deadline = time.monotonic() + 20
        if self.ask("behave") is None:
            while self.exitcode is None:
                assert time.monotonic() < deadline, f"{self.home.config.role} neither answers nor ends"
                time.sleep(0.005)

    @property
    def exitcode(self) -> int | None:
        with REAPING:
            code: int | None = self.process.exitcode
        return code

    @property
    def killed(self) -> bool:
        return self.exitcode == -9

    def down(self) -> None:
        if self.process is not None:
            with REAPING:
                self.process.terminate()
                self.process.join(20)
                self.process.kill()


@dataclass
class Market:
    """Everybody, and what everybody had."""

    parties: dict[str, Party]
    clock: Clock
    books: dict[str, Accounts]
    purses: dict[tuple[str, str], OpenPurse]
    restarts: list[str] = field(default_factory=list)
    at_spoilt: dict[str, int] = field(default_factory=dict)  # commits of each when a message was seen to be spoilt
    counts: dict[str, int] = field(default_factory=dict)  # commits of each in the last trade

    @property
    def merchant(self) -> Home:
        return self.parties["merchant"].home

    @property
    def customer(self) -> Home:
        return self.parties["buyer"].home

    def deals(self, party: str) -> list[DealRow]:
        return self.parties[party].home.archive.deals()

    def money(self, currency: str) -> dict[str, int]:
        """Where the money of a currency is, in minor units; what is set aside counts as its owner's."""
        books = self.books[currency]
        assert not any(books._ledger.trial_balance().values()) and not books._ledger.differences()
        found = {"held": books.totals()["mint:held"].minor}
        for name in ("buyer", "merchant"):
            purse = self.purses[name, currency]
            coins = purse.purse.balance().minor + purse.purse.reserved().minor
            found[name] = coins + books.balance(purse.account_name).minor
        return found

    def reserved(self) -> int:
        return sum(purse.purse.reserved().minor for purse in self.purses.values())

    def revive(self) -> list[str]:
        """Start again whoever was killed; return who was."""
        dead = [(name, party) for name, party in self.parties.items() if party.exitcode is not None]
        for name, party in dead:
            assert party.killed, f"{name} ended by itself: {party.exitcode}"
            self.restarts.append(name)
            party.up()
        return [name for name, _ in dead]

    def comes_back(self) -> bool:
        """Start again whoever was killed when the trade was over for the buyer; say whether somebody was.

        A buyer that was at the last of its deal goes on with it, before it begins another.
        """
        revived = self.revive()
        if "buyer" in revived:
            self.trade("")
        return bool(revived)

    def mourn(self, said: str, seconds: float = 20) -> None:
        """Wait until somebody is seen to be dead, who was killed a moment ago; start it again. `said`: by the buyer."""
        deadline = time.monotonic() + seconds
        while not self.comes_back():
            assert time.monotonic() < deadline, f"nobody was killed, and still {said!r}: {self.standing()}"
            time.sleep(0.02)

    def trade(self, name: str, *, flying: bool = False, seconds: float = 150) -> str:
        """Have the buyer trade, and everybody who is killed come back, until it is over; D in hex, "", or a trouble.

        Who was killed before it wrote a deal down has none. `flying`: let time pass whenever nothing moves.
        """
        buyer, deadline, before = self.parties["buyer"], time.monotonic() + seconds, NOT_LOOKED
        buyer.ask("trade", name)
        while True:
            assert time.monotonic() < deadline, self.standing()
            revived = self.revive()
            if "buyer" in revived:
                buyer.ask("trade", "")
            if revived:
                before = NOT_LOOKED
            result = buyer.ask("result")
            if isinstance(result, str):
                assert not result.startswith("failed"), result
                return result
            time.sleep(0.05)
            before = self._fly(before) if flying else NOT_LOOKED

    def settle(self, seconds: float = 90) -> None:
        """Let time fly until the merchant is done with every deal, and the trustee with every case."""
        deadline, before = time.monotonic() + seconds, NOT_LOOKED
        while any(row.state != "over" for row in self.deals("merchant")) or Rows(self.trustee.archive).unended():
            assert time.monotonic() < deadline, self.standing()
            before = NOT_LOOKED if self.comes_back() else self._fly(before)
            time.sleep(0.05)

    def _fly(self, before: Looked) -> Looked:
        """Turn the clock to the next deadline where nothing moved for some looks."""
        stands = [self.parties[name].ask("stands") for name in ("buyer", "merchant")]
        if None in stands:
            return NOT_LOOKED
        if not self.at_spoilt and any(each.spoilt for each in stands):
            self.at_spoilt = {name: party.ask("count") or 0 for name, party in self.parties.items()}
        if any(each.busy for each in stands) or Rows(self.trustee.archive).unended():
            return NOT_LOOKED
        entries = tuple(each.entries for each in stands)
        looks = before[1] + 1 if before[0] == entries else 0
        begun = [each.exchange for each in stands if each.exchange is not None]
        wakes = begun or [each.wake for each in stands if each.wake is not None]
        patience = 5 * LOOKS if any(each.mail for each in stands) else LOOKS
        if looks < (patience if begun or () in entries else 20 * LOOKS):  # people are at it, on both sides
            return entries, looks
        self.clock.turn(max(0, min(wakes, default=0) - self.clock()))
        return NOT_LOOKED

    @property
    def trustee(self) -> Home:
        return self.parties["trustee"].home

    def standing(self) -> str:
        """What there is to say where nothing moves any more."""
        rows = [(who, row.deal.hex()[:8], row.summary) for who in ("buyer", "merchant") for row in self.deals(who)[-2:]]
        return repr((rows, self.restarts[-5:], [party.ask("stands") for party in self.parties.values()]))

    def behave(self) -> None:
        """Nobody is to die or to cheat from now on; who is dying dies, and is started again."""
        for party in self.parties.values():
            party.behave()
        self.comes_back()


@contextmanager
def market_in(
    root: Path, authorities: Authorities, packs: Any, mint: Any, dollars: Any, zygote: Any, names: tuple[str, ...]
) -> Iterator[Market]:
    """Make everybody's home below `root`, offers of the trades `names`, and the processes."""
    made = homes_in(root, authorities, packs, mint, dollars, zygote, names)
    clock, stretched = root / "clock", Stretched()
    clock.write_bytes(bytes(8))
    with ExitStack() as ending:
        parties = {}
        for name, path in made.places.items():
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(keyring, "stretch", knowing(stretched))
                home = homes.open_home(path, PASSPHRASE)
            ending.callback(home.close)
            parties[name] = Party(home, _starter(path, clock, made, stretched))
            ending.callback(parties[name].down)
        for party in parties.values():
            party.begin()
        for party in parties.values():
            party.wait()
        yield _market(parties, Clock(clock), ending)


def _starter(path: Path, clock: Path, made: Made, stretched: Stretched) -> Callable[[Any], Any]:
    args = (made.offers, made.survey, stretched)
    return lambda conn: _CONTEXT.Process(target=main, args=(path, clock, conn, *args), daemon=True)


def _market(parties: dict[str, Party], clock: Clock, ending: ExitStack) -> Market:
    client = ending.enter_context(Client())
    books = {"EUR": accounts_of(parties["bank"].home), "USD": accounts_of(parties["dollars"].home)}
    purses = {}
    for name in ("buyer", "merchant"):
        home = parties[name].home
        for purse in Payments(home, Sandbox(home.archive), client).purses(now()):
            purses[name, purse.keyset.currency] = purse
    return Market(parties, clock, books, purses)

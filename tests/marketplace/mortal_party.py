"""A party of a market in a process of its own, which sends itself SIGKILL at whichever of its commits it is told to.

The process is forked from one that has done nothing but import (`multiprocessing`'s forkserver), opens its home, and
serves its role, or trades as the buyer. All that it knows, it knows from its home.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import pytest

from semper_host.api_v1 import Order
from semper_host.commerce.deal import wakes_at
from semper_host.commerce.events import Choose, Confirm, Declined, Event, Give, Reclaim
from semper_host.commerce.projection import StepSpec
from semper_host.exchange.goods import Goods, Part
from semper_host.host import banking, deals, selling, serving, trusteeing
from semper_host.host import home as homes
from semper_host.host.business import Business
from semper_host.host.buying import Buyer
from semper_host.host.deals import Deals
from semper_host.host.exchange_effects import ExchangeEffects
from semper_host.host.home import Home
from semper_host.host.live_deal import NEVER, LiveDeal
from semper_host.host.sandbox import Sandbox
from semper_host.host.step_effects import CHOSEN, GIVEN
from semper_host.model.errors import SemperError
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic import keyring, secret
from semper_host.supporting.cryptographic.secret import Stretching
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from tests.host.cheating import cheater, with_body
from tests.host.marketplace import PASSPHRASE
from tests.host.street import Person
from tests.marketplace.mortal_store import BEFORE, Clock, MortalStore

CHOICES = {"inspect": "unsatisfied", "approve": "approve"}
CREDIT = "credit"
"""A step whose item both sides' agreement fixes: nobody has to hand it in."""
BRINGING = ("information", "survey", "weak-package")
"""Trades in which the buyer gives information."""
PARCEL = b"a parcel's number: 4711"
WITHHELD = 0
"""In place of a message's number: of two transfers the second never comes."""
PATIENCE = 90
"""Real seconds after which a buyer that gets nowhere says so."""
AGAIN = (0.05, 0.1, 0.2, 0.5, 1, 2)
"""Seconds after which what failed is tried again: whoever was killed is back in less than one."""


Stretched = dict[bytes, bytes]
"""Keys of passphrases by salt: each is slow to find, and the same for every process of a home."""


def knowing(found: Stretched) -> Callable[[str, Stretching], bytes]:
    """Return what stretches a passphrase as `keyring` does, and finds in `found` what was found before."""

    def stretch(passphrase: str, stretching: Stretching) -> bytes:
        if stretching.salt not in found:
            found[stretching.salt] = secret.stretch(passphrase, stretching)
        return found[stretching.salt]

    return stretch


@dataclass(frozen=True)
class Standing:
    """How far a party's deals that are not over have come, each in so many entries of its journal."""

    entries: tuple[int, ...]
    busy: bool  # one is worked on, or has something due that waits for nobody
    mail: bool  # something is on its way to the other side
    wake: int | None  # the next deadline
    exchange: int | None  # the next deadline of an exchange that has begun
    spoilt: bool


@dataclass
class Life:
    """One party's process, as its control thread sees it."""

    home: Home
    clock: Clock
    store: MortalStore
    spoilt: threading.Event = field(default_factory=threading.Event)
    deals: Deals | None = None
    _cheat: Any = None

    def told(self, words: tuple[Any, ...]) -> Any:
        """Do what the test says, and answer."""
        match words:
            case ("arm", int(at), "before" | "within" | "durable" as moment):
                self.store.arm(at, moment)
                return True
            case ("count",):
                return self.store.count
            case ("spoil", str(side), str(step), int(number)):
                return self._spoil(side, step, number)
            case ("behave",):
                self.store.arm(0, BEFORE)
                self._behave()
                return True
            case ("stands",):
                return self._stands()
        raise ValueError(words)

    def _spoil(self, side: str, step: str, number: int) -> None:
        """From now on send that message of an exchange cut in half: the other side can't use it. 0: withhold it."""
        self._behave()
        if number == WITHHELD:
            self._cheat = _withholding(self.spoilt)
            self._cheat.__enter__()
            return
        self._cheat = cheater(pytest.MonkeyPatch(), side, step, number, with_body(lambda body: body[: len(body) // 2]))
        self.spoilt = self._cheat.__enter__()

    def _behave(self) -> None:
        """Spoil nothing from now on."""
        if self._cheat is not None:
            self._cheat.__exit__(None, None, None)
            self._cheat, self.spoilt = None, threading.Event()

    def _stands(self) -> Standing:
        lives = [live for live in list(self.deals.live.values()) if not live.over] if self.deals is not None else []
        busy = any(live.working.locked() or _owes(live) for live in lives)
        wakes = [(wake, live) for live in lives if (wake := wakes_at(live.business.plan, live.state)) is not None]
        begun = [wake for wake, live in wakes if live.state.exchange is not None]
        mail = any(self._has_mail(live) for live in lives)
        entries = tuple(live.standing.entries for live in lives)
        wake = min((wake for wake, _ in wakes), default=None)
        return Standing(entries, busy, mail, wake, min(begun, default=None), self.spoilt.is_set())

    def _has_mail(self, live: LiveDeal) -> bool:
        state = self.home.archive.session_state(live.business.ends.session)
        return state.sent > state.acknowledged


def _owes(live: LiveDeal) -> bool:
    """Whether something is to be done that needs neither a person nor the other side first."""
    owed = list(live.todo.values())
    waiting = (Confirm, Reclaim)
    return any(each.at < NEVER and not each.awaited and not isinstance(each.effect, waiting) for each in owed)


def main(
    path: Path, clock: Path, conn: Connection, offers: dict[str, bytes], survey: tuple[bytes, bytes],
    stretched: Stretched,
) -> None:  # fmt: skip
    """Be the party whose home is at `path`. `survey`: root and key digest of what a buyer gives as information."""
    patch = pytest.MonkeyPatch()
    patch.setattr(deals, "RETRY_SECONDS", AGAIN)
    patch.setattr(keyring, "stretch", knowing(stretched))
    home = homes.open_home(path, PASSPHRASE)
    store = MortalStore(home.archive.store)
    home.archive.store = store  # type: ignore[assignment]
    life = Life(home, Clock(clock), store)
    if home.config.role == "buyer":
        _trade(life, conn, offers, survey)
    else:
        _serve(life, conn)


def _serve(life: Life, conn: Connection) -> None:
    def seller(home: Home, sandbox: Sandbox, client: Client) -> Any:
        made = selling.Seller(home, sandbox, client, life.clock)
        life.deals = made.deals
        threading.Thread(target=_people, args=(made.deals,), daemon=True).start()
        return made

    def trustee(home: Home, sandbox: Sandbox, client: Client) -> Any:
        return trusteeing.TrusteeService(home, sandbox, client, life.clock, waits=(0.1,), lease_ms=500)

    def bank(home: Home, sandbox: Sandbox, client: Client) -> Any:
        return banking.Bank(home, sandbox, life.clock)

    threading.Thread(target=_control, args=(life, conn), daemon=True).start()
    serving.serve(life.home, more={"merchant": seller, "trustee": trustee, "bank": bank})


def _control(life: Life, conn: Connection) -> None:
    while True:
        conn.send(life.told(_heard(conn)))


def _heard(conn: Connection) -> tuple[Any, ...]:
    """Return the test's next words; where there is no test any more, end."""
    try:
        words: tuple[Any, ...] = conn.recv()
    except (EOFError, OSError):
        os._exit(0)
    return words


def _trade(life: Life, conn: Connection, offers: dict[str, bytes], survey: tuple[bytes, bytes]) -> None:
    """Trade whenever the test says so; until then, and meanwhile, answer what it asks."""
    sandbox, client = Sandbox(life.home.archive), Client(connect_seconds=2, read_seconds=15, whole_seconds=20)
    sandbox.zygote()
    trader = Trader(Buyer(life.home, sandbox, client, TrustedInterface(Person()), clock=life.clock), offers, survey)
    life.deals = trader.buyer.deals
    threading.Thread(target=_people, args=(life.deals,), daemon=True).start()
    while True:
        match _heard(conn):
            case ("trade", str(name)):
                trader.begin(name)
                conn.send(None)
            case ("result",):
                conn.send(trader.result)
            case words:
                conn.send(life.told(words))


@dataclass
class Trader:
    """The buyer's host at its trades."""

    buyer: Buyer
    offers: dict[str, bytes]
    survey: tuple[bytes, bytes]
    result: str | None = None
    thread: threading.Thread | None = None

    def begin(self, name: str) -> None:
        """Go on with every deal that there is, then begin the trade `name`, if any."""
        self.result = None
        if self.thread is not None:
            self.thread.join()
        self.thread = threading.Thread(target=self._run, args=(name,))
        self.thread.start()

    def _run(self, name: str) -> None:
        """Carry on until all is over; the `result` is D in hex, "" where there was nothing to do, or a trouble."""
        try:
            lives = self.buyer.take_up()
            for live in lives:
                self._carry(live)
            if name:
                lives = [self._agree(name)]
                self._carry(lives[0])
            self.result = lives[0].id.hex() if lives else ""
        except SemperError as error:
            self.result = f"{error.code}: {error.message}"
        except BaseException as error:
            self.result = f"failed: {error!r}"
            raise

    def _agree(self, name: str) -> LiveDeal:
        considered = self.buyer.consider(self.offers[name], [])
        self.buyer.review(considered)
        goods = {"info.survey": Goods((Part("survey", *self.survey),))} if name in BRINGING else {}
        return self.buyer.agree(considered, Order([]), goods)

    def _carry(self, live: LiveDeal) -> None:
        deadline = time.monotonic() + PATIENCE
        self.buyer.run(live, lambda: time.monotonic() > deadline)  # one that is over may have its last word to say
        while not live.over and time.monotonic() < deadline:
            time.sleep(0.02)
            self.buyer.run(live, lambda: time.monotonic() > deadline)
        assert live.over, (live.state.place, live.trouble)
        self.buyer.deliver(live)


def _people(deals: Deals) -> None:
    """The people of this side do what its deals wait for, as often as they are asked."""
    while True:
        time.sleep(0.05)
        for live in list(deals.live.values()):
            if not live.over:
                with _unless_over():
                    _act(deals, live)


def _act(deals: Deals, live: LiveDeal) -> None:
    wanted, archive = deals.steps.wanted(live), deals.archive
    if isinstance(wanted, Choose) and archive.recall(CHOSEN + live.id, wanted.step) is None:
        deals.steps.decide(live, CHOICES[wanted.step])
    elif isinstance(wanted, Give) and archive.recall(GIVEN + live.id, wanted.step) is None and wanted.step != CREDIT:
        deals.steps.give(live, PARCEL if wanted.step == "ship" else None)


@contextmanager
def _withholding(done: threading.Event) -> Iterator[None]:
    """Meanwhile a side takes what comes first in two transfers, and gives nothing for it; `done` says when it came."""
    prepare = ExchangeEffects._prepare_swap

    def refuse(effects: ExchangeEffects, business: Business, spec: StepSpec, entered: int, came: bytes) -> Event:
        if not came:
            return prepare(effects, business, spec, entered, came)
        done.set()
        return Declined(effects.clock(), spec.name, "we have what we wanted")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ExchangeEffects, "_prepare_swap", refuse)
        yield


@contextmanager
def _unless_over() -> Iterator[None]:
    """What is no more to be done when people come to it is left alone."""
    try:
        yield
    except SemperError as error:
        if error.code != "CHOICE_INVALID":
            raise

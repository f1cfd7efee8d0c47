"""A street with bank, trustee and merchant at work, and buyers with money: its lines fail, its clock can be turned."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from semper_host.admission.pack import Pack
from semper_host.api_v1 import Order
from semper_host.commerce.deal import wakes_at
from semper_host.commerce.deal_state import outcome
from semper_host.confinement.zygote import Zygote
from semper_host.host import installed, offers
from semper_host.host.accounts import Accounts
from semper_host.host.banking import Bank, accounts_of
from semper_host.host.buying import Buyer
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.home import Home
from semper_host.host.issuer_line import ISSUER_PATH
from semper_host.host.live_deal import LiveDeal
from semper_host.host.payments import KEYS_PATH, OpenPurse, Payments, proof_of
from semper_host.host.selling import STATUS_PATH, Seller
from semper_host.host.trusteeing import TrusteeService
from semper_host.host.watching import Watcher
from semper_host.model.errors import SemperError, Unavailable
from semper_host.model.money import Money
from semper_host.model.outcome import Satisfied
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.communication import mail
from semper_host.supporting.communication.client import MOST_BYTES, Client
from semper_host.supporting.communication.runner import running
from semper_host.supporting.communication.server import Handler, Service, application
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from tests.host.marketplace import Authorities, Marketplace
from tests.host.marketplace import now as real_now

PRICE = Money(199, "EUR")
START = 1000
PARAMETERS = {"answer_within": "PT6S", "resolve_within": "PT1M", "price_ceiling": "30.00 EUR"}
HELLO, MAIL, BANK, TRUSTEE, ISSUER = "/hello", "/mail", "/bank", "/trustee", "/issuer"
"""How the addresses of each kind of call end."""


class Clock:
    """Everybody's clock: real time, and so many seconds more."""

    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> int:
        return real_now() + self.ahead


Send = Callable[[str, bytes], bytes]
Relay = Callable[[str, bytes, Send], bytes]


class Line(Client):
    """One party's way to the others. `relay` sees every post; `cut` names calls that nobody answers."""

    def __init__(self, whole_seconds: int = 20) -> None:
        super().__init__(connect_seconds=2, read_seconds=15, whole_seconds=whole_seconds)
        self.relay: Relay = lambda url, body, send: send(url, body)
        self.cut: set[str] = set()
        self.sent: list[str] = []

    def post(self, url: str, body: bytes, most: int = MOST_BYTES) -> bytes:
        self._check(url)
        self.sent.append(url)
        return self.relay(url, body, super().post)

    def get(self, url: str, most: int = MOST_BYTES) -> bytes:
        self._check(url)
        return super().get(url, most)

    def get_range(self, url: str, start: int, length: int) -> bytes:
        self._check(url)
        return super().get_range(url, start, length)

    def _check(self, url: str) -> None:
        if any(end in url for end in self.cut):
            raise Unavailable("PEER_UNREACHABLE", f"cannot reach {url}: the line is cut")


class Person:
    """Answers screens: yes to all, or no to those that hold a word; remembers what was shown."""

    name = "person"

    def __init__(self) -> None:
        self.screens: list[tuple[str, ...]] = []
        self.refuses = ""

    def show(self, lines: tuple[str, ...]) -> None:
        self.screens.append(lines)

    def confirm(self, lines: tuple[str, ...], word: str, timeout: int) -> bool:
        self.screens.append(lines)
        return not (self.refuses and any(self.refuses in line for line in lines))

    def prompt_secret(self, label: str) -> str:
        return ""


class Troubles(Watcher):
    """Remembers what had to be tried again."""

    def __init__(self) -> None:
        self.codes: list[str] = []

    def trouble(self, error: SemperError) -> None:
        assert error.message.startswith("cannot")
        self.codes.append(error.code)


class Killed(Exception):
    """The process died here."""


class Mortal:
    """A home's store that dies at its commit number `at` (from 1): before it, or once it is durable."""

    def __init__(self, archive: Archive) -> None:
        self._archive, self._store = archive, archive.store
        self.count, self.at, self.durable, self.dead = 0, 0, False, False
        archive.store = self  # type: ignore[assignment]

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def commit(self, work: Callable[[Any], Any]) -> Any:
        self.count += 1
        last = self.count == self.at
        self.dead = self.dead or (last and not self.durable)
        if self.dead:
            raise Killed
        result = self._store.commit(work)
        if last:
            self.dead = True
            raise Killed
        return result

    async def committed(self, work: Callable[[Any], Any]) -> Any:
        return await asyncio.to_thread(self.commit, work)

    def read(self, work: Callable[[Any], Any]) -> Any:
        if self.dead:
            raise Killed
        return self._store.read(work)

    def die_at(self, at: int, *, durable: bool) -> None:
        """Die at the commit number `at` from now on."""
        self.count, self.at, self.durable, self.dead = 0, at, durable, False

    def rise(self) -> None:
        """Start again; nothing but what was committed is there."""
        self.at, self.dead = 0, False

    def bury(self) -> None:
        """Give the archive its own store back."""
        self._archive.store = self._store


@dataclass
class Street:
    """Everybody that a deal needs."""

    market: Marketplace
    clock: Clock
    bank: Home
    books: Accounts
    trustee: Home
    statement: bytes
    merchant: Home
    till: OpenPurse
    content: Path
    line: Line
    seller: Seller
    customer: Home
    signed: bytes = b""
    offers: dict[str, bytes] = field(default_factory=dict)  # signed, by name, where a test has several
    buyers: list[Buyer] = field(default_factory=list)

    @property
    def buyer(self) -> Buyer:
        return self.buyers[-1]

    @property
    def person(self) -> Person:
        driver = self.buyer.interface.driver
        assert isinstance(driver, Person)
        return driver

    @property
    def buyer_line(self) -> Line:
        assert isinstance(self.buyer.client, Line)
        return self.buyer.client

    @property
    def troubles(self) -> list[str]:
        assert isinstance(self.buyer.watcher, Troubles)
        return self.buyer.watcher.codes

    def arrive(self) -> Buyer:
        """A buyer's host is started on the one customer's home."""
        sandbox, interface = self.market.sandbox(self.customer), TrustedInterface(Person())
        buyer = Buyer(self.customer, sandbox, Line(), interface, watcher=Troubles(), clock=self.clock)
        self.buyers.append(buyer)
        return buyer

    def reopen(self) -> Seller:
        """The merchant's host is stopped, if it runs, and started anew on the same home."""
        self.seller.stop()
        self.line.cut.clear()
        self.seller = Seller(self.merchant, self.market.sandbox(self.merchant), self.line, self.clock)
        self.seller.start()
        return self.seller

    def agree(self, order: Order | None = None, signed: bytes = b"") -> LiveDeal:
        considered = self.buyer.consider(signed or self.signed, [])
        self.buyer.review(considered)
        return self.buyer.agree(considered, order or Order([]))

    def run(self, live: LiveDeal, seconds: float = 15) -> None:
        """Carry the deal on until it is over, for so many real seconds at most."""
        deadline = time.monotonic() + seconds
        self.buyer.run(live, lambda: time.monotonic() > deadline)

    def settle(self, live: LiveDeal, seconds: float = 20) -> None:
        """Whenever nothing moves, turn the clock to the next deadline, until both sides are done with every deal."""
        with self.hurrying():
            self.run(live, seconds)
            self.quiet(seconds)

    @contextmanager
    def hurrying(self) -> Iterator[None]:
        """Meanwhile, turn the clock to the next deadline whenever nothing moves for a moment."""
        ending = threading.Event()
        thread = threading.Thread(target=self._hurry, args=(ending,), daemon=True)
        thread.start()
        try:
            yield
        finally:
            ending.set()
            thread.join()

    def _hurry(self, ending: threading.Event) -> None:
        before: list[object] = []
        while not ending.wait(0.25):
            lives = [*self.buyer.deals.live.values(), *self.seller.deals.live.values()]
            standing: list[object] = [live.standing for live in lives]
            if standing == before and not any(live.working.locked() for live in lives):
                wakes = [wake for live in lives if (wake := wakes_at(live.business.plan, live.state)) is not None]
                self.clock.ahead += max(0, min(wakes, default=0) - self.clock())
            before = standing

    def quiet(self, seconds: float = 20) -> None:
        """Wait until the seller is done with every deal."""
        deadline = time.monotonic() + seconds
        while not all(live.over for live in list(self.seller.deals.live.values())):
            assert time.monotonic() < deadline, [
                (live.state.place, live.trouble) for live in self.seller.deals.live.values() if not live.over
            ]
            time.sleep(0.02)

    def sale(self, live: LiveDeal) -> LiveDeal:
        """The seller's side of a deal."""
        return self.seller.deals.find(live.id)

    def money(self) -> dict[str, int]:
        """Where the money is, in minor units."""
        purse = self.purse.purse
        return {
            "buyer": purse.balance().minor + purse.reserved().minor + self.books.balance(self.purse.account_name).minor,
            "merchant": self.books.balance(self.till.account_name).minor,
            "held": self.books.totals()["mint:held"].minor,
        }

    @property
    def purse(self) -> OpenPurse:
        return self.market.payments(self.customer).purses(real_now())[0]

    def sold(self, live: LiveDeal) -> bool:
        """Whether the deal was for the buyer what it should be; then goods and money changed hands, else neither."""
        assert live.over, (live.state.place, live.trouble)
        sale = self.sale(live)
        satisfied = isinstance(outcome(live.business.plan, live.state), Satisfied)
        theirs = isinstance(outcome(sale.business.plan, sale.state), Satisfied)
        assert satisfied == theirs
        return satisfied

    def check_money(self, sales: int = 0) -> None:
        """Nothing is lost, nothing is held, nothing is set aside; the merchant has the price of so many sales."""
        paid = PRICE.minor * sales
        assert self.money() == {"buyer": START - paid, "merchant": paid, "held": 0}
        assert self.purse.purse.reserved().minor == 0


@contextmanager
def street_in(
    root: Path, authorities: Authorities, packs: dict[str, Pack], mint: MintKeys, zygote: Zygote,
    databases: dict[str, str] | None = None,
) -> Iterator[Street]:  # fmt: skip
    """Build a street below `root`; `databases` are URLs by role, for homes whose archive is not in a file."""
    with Client(connect_seconds=2, read_seconds=10, whole_seconds=20) as client:
        market = Marketplace(root, authorities, packs, mint, zygote, client, databases=databases or {})
        with market.opened, open_street(market, root / "course") as street:
            yield street


@contextmanager
def open_street(market: Marketplace, content: Path) -> Iterator[Street]:
    """Build a street; everything on it tells the time by one clock."""
    clock = Clock()
    with ExitStack() as ending:
        ending.callback(setattr, mail, "LONG_POLL_SECONDS", mail.LONG_POLL_SECONDS)
        mail.LONG_POLL_SECONDS = 1
        bank, _, stop_bank = market.up(market.home("bank"), lambda home: Bank(home, market.sandbox(home), clock))
        ending.callback(stop_bank.close)
        trustee, serving, stop_trustee = market.up(
            market.home("trustee"),
            lambda home: TrusteeService(home, market.sandbox(home), market.client, clock, (0.05,)),
        )
        ending.callback(stop_trustee.close)
        assert isinstance(serving, TrusteeService)
        ending.callback(serving.stop)
        market.payments(trustee).open(bank.config.url, real_now())
        serving.start()
        merchant, street_of = _merchant(market, ending)
        till = market.payments(merchant).open(bank.config.url, real_now())
        books = accounts_of(bank)
        books.open(till.account_name, "EUROCOM")
        content.mkdir()
        (content / "part-1.txt").write_bytes(b"one " * 30_000)
        (content / "part-2.txt").write_bytes(b"two")
        installed.install(merchant, market.packs["commerce-courseware"], real_now())
        line = Line()
        seller = Seller(merchant, market.sandbox(merchant), line, clock)
        customer = _customer(market, bank, books)
        for home in (merchant, customer):
            for name in ("payment-ecash", "items-payment", "items-statement", "items-credential"):
                installed.install(home, market.packs[name], real_now())
        street = Street(
            market, clock, bank, books, trustee, serving.keys(), merchant, till, content, line, seller, customer
        )
        street_of.append(street)
        street.signed = offer(street, "course")
        seller.start()

        def stop() -> None:
            street.seller.stop()  # the seller of then: it may have begun anew

        ending.callback(stop)
        street.arrive()
        yield street


def offer(street: Street, name: str, **changes: Any) -> bytes:
    """Make an offer of the street's merchant; `changes` replace arguments of `offers.make`."""
    at = street.clock()
    things = [offers.ForSale("course", "A course", PRICE, street.content)]
    arguments: dict[str, Any] = {
        "home": street.merchant, "name": name, "pack": street.market.packs["commerce-courseware"], "things": things,
        "parameters": PARAMETERS, "purses": [street.till], "trustee": street.statement,
        "validity": (at - 60, at + 30 * 86_400), "now": at,
    }  # fmt: skip
    return offers.make(**{**arguments, **changes})


def _merchant(market: Marketplace, ending: ExitStack) -> tuple[Home, list[Street]]:
    """The merchant's home with its address, served by whichever host runs on the street."""
    home = market.home("merchant", "EUROCOM")
    streets: list[Street] = []

    def handler(path: str) -> Handler:
        def answer(body: bytes) -> bytes | Awaitable[bytes]:
            if path in streets[0].line.cut:
                raise Unavailable("PEER_UNREACHABLE", "cannot answer: the merchant is away")
            return streets[0].seller.routes()[path](body)

        return answer

    def page(path: str) -> Callable[[], bytes]:
        def show() -> bytes:
            return streets[0].seller.pages()[path]()  # the seller of then: it may have begun anew

        return show

    paths = ("/semper/v1/hello", "/semper/v1/mail", ISSUER_PATH)
    pages = {path: page(path) for path in (KEYS_PATH, STATUS_PATH)}
    service = Service({p: handler(p) for p in paths}, pages, {"/public": home.public})
    url = ending.enter_context(running(application(service)))
    return replace(home, config=msgspec.structs.replace(home.config, url=url)), streets


def _customer(market: Marketplace, bank: Home, books: Accounts) -> Home:
    home = market.home("buyer", "Alice")
    payments = Payments(home, market.sandbox(home), market.client)
    purse = payments.open(bank.config.url, real_now())
    books.open(purse.account_name, "Alice")
    books.credit(purse.account_name, Money(START, "EUR"))
    proof_of(payments.withdraw(purse, Money(START, "EUR")), "withdraw")
    return home

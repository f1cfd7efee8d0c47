"""A contract among homes: one that invites and serves, others that call out, a trustee; a clock that can be turned."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from semper_host.commerce.joint_deal import Standing
from semper_host.commerce.joint_evidence import verify
from semper_host.commerce.joint_words import JointVerified
from semper_host.host import offers, trusting
from semper_host.host.contracts.beginning import HOST, Contract, Ticket, read
from semper_host.host.contracts.convening import Convener, convene
from semper_host.host.contracts.exporting import export
from semper_host.host.contracts.records import Letter
from semper_host.host.contracts.signing import Signatory
from semper_host.host.home import Home
from semper_host.host.trusteeing import TrusteeService
from semper_host.model.encoding import encode
from semper_host.model.errors import Unavailable
from semper_host.supporting.communication.client import Client
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from tests.host.marketplace import Authorities, Marketplace
from tests.host.street import Clock, Line, Person, Troubles

TEXT = b"We share the boat.\nWho sails it, cleans it."
SIGN, RESOLVE = 60, 60
WAITS = (0.05,)
TITLE = "The boat"


@dataclass
class Notary:
    """Everybody: `host` invites, `homes` are invited."""

    market: Marketplace
    clock: Clock
    trustee: TrusteeService
    statement: bytes
    host: Home
    line: Line
    convener: Convener
    homes: dict[str, Home]
    lines: dict[str, Line] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)

    def party(self, name: str) -> Signatory:
        """A process of the home `name` begins: "host", or of one that is invited."""
        home = self.host if name == "host" else self.homes[name]
        line, person = self.lines.setdefault(name, Line()), self.persons.setdefault(name, Person())
        return Signatory(home, line, TrustedInterface(person), Troubles(), self.clock, WAITS)

    def invite(
        self, names: Sequence[str] = ("Anna", "Bruno"), text: bytes = TEXT
    ) -> tuple[Contract, dict[str, Ticket]]:
        contract, made = convene(self.host, text, TITLE, names, self.statement, (SIGN, RESOLVE), self.clock)
        return contract, dict(zip(names, made, strict=True))

    def joined(self, names: Sequence[str] = ("Anna", "Bruno"), text: bytes = TEXT) -> bytes:
        """Everybody has joined, nobody has signed."""
        contract, tickets = self.invite(names, text)
        for name, ticket in tickets.items():
            self.party(name).join(ticket)
        for _ in range(2):  # the first ones learn of the last
            for name in names:
                self.step(name, contract.number, ask=False)
        assert all(self.standing(name, contract.number).full for name in ("host", *names))
        return contract.number

    def step(self, name: str, number: bytes, *, ask: bool = True) -> Standing:
        """One round of a party: mail, deadlines, and its person."""
        return self.party(name).run(number, give_up=lambda: True, ask=ask)

    def rounds(self, number: bytes, names: Sequence[str], count: int = 10) -> None:
        """Everybody named goes on in turn, until it is over for all of them, or so many times."""
        for _ in range(count):
            for name in names:
                self.step(name, number)
            if all(self.standing(name, number).over for name in names):
                return

    def promised(self, names: Sequence[str] = ("Anna", "Bruno"), text: bytes = TEXT) -> bytes:
        """Everybody has promised, and who invites has every promise; nobody else has, and nobody confirmed to it."""
        number = self.joined(names, text)
        self.step("host", number)
        for name in names:
            self.step(name, number)  # hears the promise of who invites, and promises
        for name in names:
            self.mail_once(name, number)
        return number

    def mail_once(self, name: str, number: bytes) -> None:
        """Send what waits, and hear nothing: the answer is lost."""
        line = self.lines[name]

        def lose(url: str, body: bytes, send: Any) -> bytes:
            send(url, body)
            raise Unavailable("PEER_UNREACHABLE", "cannot reach it: the answer is lost")

        line.relay = lose
        self.step(name, number, ask=False)
        line.relay = lambda url, body, send: send(url, body)

    def enqueue(self, name: str, number: bytes, message: bytes) -> None:
        """Party `name` deviates: it sends this to who invites."""
        home = self.homes[name]
        contract, standing = read(home, number)
        session = contract.peers(standing.roll)[HOST].session
        home.archive.commit(lambda tx: home.archive.enqueue(tx, session, encode(Letter(message))))

    def late(self, *, resolve: bool = False) -> None:
        """The time to sign is over; with `resolve`, the trustee's too."""
        self.clock.ahead += SIGN + 1 + (RESOLVE + 1 if resolve else 0)

    def standing(self, name: str, number: bytes) -> Standing:
        return read(self.host if name == "host" else self.homes[name], number)[1]

    def outcomes(self, number: bytes, names: Sequence[str]) -> set[str]:
        return {self.standing(name, number).ended(self.clock()) for name in names}

    def evidence(self, name: str, number: bytes) -> JointVerified:
        home = self.host if name == "host" else self.homes[name]
        return verify(export(home, number), self.roots, self.clock())

    @property
    def roots(self) -> Any:
        return trusting.load(self.host.trust).roots


def everybody(number: int) -> tuple[str, ...]:
    return ("Anna", "Bruno", "Cleo", "Dora")[:number]


@contextmanager
def notary_in(root: Path, authorities: Authorities, packs: Any, mint: Any, zygote: Any) -> Iterator[Notary]:
    """Build everybody below `root`."""
    with Client(connect_seconds=2, read_seconds=10, whole_seconds=20) as client:
        market, clock = Marketplace(root, authorities, packs, mint, zygote, client), Clock()
        with market.opened:
            trustee, service, _ = market.up(
                market.home("trustee"), lambda home: TrusteeService(home, market.sandbox(home), client, clock)
            )
            assert isinstance(service, TrusteeService)
            statement = offers.fetch_trustee(client, trustee.config.url)
            line = Line()
            host, convener, ending = market.up(
                market.home("merchant", "Marina"), lambda home: Convener(home, line, clock, WAITS)
            )
            assert isinstance(convener, Convener)
            ending.callback(convener.stop)
            homes = {name: market.home("buyer", name) for name in everybody(4)}
            yield Notary(market, clock, service, statement, host, line, convener, homes)

"""A merchant that sends, and homes that receive; each with its own archive, over loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from semper_host.commerce.consignment import File, Part
from semper_host.commerce.consignment_evidence import verify
from semper_host.commerce.consignment_state import Standing
from semper_host.commerce.consignment_words import ConsignmentVerified
from semper_host.host import identity, trusting
from semper_host.host.consignments.accepting import accept
from semper_host.host.consignments.calling import AnonymousConsignor, Recipient
from semper_host.host.consignments.exporting import export
from semper_host.host.consignments.letterbox import Letterbox
from semper_host.host.consignments.letters import Letters
from semper_host.host.consignments.receiving import Consignee
from semper_host.host.consignments.records import Consignments, Ticket
from semper_host.host.consignments.sending import Attributes, Consignor, send
from semper_host.host.home import Home
from semper_host.host.payments import KEYS_PATH
from semper_host.supporting.communication.client import Client
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from tests.host.marketplace import Authorities, Marketplace
from tests.host.street import Clock, Line, Person, Troubles

LETTER, PRICE = File("letter.txt", b"Dear both,"), File("price.txt", b"19.90 EUR")
ADDRESS = File("address", b"12 Long Street")
PARTS = (Part((), (LETTER,)), Part((1,), (PRICE,)), Part((2,), (ADDRESS,)))
NAMES = ("Anna", "Bruno")
SERVING = ("Harbour", "Light")
"""Merchants that anonymous senders can call."""


class Serving(Letterbox):
    """A merchant's letterbox, and the statement of its keys, which its seller serves elsewhere."""

    def __init__(self, home: Home, clock: Clock) -> None:
        super().__init__(home, clock)
        self.heard: list[bytes] = []

    def answer(self, data: bytes) -> bytes:
        self.heard.append(data)
        return super().answer(data)

    def pages(self) -> Mapping[str, Callable[[], bytes]]:
        return {KEYS_PATH: lambda: identity.service(self.home, self.clock()).statement}


@dataclass
class Post:
    """The sender, and everybody who can receive."""

    market: Marketplace
    clock: Clock
    sender: Home
    consignor: Consignor
    homes: dict[str, Home]
    lines: dict[str, Line] = field(default_factory=dict)
    persons: dict[str, Person] = field(default_factory=dict)
    boxes: dict[str, Serving] = field(default_factory=dict)
    troubles: Troubles = field(default_factory=Troubles)  # of the last anonymous sender

    def party(self, name: str) -> Consignee:
        """A process of a recipient begins."""
        line, person = self.lines.setdefault(name, Line()), self.persons.setdefault(name, Person())
        return Consignee(self.homes[name], line, TrustedInterface(person), Troubles(), self.clock)

    def send(
        self, parts: Sequence[Part] = PARTS, names: Sequence[str] = NAMES, **asked: Any
    ) -> tuple[bytes, dict[str, Ticket]]:
        number, tickets = send(self.sender, "For you", names, parts, Attributes(**asked), 600, self.clock)
        return number, dict(zip(names, tickets, strict=True))

    def step(self, name: str, number: bytes) -> Standing:
        return self.party(name).run(number, give_up=lambda: True)

    def joined(self, number: bytes, tickets: dict[str, Ticket]) -> None:
        """All have their tickets, and all but the last have taken their seats."""
        for name, ticket in tickets.items():
            self.party(name).join(ticket)
        for name in [*tickets][:-1]:
            self.step(name, number)

    def stranger(self, line: Client | None = None, clock: Clock | None = None) -> AnonymousConsignor:
        """A process of the sender begins that calls others, as nobody they know."""
        line = line or self.lines.setdefault("stranger", Line())
        self.troubles = Troubles()
        return AnonymousConsignor(self.sender, line, self.troubles, clock or self.clock)

    def recipients(self, names: Sequence[str] = SERVING) -> list[Recipient]:
        return [Recipient(name, self.homes[name].config.url) for name in names]

    def sent(self, parts: Sequence[Part] = PARTS, names: Sequence[str] = SERVING, **asked: Any) -> bytes:
        """Hand a transfer over anonymously, as far as the recipients' hosts can take it; return its number."""
        sender = self.stranger()
        number = sender.begin("Heard", self.recipients(names), parts, Attributes(**asked), 600)
        sender.run(number, give_up=lambda: True)
        return number

    def accept(self, name: str, number: bytes) -> Standing:
        return accept(self.party(name), number)

    def letters(self, name: str) -> Letters:
        return Letters(self.homes[name], self.clock)

    def ask_again(self, number: bytes) -> Standing:
        return self.stranger().run(number, give_up=lambda: True)

    def carry(self, number: bytes, tickets: dict[str, Ticket], rounds: int = 4) -> None:
        for name, ticket in tickets.items():
            self.party(name).join(ticket)
        for _ in range(rounds):
            for name in tickets:
                self.step(name, number)

    def standing(self, name: str, number: bytes) -> Standing:
        home = self.sender if name == "sender" else self.homes[name]
        return Consignments(home, self.clock).read(number)[1]

    def received(self, name: str, number: bytes) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.party(name).files(number)}

    def exported(self, name: str, number: bytes) -> bytes:
        return export(Consignments(self.sender if name == "sender" else self.homes[name], self.clock), number)

    def evidence(self, name: str, number: bytes) -> ConsignmentVerified:
        return verify(self.exported(name, number), self.roots, self.clock())

    @property
    def roots(self) -> Any:
        return trusting.load(self.sender.trust).roots


@contextmanager
def post_in(root: Path, authorities: Authorities, packs: Any, mint: Any, zygote: Any) -> Iterator[Post]:
    """Build everybody below `root`."""
    with Client(connect_seconds=2, read_seconds=10, whole_seconds=20) as client:
        market, clock = Marketplace(root, authorities, packs, mint, zygote, client), Clock()
        with market.opened:
            sender, consignor, _ = market.up(market.home("merchant", "Office"), lambda home: Consignor(home, clock))
            assert isinstance(consignor, Consignor)
            homes = {name: market.home("buyer", name) for name in ("Anna", "Bruno", "Cleo")}
            post = Post(market, clock, sender, consignor, homes)
            for name in SERVING:
                homes[name], box, _ = market.up(market.home("merchant", name), lambda home: Serving(home, clock))
                assert isinstance(box, Serving)
                post.boxes[name] = box
            yield post

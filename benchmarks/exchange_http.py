"""The durable exchange again, its mail over loopback HTTP: sealed and signed envelopes, as between two hosts."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from benchmarks.measure import Bench, Row, Work, in_turn, per_second, rate
from benchmarks.parties import BUYER, SELLER, Agreed, Side, ends
from benchmarks.threads import at_once
from semper_host.commerce.dispatch import Waiting
from semper_host.exchange.state import Phase, Role
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.mail import MAIL_PATH, answer_mail, call_out
from semper_host.supporting.communication.runner import running
from semper_host.supporting.communication.server import Limits, Service, application

ALONE, AT_ONCE, EACH = 5, 8, 3


class Mailbox:
    """An archive whose outbox gives what may leave, as host/deals.py's does; and what is done with what comes."""

    def __init__(self, archive: Archive, sides: dict[bytes, Side]) -> None:
        self._archive, self._sides = archive, sides
        self.commit, self.acknowledge, self.accept = archive.commit, archive.acknowledge, archive.accept
        self.session_state = archive.session_state

    def outbox(self, session: bytes, after: int = 0, most: int = 64) -> list[tuple[int, bytes]]:
        """Return what waits for the peer."""
        return [(seq, Waiting.decode(each).signed) for seq, each in self._archive.outbox(session, after, most)]

    def handle(self, tx: Any, session: bytes, payload: bytes) -> None:
        """Take a message inside the commit that accepts it."""
        self._sides[session].take(tx, payload)


def rows(bench: Bench, sellers: Archive, buyers: Archive, signatures: Callable[[int], Work]) -> Iterator[Row]:
    """Yield the rows of exchanges over HTTP; `signatures(n)` is the limit of n exchanges."""
    selling: dict[bytes, Side] = {}
    sellers_box = Mailbox(sellers, selling)
    answer = answer_mail(sellers_box, lambda session: ends(selling[session].agreed, SELLER, BUYER), sellers_box.handle)
    service = Service(handlers={MAIL_PATH: answer}, limits=Limits(threads=16))
    with running(application(service)) as url, Client() as client:

        def prepared() -> Callable[[], None]:
            agreed = Agreed.fresh()
            selling[agreed.session] = Side(sellers, agreed, Role.INITIATOR, SELLER.crypto)
            return partial(_buy, client, url + MAIL_PATH, selling[agreed.session], buyers)

        def several(threads: int, each: int) -> float:
            return at_once([[prepared() for _ in range(each)] for _ in range(threads)])

        timings = in_turn(bench.runs, lambda: several(1, ALONE), signatures(ALONE))
        yield rate("exchange.http_alone", "exchanges/s", ALONE, timings[0], per_second(ALONE, timings[1]), least=0.1)
        count = AT_ONCE * EACH
        timings = in_turn(bench.runs, lambda: several(AT_ONCE, EACH), signatures(count))
        yield rate("exchange.http_eight", "exchanges/s", count, timings[0], per_second(count, timings[1]), least=0.3)


def _buy(client: Client, url: str, seller: Side, buyers: Archive) -> None:
    """Run one exchange: the seller's first message waits in its outbox, the buyer calls out until it is done."""
    seller.begin()
    agreed = seller.agreed
    buyer = Side(buyers, agreed, Role.RESPONDER, BUYER.crypto)
    box = Mailbox(buyers, {agreed.session: buyer})
    ours = ends(agreed, BUYER, SELLER)
    while not seller.finished:
        call_out(client, url, box, ours, box.handle)
        if buyer.state.phase is Phase.REVIEWING:
            buyer.consent()

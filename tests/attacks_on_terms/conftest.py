"""A street with real money on it, a customer who trusts one more repository, and the repository that betrays it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from semper_host.admission.admit import Admitted
from semper_host.admission.pack import MAX_PACK, Pack, open_pack, write_pack
from semper_host.admission.statements import digest
from semper_host.confinement.zygote import Zygote
from semper_host.host import installed, known_heads, trusting
from semper_host.host.buying import Buyer, Considered
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.heads import Read
from semper_host.host.home import Home
from semper_host.host.known_heads import KnownHead
from semper_host.host.standing import Learnt, Prefix
from semper_host.model.error_codes import CODES, Stage
from semper_host.model.errors import SemperError
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from service_repo.log.prefix import prefix
from tests.attacks_on_terms.hostile_server import HostileServer
from tests.attacks_on_terms.malicious import Malicious
from tests.host.conftest import market_mint, zygote
from tests.host.marketplace import Authorities, first_party_packs
from tests.host.street import Line, Person, Street, Troubles, offer, street_in

__all__ = ["market_mint", "zygote"]

NAME = "Harbour"


def prove(read: Read, old: int, new: int) -> Prefix:
    """What the tiles say, as the command line gives it to hosts."""
    return Prefix(*prefix(read, old, new))


@dataclass
class Refused:
    """A refusal, checked against the table of codes."""

    error: SemperError | None = None

    @property
    def code(self) -> str:
        assert self.error is not None
        return self.error.code

    def is_(self, code: str, stage: Stage, *, retryable: bool) -> None:
        """Check what a program, and what a person, is told."""
        assert self.error is not None
        assert (self.code, self.error.stage, self.error.retryable) == (code, stage, retryable), self.error.message
        assert self.error.message.startswith("cannot ")
        assert CODES[code].remedy


@dataclass
class Victim:
    """A buyer with money, who is offered terms from the repository."""

    street: Street
    buyer: Buyer
    server: HostileServer
    offered: dict[bytes, bytes] = field(default_factory=dict)

    @property
    def home(self) -> Home:
        return self.buyer.home

    @property
    def known(self) -> KnownHead:
        """What the home knows of the repository."""
        [repository] = [each for each in trusting.load(self.home.trust).policy.repositories if each.name == NAME]
        return known_heads.load(self.home, repository).known

    def refresh(self) -> Learnt:
        """Ask for the heads, as `semper up` does."""
        return self.buyer.heads.refresh(self.street.clock())

    def consider(self, pack: Pack, *, bare: bool = False) -> Considered:
        """Consider an offer of these terms: stapled by the merchant, or (`bare`) to be had from the repository."""
        subject = digest(pack.archive)
        if subject not in self.offered:
            self.offered[subject] = offer(self.street, f"offer-{subject.hex()[:8]}", pack=pack)
        file = self.street.merchant.public / "packs" / f"{subject.hex()}.smpack"
        file.write_bytes(write_pack(pack))
        if bare:
            file.unlink()
        return self.buyer.consider(self.offered[subject], [self.from_repository])

    def from_repository(self, subject: bytes) -> Pack:
        """Get a pack from the repository, as the command line's source does."""
        path = f"{self.server.url}/packs/{subject.hex()}.smpack"
        return open_pack(self.buyer.client.get(path, MAX_PACK), subject)

    def installs(self, pack: Pack) -> Admitted:
        """Take a pack that somebody handed over by hand."""
        return installed.install(self.home, pack, self.street.clock(), self.buyer.heads)

    def buys(self, pack: Pack) -> None:
        """The honest way works: the terms are admitted with what they need."""
        assert self.consider(pack).service.grants.evaluated

    @contextmanager
    def refuses(self) -> Iterator[Refused]:
        """What is done in the block must be refused; no money moves, no deal begins, nothing new is kept."""
        before, refused = self._state(), Refused()
        with pytest.raises(SemperError) as caught:
            yield refused
        refused.error = caught.value
        assert self._state() == before

    def _state(self) -> object:
        ids = installed.ids(self.home)
        kept = list(self.home.archive.kept_names(b"installed"))
        currents = [installed.current(self.home, each) for each in ids]
        return ids, kept, currents, self.street.money(), list(self.buyer.deals.live), self.street.buyer_line.sent[:]


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory, market_mint: MintKeys, zygote: Zygote) -> Iterator[Street]:
    board = Authorities()
    board.freshness = {}
    with street_in(tmp_path_factory.mktemp("town"), board, first_party_packs(board), market_mint, zygote) as street:
        yield street


@pytest.fixture
def street(town: Street) -> Iterator[Street]:
    """The street at the present time. Whatever happens on it, no money is lost, made or left in between."""
    before = sum(town.money().values())
    yield town
    town.clock.ahead = 0
    assert sum(town.money().values()) == before
    assert town.money()["held"] == 0


@pytest.fixture
def malicious(tmp_path: Path, street: Street) -> Iterator[Malicious]:
    made = Malicious(tmp_path / "harbour", street.market.authorities, street.clock)
    yield made
    made.close()


@pytest.fixture
def server(malicious: Malicious) -> Iterator[HostileServer]:
    with HostileServer(malicious.directory).served() as served:
        yield served


@pytest.fixture
def victim(street: Street, malicious: Malicious, server: HostileServer) -> Iterator[Victim]:
    trust = street.customer.trust
    trusting.add_repository(trust, NAME, malicious.root, server.url)
    yield Victim(street, buyer_of(street), server)
    trusting.remove_repository(trust, NAME)


@pytest.fixture
def shop(street: Street, malicious: Malicious, victim: Victim) -> Iterator[Home]:
    """The merchant's home, which trusts the repository as well."""
    trusting.add_repository(street.merchant.trust, NAME, malicious.root, victim.server.url)
    yield street.merchant
    trusting.remove_repository(street.merchant.trust, NAME)


def buyer_of(street: Street) -> Buyer:
    """A buyer's host as the command line makes it, impatient."""
    sandbox, impatient = street.arrive().sandbox, Line(whole_seconds=5)
    made = Buyer(
        street.customer, sandbox, impatient, TrustedInterface(Person()), watcher=Troubles(), clock=street.clock,
        prove=prove,
    )  # fmt: skip
    street.buyers.append(made)
    return made

"""What leaves a buyer's host between an offer and its terms: nothing that tells a repository what it is looking at."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from semper_host.admission.pack import Pack, write_pack
from semper_host.admission.statements import Revocation, digest, sign
from semper_host.confinement.zygote import Zygote
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.heads import Heads
from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.communication.client import MOST_BYTES
from tests.host.counting_repository import CHECKPOINT, HEAD, CountingRepository
from tests.host.marketplace import Authorities, first_party_packs, now
from tests.host.street import Line, Street, street_in

HOUR, DAY = 3600, 86_400


class Noted(Line):
    """Remembers every address that was read."""

    def __init__(self) -> None:
        super().__init__()
        self.read: list[str] = []

    def get(self, url: str, most: int = MOST_BYTES) -> bytes:
        self.read.append(url)
        return super().get(url, most)


class Clock:
    def __init__(self) -> None:
        self.ahead = 0

    def __call__(self) -> int:
        return now() + self.ahead


@pytest.fixture(scope="module")
def board() -> Authorities:
    return Authorities()


@pytest.fixture
def repository(board: Authorities) -> Iterator[CountingRepository]:
    with CountingRepository(board.log, Clock()).served() as served:
        yield served


@pytest.fixture
def street(
    tmp_path: Path, board: Authorities, repository: CountingRepository, market_mint: MintKeys, zygote: Zygote
) -> Iterator[Street]:
    board.repository_url, board.freshness = repository.url, {}
    with street_in(tmp_path, board, first_party_packs(board), market_mint, zygote) as made:
        made.arrive()
        repository.asked.clear()
        yield made


@pytest.fixture
def line(street: Street) -> Noted:
    noted = Noted()
    street.buyer.client = noted
    street.buyer.__post_init__()
    return noted


def shown(street: Street) -> tuple[Path, Pack]:
    """The merchant's own pack of its terms, as every buyer gets it."""
    [file] = (street.merchant.public / "packs").glob("*.smpack")
    return file, Pack.decode(file.read_bytes())


def test_cold_start_under_a_fresh_staple_is_one_message_to_the_merchant(
    street: Street, repository: CountingRepository, line: Noted
) -> None:
    considered = street.buyer.consider(street.signed, [])
    assert considered.service.grants.evaluated
    assert line.read == [considered.opened.offer.pack_url]
    assert repository.asked == []


def test_stale_staple_costs_the_head_that_is_the_same_for_everybody(
    street: Street, repository: CountingRepository, line: Noted, board: Authorities
) -> None:
    file, pack = shown(street)
    file.write_bytes(write_pack(board.log.restapled(pack, now() - 2 * DAY)))
    street.clock.ahead = street_ahead = 30 * HOUR
    assert isinstance(repository.clock, Clock)
    repository.clock.ahead = street_ahead
    considered = street.buyer.consider(street.signed, [])
    assert considered.service.grants.evaluated
    subject = digest(pack.archive).hex()
    asked = [url for url in line.read if url.startswith(repository.url)]
    assert asked == [repository.url + HEAD, repository.url + CHECKPOINT]
    assert not any(subject in url or "courseware" in url for url in asked)


def test_whole_purchase_asks_the_repository_nothing(
    street: Street, repository: CountingRepository, line: Noted
) -> None:
    live = street.agree()
    street.run(live)
    street.quiet()
    assert street.sold(live)
    assert repository.asked == []


def test_deal_goes_on_when_its_terms_are_revoked_under_way(
    street: Street, repository: CountingRepository, board: Authorities
) -> None:
    live = street.agree()
    subject = live.business.service.digest
    board.log.log.append(sign(Revocation("bundle", subject, now(), "a hole", now()), board.publisher), at=now())
    for home in (street.customer, street.merchant):
        Heads(home, street.market.client).refresh(now())
    with pytest.raises(AdmissionRefused) as caught:
        street.buyer.consider(street.signed, [])
    assert caught.value.code == "REVOKED_BUNDLE"
    street.reopen()
    street.arrive()
    [again] = [each for each in street.buyer.take_up() if each.id == live.id]
    street.run(again)
    street.quiet()
    assert street.sold(again)

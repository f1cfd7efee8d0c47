"""Publishing over HTTP: what is sound is published, the rest is refused in words."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from semper_host.admission.log_evidence import Staple, read_staple
from semper_host.admission.pack import MAX_PACK, Pack, read_pack, write_pack
from semper_host.admission.statements import MAX_STATEMENT, Withdrawal, digest, sign
from semper_host.model.encoding import encode
from semper_host.model.errors import Unavailable
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.refusal import RefusedByPeer
from semper_host.supporting.communication.runner import running
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo import layout, writing
from service_repo.bounded_body import MOST_CLIENTS, Limiter
from service_repo.layout import Entry
from service_repo.log.statement_pages import page_path, split
from service_repo.publish import Repository
from service_repo.writing import Receipt
from tests.service_repo.conftest import PUBLISHER


@pytest.fixture
def client() -> Iterator[Client]:
    with Client() as opened:
        yield opened


@pytest.fixture
def url(repository: Repository) -> Iterator[str]:
    with running(writing.app(repository)) as at:
        yield at


def test_a_pack_is_published_and_can_be_fetched(url: str, client: Client, bundle: Any) -> None:
    pack = write_pack(Pack(bundle.archive, bundle.release, bundle.evaluations))
    entry = Entry.decode(client.post(url + writing.PUBLISH_PATH, pack))
    assert (entry.id, entry.bundle) == ("semper/items", bundle.digest)
    fetched = read_pack(client.get(f"{url}/{layout.pack_path(bundle.digest)}"))
    assert (fetched.archive, fetched.release, fetched.evaluations) == (
        bundle.archive,
        bundle.release,
        bundle.evaluations,
    )
    assert Entry.decode(client.post(url + writing.PUBLISH_PATH, pack)) == entry


def test_another_bundle_of_a_published_version_is_refused(url: str, client: Client, bundle: Any, another: Any) -> None:
    client.post(url + writing.PUBLISH_PATH, write_pack(Pack(bundle.archive, bundle.release)))
    other = another(body=b"x = 2\n")
    with pytest.raises(RefusedByPeer) as caught:
        client.post(url + writing.PUBLISH_PATH, write_pack(Pack(other.archive, other.release)))
    assert caught.value.code == "RELEASE_CONFLICT"


def test_what_is_no_sound_pack_is_refused_and_leaves_nothing(
    url: str, client: Client, repository: Repository, bundle: Any, another: Any
) -> None:
    stranger = another(body=b"x = 3\n")
    bodies = {
        b"": "ARCHIVE_INVALID",
        b"not a pack": "ARCHIVE_INVALID",
        write_pack(Pack(b"zip", bundle.release)): "ARCHIVE_INVALID",
        write_pack(Pack(bundle.archive, stranger.release)): "RELEASE_INVALID",
        write_pack(Pack(bundle.archive, bundle.release, (b"x",))): "EVAL_INVALID",
    }
    for body, code in bodies.items():
        with pytest.raises(RefusedByPeer) as caught:
            client.post(url + writing.PUBLISH_PATH, body)
        assert caught.value.code == code
    assert repository.versions("semper/items") == ()


def test_a_body_larger_than_any_pack_is_refused_as_it_comes(url: str, client: Client) -> None:
    with pytest.raises(RefusedByPeer) as caught:
        client.post(url + writing.PUBLISH_PATH, b"\x00" * (MAX_PACK + 1))
    assert caught.value.code == "REQUEST_TOO_LARGE"


def test_a_statement_is_logged_and_answered_with_a_receipt(url: str, client: Client, bundle: Any) -> None:
    client.post(url + writing.PUBLISH_PATH, write_pack(Pack(bundle.archive, bundle.release)))
    said = sign(Withdrawal("semper/items", bundle.digest, "old", 1_800_000_000), PUBLISHER)
    receipt = Receipt.decode(client.post(url + writing.STATEMENTS_PATH, said))
    assert receipt == Receipt(digest(said), 2)
    assert Receipt.decode(client.post(url + writing.STATEMENTS_PATH, said)) == receipt
    assert split(client.get(f"{url}/{page_path(0)}")) == [bundle.release, said]
    assert client.get(f"{url}/{layout.STATUS}")


def test_a_statement_that_nobody_may_make_is_refused(url: str, client: Client, bundle: Any) -> None:
    client.post(url + writing.PUBLISH_PATH, write_pack(Pack(bundle.archive, bundle.release)))
    thief = SigningKey.from_seed(b"t" * 32)
    bodies = {
        b"": "SIG_INVALID",
        b"noise": "SIG_INVALID",
        sign(Withdrawal("semper/items", bundle.digest, "x", 1), thief): "NAMESPACE_OWNER",
        b"x" * (MAX_STATEMENT + 1): "REQUEST_TOO_LARGE",
    }
    for body, code in bodies.items():
        with pytest.raises(RefusedByPeer) as caught:
            client.post(url + writing.STATEMENTS_PATH, body)
        assert caught.value.code == code


def test_a_staple_that_a_pack_carries_is_not_taken_but_made_anew(url: str, client: Client, bundle: Any) -> None:
    staple = encode(Staple(b"", (), b"what somebody says"))
    client.post(url + writing.PUBLISH_PATH, write_pack(Pack(bundle.archive, bundle.release, (), staple)))
    shown = read_pack(client.get(f"{url}/{layout.pack_path(bundle.digest)}"))
    assert read_staple(shown.staple).head == b"" and read_staple(shown.staple).entries


def test_a_client_that_sends_too_much_is_told_to_come_again(
    repository: Repository, client: Client, bundle: Any
) -> None:
    pack = write_pack(Pack(bundle.archive, bundle.release))
    for limiter in (Limiter(2, 1 << 20), Limiter(100, 2 * len(pack) + 10)):
        with running(writing.app(repository, limiter)) as url:
            client.post(url + writing.PUBLISH_PATH, pack)
            client.post(url + writing.PUBLISH_PATH, pack)
            with pytest.raises(RefusedByPeer) as caught:
                client.post(url + writing.PUBLISH_PATH, pack)
            assert caught.value.code == "OVERLOADED"
            assert client.get(url + writing.HEALTH_PATH)


def test_a_limit_refills_with_time_and_is_each_clients_own() -> None:
    limiter = Limiter(2, 1000)
    for _ in range(2):
        limiter.take("one", 10, 1, now=0.0)
    with pytest.raises(Unavailable):
        limiter.take("one", 10, 1, now=1.0)
    limiter.take("two", 10, 1, now=1.0)
    limiter.take("one", 10, 1, now=61.0)
    with pytest.raises(Unavailable):
        limiter.take("one", 2000, now=600.0)


def test_the_limiter_remembers_only_so_many_clients() -> None:
    limiter = Limiter(1, 1000)
    for number in range(MOST_CLIENTS + 10):
        limiter.take(str(number), 1, 1, now=0.0)
    assert len(limiter._left) == MOST_CLIENTS


def test_a_served_repository_finishes_what_a_killed_one_left(tmp_path: Path, client: Client, bundle: Any) -> None:
    repository = Repository.init(tmp_path / "served")
    repository.enter(bundle.archive, bundle.release, bundle.evaluations)
    assert repository.sequencer.published() == 0
    stop = writing.keep_fresh(repository)
    with running(writing.app(repository)) as url:
        for _ in range(300):
            if repository.sequencer.published() >= 3 and repository.statuses.current():
                break
            time.sleep(0.1)
        assert client.get(f"{url}/{layout.pack_path(bundle.digest)}")
        assert client.get(f"{url}/{layout.STATUS}")
    stop()


def test_the_repository_says_that_it_is_well(url: str, client: Client) -> None:
    assert client.get(url + writing.HEALTH_PATH)

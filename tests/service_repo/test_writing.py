"""Publishing over HTTP: what is sound is published, the rest is refused in words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from semper_host.admission.pack import MAX_PACK, Pack, read_pack, write_pack
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.refusal import RefusedByPeer
from semper_host.supporting.communication.runner import running
from service_repo import layout, writing
from service_repo.layout import Entry
from service_repo.publish import Repository


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


def test_the_repository_says_that_it_is_well(url: str, client: Client) -> None:
    assert client.get(url + writing.HEALTH_PATH)

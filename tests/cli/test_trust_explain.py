"""`semper trust explain` where a witnessed log is asked: why a bundle may, what is missing, and what was taken back."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any, NamedTuple
from urllib.request import urlopen

import pytest

PACK = "bundles/commerce-courseware.smpack"


class Watched(NamedTuple):
    """The town with a running repository, whose log the office watches; the buyer relies on it."""

    town: Any
    url: str

    def explained(self, pack: str = PACK) -> Any:
        """Return what the buyer is told of a pack."""
        return self.town.run("buyer", "trust", "explain", pack, "--json").json["bundles"][0]

    def fetched(self) -> str:
        """Return the file of the pack as the repository hands it out now, with its staple."""
        digest = self.explained()["digest"]
        with urlopen(f"{self.url}/packs/{digest}.smpack") as answer:
            (self.town.root / "fetched.smpack").write_bytes(answer.read())
        return "fetched.smpack"


def free_port() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture
def watched(town: Any) -> Iterator[Watched]:
    here, there = (f"127.0.0.1:{free_port()}" for _ in range(2))
    key = town.ok("office", "repo", "witness", "--name", "office").out.split(", key ")[1].split()[0]
    town.ok("repository", "init", "--role", "repository", "--listen", here, "--url", f"http://{here}")
    told = town.ok("repository", "repo", "init", "--witness", f"office {key} http://{there}").out
    origin, log_key = told.partition("Its log is ")[2].partition(".\n")[0].split(", key ")
    watch = ("--watch", f"{origin} {log_key} http://{here}", "--listen", there)
    with ExitStack() as running:
        running.enter_context(town.during("office", "repo", "witness", "--name", "office", *watch))
        url = running.enter_context(town.up("repository"))
        fingerprint = told.partition("SHA-256  ")[2].split()[0]
        town.ok("buyer", "trust", "repository", "add", url, "--sha256", fingerprint)
        yield Watched(town, url)


def test_a_bundle_is_explained_from_its_publication_to_the_day_its_evaluation_is_taken_back(watched: Watched) -> None:
    town = watched.town
    before = watched.explained()
    assert not before["admitted"] and before["log"]["refusal"]["stage"] in ("log", "anchor")
    assert before["missing"] and before["evaluations"][0]["counts"] is False
    town.ok("shop", "bundle", "publish", PACK, "--to", watched.url)

    fetched = watched.fetched()
    after = watched.explained(fetched)
    assert after["admitted"] and after["evaluated_by"] == ["Evaluation Board"] and after["missing"] == []
    assert after["log"]["repository"] == "Repository" and after["log"]["entries"] >= 3
    told = town.ok("buyer", "trust", "explain", fetched).out
    assert "in the log of Repository, seen by a quorum of its witnesses" in told and "ADMITTED" in told

    evaluation = "bundles/commerce-courseware.evaluation-board.evaluation"
    town.ok("board", "authority", "revoke", evaluation, "--reason", "mistake", "--to", watched.url)
    refused = watched.explained(watched.fetched())
    assert refused["refusal"]["code"] == "REVOKED_EVALUATION" and refused["refusal"]["stage"] == "revocation"
    assert "taken back (mistake)" in town.run("buyer", "trust", "explain", "fetched.smpack").out


def test_a_withdrawn_version_is_explained_with_its_publishers_reason(watched: Watched) -> None:
    town = watched.town
    town.ok("shop", "bundle", "publish", PACK, "--to", watched.url)
    words = ("semper/courseware", "1.0.0", "--reason", "Sold out.", "--to", watched.url)
    town.ok("shop", "bundle", "withdraw", *words)
    refused = watched.explained(watched.fetched())
    assert refused["refusal"]["code"] == "WITHDRAWN" and "Sold out." in refused["refusal"]["message"]

"""`semper bundle sign` to `revoke`: a publisher's statements on the command line, taken in by a repository."""

from __future__ import annotations

import socket
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from semper_host.supporting.cryptographic import cose
from service_repo.log.statement_pages import page_path, split
from service_repo.publish import Repository


@pytest.fixture
def published(town: Any, bare: Path) -> Any:
    """Version 1.0.0 of semper-test/bare, published in the repository in repo/."""
    Repository.init(town.root / "repo").close()
    release(town, bare, "1.0.0")
    return town


def release(town: Any, bare: Path, version: str) -> None:
    manifest = bare / "manifest.yaml"
    lines = [
        f"version: {version}" if line.startswith("version:") else line for line in manifest.read_text().splitlines()
    ]
    manifest.write_text("\n".join(lines) + "\n")
    town.ok("shop", "bundle", "build", bare, "--publisher", "-o", version)
    town.ok("shop", "bundle", "sign", f"{version}/bare.smp")
    town.ok("shop", "bundle", "pack", f"{version}/bare.smp")
    town.ok("shop", "bundle", "publish", f"{version}/bare.smpack", "--to", "repo")


def said(town: Any) -> Counter[str]:
    """Return how many statements of each kind the repository shows."""
    return Counter(cose.peek(data).kind for data in split((town.root / "repo" / page_path(0)).read_bytes()))


def test_versions_are_published_and_one_is_withdrawn(published: Any, bare: Path) -> None:
    release(published, bare, "1.1.0")
    assert said(published) == {"release": 2}
    words = ("semper-test/bare", "1.0.0", "--reason", "Replaced by 1.1.0.", "--to", "repo")
    told = published.ok("shop", "bundle", "withdraw", *words).out
    assert "Withdrew semper-test/bare 1.0.0." in told and "Published at repo." in told
    assert (published.root / "semper-test-bare-1.0.0.withdrawal").is_file()
    assert said(published).items() >= {"release": 2, "withdrawal": 1}.items()
    unknown = ("semper-test/bare", "7.0.0", "--reason", "x")
    assert "1.0.0, 1.1.0" in published.run("shop", "bundle", "withdraw", *unknown).refused(2, "USAGE_INVALID")


def test_without_a_repository_the_files_are_written_and_that_is_said(published: Any) -> None:
    words = ("semper-test/bare", "1.0.0", "--reason", "x", "-o", "said")
    assert "Nobody knows yet" in published.ok("shop", "bundle", "withdraw", *words).out
    assert {each.name for each in (published.root / "said").iterdir()} == {"semper-test-bare-1.0.0.withdrawal"}
    told = published.run("shop", "bundle", "withdraw", *words, "--to", "nowhere").refused(2, "HOME_MISSING")
    assert "nowhere" in told
    published.run("shop", "bundle", "withdraw", *words, "--to", "http://127.0.0.1:9").refused(3, "PEER_UNREACHABLE")


def test_a_namespace_passes_to_a_new_key_that_the_recovery_key_approves(published: Any) -> None:
    published.ok("safe", "init")
    recovery = published.ok("safe", "bundle", "key").out.strip()
    published.run("shop", "bundle", "rotate-key", "semper-test", "--keep").refused(2, "USAGE_INVALID")
    published.run("shop", "bundle", "rotate-key", "semper-test", "--recovery", "abc").refused(2, "USAGE_INVALID")
    words = ("semper-test", "--recovery", recovery, "--to", "repo", "--json")
    told = published.ok("shop", "bundle", "rotate-key", *words).json
    assert told == {"schema": "semper.rotation/1", "files": ["semper-test.rotation"], "repository": "repo"}
    published.run("shop", "bundle", "rotate-key", "semper-test").refused(2, "USAGE_INVALID")
    old = published.ok("shop", "bundle", "key", "semper-test").out.strip()
    approved = published.ok("safe", "bundle", "approve", "semper-test.rotation", "--to", "repo").out
    new = approved.split("the key ")[1].split(".")[0]
    assert new != old and new in published.ok("shop", "bundle", "use-key", "semper-test").out
    assert published.ok("shop", "bundle", "key", "semper-test").out.strip() == new
    published.run("safe", "bundle", "approve", "1.0.0/bare.release").refused(1, "SIG_INVALID")


def test_a_publisher_revokes_its_bundle_and_no_evaluation(published: Any) -> None:
    words = ("1.0.0/bare.smp", "--reason", "compromise", "--to", "repo", "--json")
    (row,) = published.ok("shop", "bundle", "revoke", *words).json["revocations"]
    assert row["target"] == "bundle" and row["file"] == "1.0.0/bare.revocation"
    evaluation = ("bundles/items-statement.evaluation-board.evaluation", "--reason", "x")
    published.run("shop", "bundle", "revoke", *evaluation).refused(2, "USAGE_INVALID")
    published.run("shop", "bundle", "revoke", "bundle:00", "--reason", "x").refused(2, "USAGE_INVALID")


def test_an_authority_revokes_what_it_evaluated(published: Any) -> None:
    evaluation = "bundles/items-statement.evaluation-board.evaluation"
    told = published.ok("board", "authority", "revoke", evaluation, "--reason", "mistake", "--since", "2026-01-02").out
    assert "Revoked evaluation" in told and "Nobody knows yet" in told
    assert (published.root / "bundles/items-statement.evaluation-board.revocation").is_file()
    published.run("board", "authority", "revoke", evaluation, "--reason", "x", "--since", "soon").refused(
        2, "USAGE_INVALID"
    )
    published.run("shop", "authority", "revoke", evaluation, "--reason", "x").refused(2, "USAGE_INVALID")
    published.run("board", "authority", "revoke", "key:" + "0" * 64, "--reason", " ").refused(2, "USAGE_INVALID")


def test_nothing_that_a_publisher_hands_over_goes_around_the_homes_proxy(town: Any) -> None:
    """The proxy is down: the repository, which listens, hears nothing."""
    config = town.root / "shop" / "config.yaml"
    config.write_text(config.read_text().replace("proxy: ''", "proxy: socks5h://127.0.0.1:9"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        to = ("--to", f"http://127.0.0.1:{listening.getsockname()[1]}")
        town.run("shop", "bundle", "publish", "bundles/commerce-courseware.smpack", *to).refused(3, "PEER_UNREACHABLE")
        words = ("withdraw", "semper/courseware", "1.0.0", "--reason", "Sold out.")
        town.run("shop", "bundle", *words, *to).refused(3, "PEER_UNREACHABLE")
        with pytest.raises(BlockingIOError):
            listening.accept()

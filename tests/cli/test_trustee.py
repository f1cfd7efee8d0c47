"""`semper trustee`: whom a trustee serves, as its operator says it."""

from __future__ import annotations

import pytest

from tests.cli.conftest import PASSPHRASE, Cli
from tests.supporting.archive.postgres_server import server


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Cli:
    """A trustee, and a shop that an office certified; each test goes on where the one before it ended."""
    semper = Cli(tmp_path_factory.mktemp("town"))
    semper.passphrase_file.write_text(PASSPHRASE + "\n")
    semper.ok("office", "init", "--role", "authority", "--name", "Office")
    semper.ok("office", "authority", "init", "--purpose", "merchant")
    semper.ok("shop", "init", "--role", "merchant", "--name", "Shop")
    semper.ok("shop", "authority", "request", "-o", "request")
    words = ("--purpose", "merchant", "--uri", "semper:merchant/shop", "-o", "shop.pem")
    semper.ok("office", "authority", "issue", "request", *words)
    semper.ok("t", "init", "--role", "trustee", "--name", "T")
    return semper


def trust(town: Cli) -> None:
    town.ok("t", "trust", "add", "office/public/root.crt", "--name", "Office", "--may", "merchant")


def test_the_cases_of_a_new_trustee_are_none(town: Cli) -> None:
    assert town.run("t", "trustee", "cases").out == "No exchange was brought here yet.\n"
    assert town.run("t", "trustee", "cases", "--open", "--json").json == {"schema": "semper.cases/1", "cases": []}


def test_what_cannot_be_meant_is_refused(town: Cli) -> None:
    assert "Nobody is enrolled" in town.run("t", "trustee", "list").out
    assert "trust add" in town.run("t", "trustee", "enrol", "--everyone").refused(2, "USAGE_INVALID")
    trust(town)
    for words in ((), ("--everyone", "--uri", "semper:merchant/x"), ("--uri", "shop"), ("--everyone", "--quota", "0")):
        town.run("t", "trustee", "enrol", *words).refused(2, "USAGE_INVALID")
    town.run("shop", "trustee", "list").refused(2, "USAGE_INVALID")


def test_merchants_are_enrolled_listed_and_removed(town: Cli) -> None:
    said = town.ok("t", "trustee", "enrol", "shop.pem", "--quota", "7").out
    assert said == "Enrolled semper:merchant/shop: 7 decisions a day at most.\n"
    assert "every merchant that Office certifies" in town.run("t", "trustee", "enrol", "--everyone").out
    entries = town.run("t", "trustee", "list", "--json").json["entries"]
    assert [(each["name"], each["quota"], each["until"]) for each in entries] == [
        ("root:Office", 10_000, None), ("semper:merchant/shop", 7, None),
    ]  # fmt: skip
    assert "begun before are still decided" in town.run("t", "trustee", "remove", "root:Office").out
    assert "removed 20" in town.run("t", "trustee", "list").out
    town.run("t", "trustee", "remove", "root:Office").refused(2, "USAGE_INVALID")


def test_a_home_keeps_its_archive_in_postgresql_and_no_other_home_takes_it(semper: Cli) -> None:
    with server() as running:
        url = running.database()
        semper.ok("p", "init", "--role", "trustee", "--name", "P", "--database", url)
        assert "Nobody is enrolled" in semper.ok("p", "trustee", "list").out
        assert not (semper.root / "p" / "archive.db").exists()
        semper.ok("q", "init", "--role", "trustee", "--name", "Q", "--database", url)
        assert "another home" in semper.run("q", "trustee", "list").refused(2, "CONFIG_INVALID")
        running.stop()
        semper.run("p", "trustee", "list").refused(3, "STORAGE_UNREACHABLE")
        made = ("r", "init", "--role", "trustee", "--name", "R", "--database")
        semper.run(*made, url).refused(3, "STORAGE_UNREACHABLE")
        semper.run(*made, "x://y").refused(2, "CONFIG_INVALID")
        assert not (semper.root / "r").exists()

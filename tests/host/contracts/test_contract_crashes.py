"""A party's host, or that of who invites, dies at every commit of a contract, and goes on where it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from semper_host.host.contracts.beginning import Ticket
from semper_host.host.home import Home
from semper_host.model.errors import SemperError
from tests.host.contracts.notary import Notary
from tests.host.street import Killed, Mortal

NAMES = ("Anna", "Bruno")
THREE = ("host", *NAMES)
PARTY_COMMITS, HOST_COMMITS = 9, 7
"""How many there are in a contract of three, its invitation apart, give or take a few."""


@contextmanager
def mortal(home: Home) -> Iterator[Mortal]:
    life = Mortal(home.archive)
    try:
        yield life
    finally:
        life.rise()
        life.bury()


def carry(notary: Notary, number: bytes, tickets: dict[str, Ticket], life: Mortal) -> None:
    """Everybody does what it would do anyway; who dies rises and does it again."""
    for _ in range(20):
        for name in THREE:
            try:
                if name != "host":
                    notary.party(name).join(tickets[name])
                notary.step(name, number)
            except Killed:
                pass
            except SemperError as error:
                assert error.message.startswith("cannot")
            if life.dead:
                life.rise()
        if notary.outcomes(number, ("host",)) == {"done"} and ended(notary, number):
            return


def ended(notary: Notary, number: bytes) -> bool:
    return all(notary.standing(name, number).over for name in NAMES)


def check(notary: Notary, number: bytes) -> None:
    assert notary.outcomes(number, THREE) == {"done"}
    files = [notary.evidence(name, number) for name in THREE]
    assert {(file.outcome, file.exhibits, file.deviations) for file in files} == {("signed by all", 6, 0)}


def dies(notary: Notary, name: str, at: int, durable: bool) -> None:
    contract, tickets = notary.invite(NAMES)
    with mortal(notary.host if name == "host" else notary.homes[name]) as life:
        life.die_at(at, durable=durable)
        carry(notary, contract.number, tickets, life)
        assert life.count >= at, "it died"
    check(notary, contract.number)


@pytest.mark.parametrize(("name", "commits"), [("Anna", PARTY_COMMITS), ("host", HOST_COMMITS)])
def test_every_commit_has_its_crash(notary: Notary, name: str, commits: int) -> None:
    contract, tickets = notary.invite(NAMES)
    with mortal(notary.host if name == "host" else notary.homes[name]) as life:
        carry(notary, contract.number, tickets, life)
        assert commits <= life.count <= commits + 4
    check(notary, contract.number)


@pytest.mark.parametrize("at", range(1, PARTY_COMMITS + 1))
def test_a_party_that_dies_at_a_commit_goes_on_where_it_was(notary: Notary, at: int) -> None:
    dies(notary, "Anna", at, durable=bool(at % 2))


@pytest.mark.parametrize("at", range(1, HOST_COMMITS + 1))
def test_who_invites_dies_at_a_commit_and_goes_on_where_it_was(notary: Notary, at: int) -> None:
    dies(notary, "host", at, durable=bool(at % 2))


@pytest.mark.deep
@pytest.mark.parametrize("name", ["Anna", "host"])
def test_so_it_is_on_the_other_side_of_each_commit(notary: Notary, name: str) -> None:
    for at in range(1, (HOST_COMMITS if name == "host" else PARTY_COMMITS) + 1):
        dies(notary, name, at, durable=not at % 2)

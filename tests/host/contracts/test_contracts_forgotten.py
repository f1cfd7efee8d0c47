"""What was erased of a contract is gone, and no sooner than nobody can need it any more."""

from __future__ import annotations

import pytest

from semper_host.host.contracts.beginning import read
from semper_host.host.contracts.forgetting import FORGOTTEN, forget
from semper_host.host.contracts.records import Records
from semper_host.host.home import Home
from semper_host.model.errors import UsageError
from semper_host.supporting.archive.evidence import verify_chain
from tests.host.contracts.notary import Notary

THREE = ("host", "Anna", "Bruno")


def home_of(notary: Notary, name: str) -> Home:
    return notary.host if name == "host" else notary.homes[name]


def erase(notary: Notary, name: str, number: bytes) -> None:
    forget(Records(home_of(notary, name), notary.clock), number, notary.clock())


def refused(notary: Notary, name: str, number: bytes, why: str) -> None:
    with pytest.raises(UsageError, match=why) as caught:
        erase(notary, name, number)
    assert caught.value.code == "DEAL_UNFINISHED" and home_of(notary, name).archive.journal(number)


def test_a_signed_contract_is_forgotten_once_the_trustees_time_is_over(notary: Notary) -> None:
    number = notary.joined()
    refused(notary, "Anna", number, "it goes on")
    notary.rounds(number, THREE)
    roll = notary.standing("Anna", number).roll
    refused(notary, "Anna", number, "the others may need what you signed still")
    notary.late(resolve=True)
    for name in ("host", "Anna"):
        archive = home_of(notary, name).archive
        erase(notary, name, number)
        assert not archive.journal(number)
        exhibits = archive.evidence(roll.deal)
        assert exhibits and {(each.message, each.salt) for each in exhibits} == {(None, None)}
        assert verify_chain(roll.deal, exhibits) == archive.evidence_head(roll.deal)
        row = Records(home_of(notary, name), notary.clock).rows()[number]
        assert (row.end, row.title) == (FORGOTTEN, "")
        with pytest.raises(UsageError, match="cannot find the contract"):
            read(home_of(notary, name), number)
        with pytest.raises(UsageError, match="cannot find the contract"):
            erase(notary, name, number)
    assert notary.evidence("Bruno", number).outcome == "signed by all"


def test_a_contract_that_lapsed_is_forgotten_once_the_time_to_sign_is_over(notary: Notary) -> None:
    contract, tickets = notary.invite()
    notary.party("Anna").join(tickets["Anna"])
    notary.step("Anna", contract.number)
    refused(notary, "host", contract.number, "it goes on")
    notary.late()
    erase(notary, "host", contract.number)
    assert not notary.host.archive.journal(contract.number)
    erase(notary, "Anna", contract.number)

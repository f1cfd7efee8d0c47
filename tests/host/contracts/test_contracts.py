"""A contract among several homes, each with its own archive: signed by all, signed by the trustee, or by nobody."""

from __future__ import annotations

import time
from hashlib import sha256

import pytest

from semper_host.commerce.joint_dispute import judge_joint, read_joint_claim
from semper_host.exchange.state import Phase
from semper_host.host.contracts.convening import Convener
from semper_host.host.contracts.screens import lines_of
from semper_host.host.trustee_cases import cases
from semper_host.model.errors import UserDeclined
from semper_host.supporting.trusted_ui.formats import fingerprint
from tests.host.contracts.notary import TEXT, WAITS, Notary

THREE = ("host", "Anna", "Bruno")


def test_three_homes_sign_and_each_can_prove_it(notary: Notary) -> None:
    number = notary.joined()
    notary.rounds(number, THREE)
    assert notary.outcomes(number, THREE) == {"done"}
    files = [notary.evidence(name, number) for name in THREE]
    assert {file.outcome for file in files} == {"signed by all"}
    assert {(file.exhibits, file.deviations) for file in files} == {(6, 0)}
    assert files[1].lines[-1] == "  It binds all of them: everybody confirmed it."
    verdict = judge_joint(files, [read_joint_claim("2:not-signed")])
    assert (verdict.decided, verdict.deviated) == (True, "")
    assert verdict.why.startswith("party 2 (Bruno) is wrong: the contract binds all 3 of them")


def test_five_homes_sign(notary: Notary) -> None:
    names = ("Anna", "Bruno", "Cleo", "Dora")
    number = notary.joined(names)
    notary.rounds(number, ("host", *names))
    assert notary.outcomes(number, ("host", *names)) == {"done"}
    assert len(notary.evidence("Dora", number).parties) == 5


def test_everybody_sees_the_text_all_others_and_their_keys_before_it_signs(notary: Notary) -> None:
    number = notary.joined()
    notary.step("host", number)
    notary.step("Anna", number)
    (screen,) = [each for each in notary.persons["Anna"].screens if each[0].startswith("Do you sign")][-1:]
    shown = "\n".join(screen)
    assert all(line in shown for line in TEXT.decode().splitlines())
    host, anna, bruno = notary.evidence("Anna", number).parties
    assert "certified by Registrars: Marina" in shown and "NOT CERTIFIED, called so by who invites: Bruno" in shown
    keys = [fingerprint(sha256(party.key).digest()) for party in (host, bruno)]
    assert all(key in shown for key in keys)
    assert fingerprint(sha256(anna.key).digest()) not in shown


def test_a_certified_merchant_that_joins_is_shown_as_certified(notary: Notary) -> None:
    notary.homes.setdefault("Wharf", notary.market.home("merchant", "Wharf"))
    number = notary.joined(("Anna", "Wharf"))
    notary.rounds(number, ("host", "Anna", "Wharf"))
    assert [party.certified_by for party in notary.evidence("Anna", number).parties] == ["Registrars", "", "Registrars"]


def test_a_long_text_and_one_that_is_none_are_known_by_their_digest(notary: Notary) -> None:
    assert lines_of(b"%PDF\xff\xfe") == () and lines_of(b"word\n" * 13) == () and lines_of(b"long " * 300) == ()
    number = notary.joined(text=bytes(range(256)) * 400)
    notary.rounds(number, THREE)
    assert notary.outcomes(number, THREE) == {"done"}
    shown = "\n".join(notary.persons["Bruno"].screens[-1])
    assert "the file with this fingerprint" in shown and "102400 bytes" in shown


def test_who_says_no_signs_nothing_and_nobody_is_bound(notary: Notary) -> None:
    number = notary.joined()
    notary.step("host", number)
    notary.step("Anna", number)
    notary.persons["Bruno"].refuses = "Do you sign"
    with pytest.raises(UserDeclined):
        notary.step("Bruno", number)
    notary.persons["Bruno"].refuses = ""
    signing = notary.standing("Bruno", number).signing
    assert signing is not None and signing.phase is Phase.REVIEWING and not signing.promises[2]
    notary.party("Bruno").leave(number)
    notary.step("Anna", number)
    notary.late(resolve=True)
    notary.rounds(number, THREE)
    assert notary.outcomes(number, THREE) == {"aborted"}
    assert notary.evidence("Anna", number).outcome == "lapsed"


def test_where_somebody_never_joins_it_ends_with_the_time_to_sign(notary: Notary) -> None:
    contract, tickets = notary.invite()
    notary.party("Anna").join(tickets["Anna"])
    assert notary.step("Anna", contract.number).ended(notary.clock()) == ""
    notary.late()
    for name in ("Anna", "host"):
        assert notary.step(name, contract.number).ended(notary.clock()) == "lapsed"
        assert notary.party(name).records.rows()[contract.number].end == "lapsed"


def test_the_trustee_signs_for_who_falls_silent_and_then_nobody_can_deny_it(notary: Notary) -> None:
    number = notary.promised()
    notary.rounds(number, ("host", "Anna"), 3)
    assert notary.outcomes(number, ("host", "Anna")) == {""}, "Bruno's confirmation is missing"
    notary.late()
    notary.rounds(number, ("host", "Anna"))
    assert notary.outcomes(number, ("host", "Anna")) == {"done"}
    files = [notary.evidence(name, number) for name in ("host", "Anna")]
    assert {file.outcome for file in files} == {"signed by the trustee"}
    case = cases(notary.trustee._home, 1)[0]
    assert (case.label, case.verdict, case.merchant) == (files[0].label, "resolved", "semper:merchant/merchant")
    assert "party 2 (Bruno) is wrong" in judge_joint(files, [read_joint_claim("2:not-signed")]).why
    notary.lines["Bruno"].cut = {"/contract/"}  # who invites is away for ever: the trustee is enough
    notary.rounds(number, ("Bruno",))
    notary.lines["Bruno"].cut.clear()
    assert notary.outcomes(number, ("Bruno",)) == {"done"}


def test_who_got_nothing_of_the_others_is_bound_as_they_are(notary: Notary) -> None:
    number = notary.promised()
    notary.rounds(number, ("host", "Bruno"), 3)
    notary.late()
    notary.rounds(number, ("host", "Bruno"))
    signing = notary.standing("Anna", number).signing
    assert signing is not None and not signing.promises[2], "it never saw Bruno's promise"
    notary.lines["Anna"].cut = {"/contract/"}
    notary.rounds(number, ("Anna",))
    notary.lines["Anna"].cut.clear()
    assert notary.outcomes(number, THREE) == {"done"}
    assert notary.evidence("Anna", number).outcome == "signed by the trustee"


def test_who_insists_need_not_wait_for_the_time_to_be_over(notary: Notary) -> None:
    number = notary.promised()
    notary.party("host").insist(number)
    notary.rounds(number, ("host",), 2)
    assert notary.outcomes(number, ("host",)) == {"done"}
    notary.party("Anna").insist(number)
    notary.rounds(number, ("Anna",), 2)
    notary.late()  # Bruno waits, and asks then
    notary.rounds(number, ("Bruno",))
    assert notary.outcomes(number, THREE) == {"done"}


def test_who_serves_keeps_the_deadlines_by_itself(notary: Notary) -> None:
    number, (unfilled, _) = notary.promised(), notary.invite()
    notary.late()
    convener = Convener(notary.host, notary.line, notary.clock, WAITS)
    convener.start()
    try:
        deadline = time.monotonic() + 20
        while notary.outcomes(number, ("host",)) != {"done"} or not convener.records.rows()[unfilled.number].end:
            assert time.monotonic() < deadline
            time.sleep(0.05)
    finally:
        convener.stop()
    assert convener.records.rows()[unfilled.number].end == "lapsed"


def test_one_missing_promise_and_the_contract_lapses_for_all(notary: Notary) -> None:
    number = notary.joined()
    for name in ("host", "Anna", "Anna"):
        notary.step(name, number)
    notary.late()
    notary.rounds(number, ("host", "Anna"), 2)
    assert notary.outcomes(number, ("host", "Anna")) == {""}, "the trustee still waits for Bruno"
    notary.late()
    notary.rounds(number, THREE)
    assert notary.outcomes(number, THREE) == {"aborted"}
    files = [notary.evidence(name, number) for name in THREE]
    assert "party 1 (Anna) is wrong" in judge_joint(files, [read_joint_claim("1:binding")]).why

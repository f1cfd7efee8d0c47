"""The operator's view of a trustee's cases: what runs the service, and nothing of what was traded."""

from __future__ import annotations

import json

from semper_host.host.trustee_cases import cases
from semper_host.model.holds import RELEASED
from tests.host.courtroom import PRICE, SELLER_ACCOUNT, Court, cut_off, refused, until
from tests.host.marketplace import GOODS, Keys, Purchase, now


def test_cases_say_how_far_they_are(court: Court) -> None:
    paid, lost, stuck = (court.purchase(number) for number in (1, 2, 3))
    paid.hold()
    court.ask(paid.resolve())
    court.ask(lost.abort())
    until(lambda: court.service.rows.unended() == [])
    cut_off(court)
    court.answer(stuck.abort())
    found = {each.label: each for each in cases(court.home, 10)}
    assert [found[each.id].verdict for each in (paid, lost, stuck)] == ["resolved", "aborted", "aborted"]
    assert [found[each.id].open for each in (paid, lost, stuck)] == [False, False, True]
    states = [found[each.id].banks[0].state for each in (paid, lost, stuck)]
    assert states == [RELEASED, "nothing-held", "ordered"]
    assert {each.merchant for each in found.values()} == {"semper:merchant/shop"}
    assert all(each.banks[0].name == "bank" for each in found.values())
    ended = found[paid.id].ended
    assert ended is not None and found[paid.id].decided <= ended <= now()
    assert [each.label for each in cases(court.home, 10, open_only=True)] == [stuck.id]
    assert len(cases(court.home, 2)) == 2


def test_cases_show_nothing_of_what_was_traded(court: Court) -> None:
    made = court.purchase()
    made.hold()
    court.ask(made.resolve())
    text = json.dumps([each.plain() for each in cases(court.home, 10)], default=lambda value: value.hex())
    assert made.id.hex() in text
    label = made.label
    secrets = [label.deal, label.left.digest, label.nonce_a, *(party.signing for party in label.parties)]
    secrets += [party.sealing for party in label.parties]
    words = (SELLER_ACCOUNT, str(PRICE), "EUR", "amount", label.step, label.kind)
    for hidden in (*(each.hex() for each in secrets), *words):
        assert hidden not in text, hidden
    assert GOODS.parts[0].name not in text


def test_who_said_two_things_is_shown(court: Court) -> None:
    made = court.purchase()
    other = Purchase(made.label, made.purse, made.payments, first=b"\x07" * 32)
    other.offer()
    court.ask(made.abort())
    assert not cases(court.home, 1)[0].equivocated
    court.ask(other.abort())
    assert cases(court.home, 1)[0].equivocated and not cases(court.home, 1)[0].contradicted


def test_a_stranger_appears_nowhere(court: Court) -> None:
    made = court.purchase()
    vouch = court.banked.market.authorities.vouch(court.keys.signing, Keys.of("somebody").party)
    refused("NOT_ENROLLED", court.service.answer, made.abort(), vouch)
    assert cases(court.home, 10) == []

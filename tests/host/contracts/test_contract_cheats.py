"""Parties, and a trustee, that deviate from a contract among several: it gains them nothing, and signatures convict."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256
from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.commerce.evidence_several import PARTY
from semper_host.commerce.joint_deal import Seated
from semper_host.commerce.joint_dispute import judge_joint, read_joint_claim
from semper_host.commerce.joint_evidence import JointFile, is_joint, read, verify, write
from semper_host.commerce.joint_roll import JOINING, read_roll
from semper_host.commerce.seats import Joining
from semper_host.exchange.accountability import RECEIPT, Receipt
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.events import Decided, Received
from semper_host.exchange.labels import label_of
from semper_host.exchange.messages import digest_of, make
from semper_host.exchange.requests import ABORTED, LAPSED, Answer
from semper_host.host import identity
from semper_host.host.contracts.beginning import read as contract_in
from semper_host.host.contracts.convening import JOIN_PATH, JoinCall
from semper_host.host.contracts.exporting import export
from semper_host.host.contracts.mailing import MAIL_PATH
from semper_host.host.trustee_receipts import keep_receipt
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, SemperError, UsageError
from semper_host.model.holds import DECISION, Decision
from semper_host.supporting.archive.evidence import EMPTY, SALT, Exhibit, linked, message_digest
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.refusal import RefusedByPeer
from semper_host.supporting.communication.session import Batch, seal_envelope
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.entropy import fresh_seed
from tests.host.contracts.notary import TEXT, Notary
from tests.host.marketplace import Keys

THREE = ("host", "Anna", "Bruno")


@pytest.fixture(scope="module")
def signed(notary: Notary) -> bytes:
    """A contract that all three signed."""
    number = notary.joined()
    notary.rounds(number, THREE)
    assert notary.outcomes(number, THREE) == {"done"}
    return number


def test_a_ticket_that_was_stolen_and_used_lets_its_owner_in_no_more_and_binds_nobody(notary: Notary) -> None:
    contract, tickets = notary.invite()
    thief = notary.party("Cleo")
    thief.join(tickets["Anna"])
    notary.step("Cleo", contract.number, ask=False)
    notary.party("Anna").join(tickets["Anna"])
    with pytest.raises(RefusedByPeer) as refusal:
        notary.step("Anna", contract.number)
    assert refusal.value.code == "NOT_INVITED"
    assert notary.standing("host", contract.number).signing is None


@pytest.mark.parametrize("change", ["secret", "seat", "text", "invitation"])
def test_a_ticket_that_was_changed_takes_no_seat(notary: Notary, change: str) -> None:
    contract, tickets = notary.invite()
    ticket = tickets["Anna"]
    changed: dict[str, Any] = {
        "secret": bytes(32), "seat": 2, "text": TEXT + b" and more",
        "invitation": ticket.invitation[:-1] + bytes([ticket.invitation[-1] ^ 1]),
    }  # fmt: skip
    with pytest.raises(SemperError, match="cannot"):
        notary.party("Cleo").join(replace(ticket, **{change: changed[change]}))
        notary.step("Cleo", contract.number)
    assert not any(notary.standing("host", contract.number).joinings)


def test_who_joins_with_anothers_or_a_weak_key_is_refused_before_it_spoils_the_roll(notary: Notary) -> None:
    contract, tickets = notary.invite()
    keys, said = Keys.of("Cleo"), contract.opened.invitation
    notary.party("Anna").join(tickets["Anna"])
    notary.step("Anna", contract.number, ask=False)
    anna = Joining.decode(cose.peek(notary.standing("host", contract.number).joinings[0]).payload)
    base = replace(anna, seat=2, party=keys.party)
    weak = replace(base, party=replace(keys.party, sealing=bytes(32)))
    for joining in (weak, replace(base, seat=9), replace(base, at=base.at + 4000), replace(base, invitation=bytes(32))):
        signed = cose.sign1(encode(joining), JOINING, keys.signing)
        call = encode(JoinCall(tickets["Bruno"].secret, signed))
        with pytest.raises(SemperError, match="cannot"):
            sealed_call.call(notary.line, said.url + JOIN_PATH, said.sealing, call, fresh_seed())
    named = replace(base, party=contract.opened.invitation.party)
    for joining in (base, named):  # signed with another key than it names
        signed = cose.sign1(encode(joining), JOINING, Keys.of("nobody").signing)
        with pytest.raises(SemperError, match="cannot"):
            notary.convener.records.post(contract.number, Seated(2, signed))
    own = replace(base, party=Keys.of("twice").party)
    once = cose.sign1(encode(own), JOINING, Keys.of("twice").signing)
    notary.party("Anna").records.post(contract.number, Seated(2, once))
    assert [bool(each) for each in notary.standing("host", contract.number).joinings] == [True, False]


def test_who_invites_and_shows_each_another_roll_binds_nobody_and_is_convicted(notary: Notary) -> None:
    contract, tickets = notary.invite()
    number, fake = contract.number, Keys.of("a double of Bruno")
    for name in ("Anna", "Bruno"):
        notary.party(name).join(tickets[name])
    for name in ("Bruno", "Anna", "Bruno"):
        if name == "Bruno":
            notary.step(name, number, ask=False)
        elif notary.standing("host", number).joinings[0] == b"":
            own = notary.standing("Anna", number).joinings[0]
            notary.convener.records.post(number, Seated(1, own))
    double = Joining.decode(cose.peek(notary.standing("Bruno", number).joinings[1]).payload)
    false = cose.sign1(encode(replace(double, party=fake.party)), JOINING, fake.signing)
    notary.party("Anna").records.post(number, Seated(2, false))  # as an answer to its call would have it
    roll = notary.standing("Anna", number).roll
    host, _ = contract_in(notary.host, number)
    first = make(host.table.crypto, 1, roll.id, (TEXT,), preimage=encode(roll.label))
    notary.party("Anna").records.post(number, (Received(first), notary.clock()))
    notary.party("Anna").sign(number)
    notary.step("host", number)
    notary.step("Bruno", number)
    notary.late(resolve=True)
    notary.rounds(number, ("host", "Bruno"))
    notary.rounds(number, ("Anna",))
    assert notary.outcomes(number, THREE) == {"aborted"}
    files = [notary.evidence(name, number) for name in ("Anna", "Bruno")]
    assert files[0].deal != files[1].deal
    verdict = judge_joint(files, [])
    assert (verdict.decided, verdict.deviated) == (True, "party 0 (Marina)")
    assert not judge_joint([files[0]], [read_joint_claim("0:binding")]).deviated


Forge = Callable[[Notary, bytes], bytes]


def _another_text(notary: Notary, number: bytes) -> bytes:
    contract, standing = contract_in(notary.homes["Bruno"], number)
    return make(contract.table.crypto, 1, standing.roll.id, (b"mine alone",), preimage=encode(standing.roll.label))


def _for_anna(notary: Notary, number: bytes) -> bytes:
    roll = notary.standing("Bruno", number).roll
    return make(Keys.of("not Anna").crypto, 1, roll.id, (TEXT,), preimage=encode(roll.label))


def _withdrawal(notary: Notary, number: bytes) -> bytes:
    contract, standing = contract_in(notary.homes["Bruno"], number)
    return make(contract.table.crypto, 2, standing.roll.id, (), previous=bytes(32))


@pytest.mark.parametrize("forge", [_another_text, _for_anna, _withdrawal, lambda *_: b"rubbish"])
def test_what_a_party_may_not_say_changes_nothing_and_is_kept(notary: Notary, forge: Forge) -> None:
    number = notary.joined()
    notary.step("host", number)
    notary.enqueue("Bruno", number, forge(notary, number))
    notary.rounds(number, THREE)
    assert notary.outcomes(number, THREE) == {"done"}
    file = notary.evidence("host", number)
    assert (file.outcome, file.deviations) == ("signed by all", 1)
    assert not judge_joint([file], []).deviated, "nobody can be convicted by what somebody else made up"


def test_who_promises_under_two_rolls_with_one_key_is_convicted_by_one_file(notary: Notary) -> None:
    number = notary.joined()
    notary.step("host", number)
    contract, standing = contract_in(notary.homes["Bruno"], number)
    label = replace(standing.roll.label, deal=bytes(32))
    other = make(contract.table.crypto, 1, label_of(label), (TEXT,), preimage=encode(label))
    notary.enqueue("Bruno", number, other)
    notary.rounds(number, THREE)
    verdict = judge_joint([notary.evidence("host", number)], [])
    assert verdict.deviated == "party 2 (Bruno)"


def test_a_promise_that_would_leave_too_late_never_leaves_and_only_the_trustee_hears_of_it(notary: Notary) -> None:
    number = notary.joined()
    for name in ("host", "Anna", "Anna", "Bruno"):
        notary.step(name, number)  # Bruno has promised; it lies in its outbox
    notary.late()
    notary.step("Bruno", number, ask=False)
    signing = notary.standing("host", number).signing
    assert signing is not None and not signing.promises[2]
    notary.rounds(number, ("Bruno", "host", "Anna"))
    assert notary.outcomes(number, THREE) == {"done"}
    assert {notary.evidence(name, number).outcome for name in THREE} == {"signed by the trustee"}


def test_strangers_mail_and_mail_of_two_contracts_is_refused(notary: Notary, signed: bytes) -> None:
    contract, standing = contract_in(notary.homes["Anna"], signed)
    ends = contract.peers(standing.roll)[0]
    first = seal_envelope(ends, 99, 0, b"x")
    stranger = replace(first, session=bytes(32))
    url = contract.opened.invitation.url + MAIL_PATH
    for batch in (Batch((stranger,)), Batch((first, stranger)), Batch(())):
        with pytest.raises(RefusedByPeer) as refusal:
            notary.line.post(url, encode(batch))
        assert refusal.value.code == "MESSAGE_UNEXPECTED"
    changed = replace(first, sealed=first.sealed[:-1] + bytes([first.sealed[-1] ^ 1]))
    with pytest.raises(SemperError, match="cannot"):
        notary.line.post(url, encode(Batch((changed,))))


def test_a_trustee_that_says_two_things_is_convicted(notary: Notary) -> None:
    number = notary.promised()
    notary.late()
    notary.rounds(number, ("host",))
    standing = notary.standing("host", number)
    assert standing.signed
    trustee = identity.service(notary.trustee._home, notary.clock())
    lie = Decision(standing.roll.id, LAPSED, _m1_of(notary, number))
    answer = encode(Answer(cose.sign1(encode(lie), DECISION, trustee.signing)))
    notary.lines["Anna"].cut = {"/trustee", "/contract/"}
    notary.step("Anna", number, ask=False)
    notary.party("Anna").records.post(number, (Decided(answer), notary.clock()))
    notary.lines["Anna"].cut.clear()
    assert notary.outcomes(number, ("Anna",)) == {"aborted"}
    files = [notary.evidence(name, number) for name in ("host", "Anna")]
    verdict = judge_joint(files, [read_joint_claim("1:not-signed")])
    assert (verdict.decided, verdict.deviated) == (True, "trustee")


@pytest.mark.parametrize("verdict", [LAPSED, ABORTED])
def test_a_trustee_that_decides_what_it_cannot_is_convicted_by_one_file(notary: Notary, verdict: str) -> None:
    number = notary.promised()
    notary.party("Anna").insist(number)
    contract, standing = contract_in(notary.homes["Anna"], number)
    trustee = identity.service(notary.trustee._home, notary.clock())
    said = Decision(standing.roll.id, verdict, _m1_of(notary, number))
    answer = encode(Answer(cose.sign1(encode(said), DECISION, trustee.signing)))
    (owed,) = standing.owed()
    request = getattr(owed, "request", b"")
    digests = sha256(request).digest(), sha256(encode(said)).digest()
    receipt = Receipt(standing.roll.id, digests[0], verdict, digests[1], notary.clock())
    signed = cose.sign1(encode(receipt), RECEIPT, trustee.signing)
    keep_receipt(notary.homes["Anna"], contract.opened.trustee, request, signed)
    notary.party("Anna").records.post(number, (Decided(answer), notary.clock()))
    assert judge_joint([notary.evidence("Anna", number)], []).deviated == "trustee"


def _m1_of(notary: Notary, number: bytes) -> bytes:
    signing = notary.standing("host", number).signing
    assert signing is not None
    return digest_of(signing.promises[0])


def test_any_changed_byte_of_the_evidence_is_found(notary: Notary, signed: bytes) -> None:
    data = export(notary.homes["Anna"], signed)
    assert is_joint(data)
    for at in range(0, len(data), 11):
        changed = bytearray(data)
        changed[at] ^= 0x40
        with pytest.raises(PeerDeviated, match="cannot accept the evidence at"):
            verify(bytes(changed), notary.roots, notary.clock())


def _without_last(file: JointFile) -> JointFile:
    return replace(file, exhibits=file.exhibits[:-1])


def _out_of_order(file: JointFile) -> JointFile:
    return replace(file, exhibits=(file.exhibits[1], file.exhibits[0], *file.exhibits[2:]))


def _another_text_in(file: JointFile) -> JointFile:
    return replace(file, text=b"another text")


def _as_party_two(file: JointFile) -> JointFile:
    return replace(file, me=2)


def _seats_swapped(file: JointFile) -> JointFile:
    return replace(file, joinings=file.joinings[::-1])


def _dated_back(file: JointFile) -> JointFile:
    return replace(file, at=file.at - 3600)


def _one_less(file: JointFile) -> JointFile:
    return replace(file, joinings=file.joinings[:1])


@pytest.mark.parametrize(
    "forge", [_out_of_order, _another_text_in, _as_party_two, _seats_swapped, _one_less, _dated_back]
)
def test_its_exporter_cannot_make_evidence_say_something_else(
    notary: Notary, signed: bytes, forge: Callable[[JointFile], JointFile]
) -> None:
    with pytest.raises(PeerDeviated, match="cannot accept the evidence at"):
        verify(_sealed_again(notary, signed, forge), notary.roots, notary.clock())


def test_what_one_leaves_out_of_its_evidence_the_others_have(notary: Notary, signed: bytes) -> None:
    short = verify(_sealed_again(notary, signed, _without_last), notary.roots, notary.clock())
    assert short.outcome == "open"
    assert not judge_joint([short], [read_joint_claim("1:not-signed")]).decided
    verdict = judge_joint([short, notary.evidence("Bruno", signed)], [read_joint_claim("1:not-signed")])
    assert verdict.decided and "party 1 (Anna) is wrong" in verdict.why


def test_an_exhibit_that_names_the_wrong_party_refuses_the_file(notary: Notary, signed: bytes) -> None:
    def swapped(file: JointFile) -> JointFile:
        deal = read_roll(open_contract_of(notary, signed), file.joinings, notary.roots).deal
        first = file.exhibits[0]
        assert first.message is not None
        link = first.evidence
        salt = bytes(SALT)
        made = linked(EMPTY, deal, link.label, PARTY.format(2), link.step, message_digest(salt, first.message), None)
        return replace(file, exhibits=(Exhibit(made, first.message, salt),))

    with pytest.raises(PeerDeviated, match="exhibit 1"):
        verify(_sealed_again(notary, signed, swapped), notary.roots, notary.clock())


def test_files_of_different_contracts_and_unknown_claims_are_not_judged(notary: Notary, signed: bytes) -> None:
    other = notary.joined()
    with pytest.raises(UsageError):
        judge_joint([notary.evidence("Anna", signed), notary.evidence("Anna", other)], [])
    with pytest.raises(UsageError):
        judge_joint([notary.evidence("Anna", signed)], [read_joint_claim("7:binding")])
    for claim in ("anna:binding", "1:paid", "", "1"):
        with pytest.raises(UsageError):
            read_joint_claim(claim)
    assert not judge_joint([notary.evidence("Anna", other)], [read_joint_claim("1:binding")]).decided


def open_contract_of(notary: Notary, number: bytes) -> Any:
    return contract_in(notary.homes["Anna"], number)[0].opened


def _sealed_again(notary: Notary, number: bytes, forge: Callable[[JointFile], JointFile]) -> bytes:
    """Anna's evidence, changed and sealed with its own key."""
    contract, standing = contract_in(notary.homes["Anna"], number)
    file, _ = read(export(notary.homes["Anna"], number))
    crypto = crypto_for(contract.keys.signing, contract.keys.sealing)
    return write(forge(file), standing.roll.deal, crypto.sign)

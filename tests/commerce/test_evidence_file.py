"""Evidence files: what they prove, and that no byte of one can be changed unnoticed, or unlocated."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from semper_host.commerce.evidence_file import read
from semper_host.commerce.evidence_format import Place, Section, open_sections, shown, write_sections
from semper_host.commerce.moments import moment
from semper_host.host import evidence
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.model.money import Money
from semper_host.model.outcome import Satisfied
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey

SIDES = ("buyer", "seller")
KEY = SigningKey.from_seed(b"k" * 32)


def located(message: str) -> tuple[int, int]:
    """Return the bytes that a refusal names."""
    found = re.search(r"\(bytes (\d+) to (\d+)\)", message)
    assert found, message
    return int(found[1]), int(found[2])


def refusal(scenes: Any, data: bytes) -> PeerDeviated:
    with pytest.raises(PeerDeviated) as caught:
        scenes.fair.verify(data)
    assert caught.value.code == "EVIDENCE_INVALID"
    assert caught.value.message.startswith("cannot accept the evidence at ")
    return caught.value


def fails_where(scenes: Any, data: bytes, at: int) -> None:
    first, last = located(refusal(scenes, data).message)
    assert first <= at <= last, (at, first, last)


@pytest.mark.parametrize("side", SIDES)
def test_either_sides_evidence_proves_the_sale(scenes: Any, side: str) -> None:
    verified = scenes.fair.verify(scenes.sold.exported[side])
    assert verified.outcome == Satisfied("sold")
    assert [(step.name, step.outcome) for step in verified.steps] == [("agree", "done"), ("pay", "done")]
    pay = verified.steps[1]
    assert (pay.money, pay.amount, pay.items[0].given) == ("captured", Money(199, "EUR"), True)
    assert (verified.total, verified.payment, verified.basket) == (Money(199, "EUR"), "semper/ecash", (("course", 1),))
    assert verified.deviations == ()
    names = {party.role: (party.name, party.root) for party in verified.parties}
    assert names["seller"] == ("EUROCOM", "Registrars")
    assert names["buyer"] == ("", "")


def test_both_sides_prove_the_same_exchanges(scenes: Any) -> None:
    buyers, sellers = (scenes.fair.verify(scenes.sold.exported[side]) for side in SIDES)
    assert buyers.deal == sellers.deal
    assert [step.label for step in buyers.steps] == [step.label for step in sellers.steps]
    assert [step.messages for step in buyers.steps] == [step.messages for step in sellers.steps]
    assert buyers.peer_heads <= sellers.heads and sellers.peer_heads <= buyers.heads


def test_the_proofs_say_who_signed_what(scenes: Any) -> None:
    pay = scenes.fair.verify(scenes.sold.exported["buyer"]).steps[1]
    said = [(proof.what, proof.by) for proof in pay.proofs]
    numbered = [("message 1", "seller"), ("message 2", "buyer"), ("message 3", "seller"), ("message 4", "buyer")]
    assert said[:4] == numbered
    assert ("hold.captured", "bank") in said[4:]


def test_the_lines_are_for_people(scenes: Any) -> None:
    lines = scenes.fair.verify(scenes.sold.exported["buyer"]).lines
    text = "\n".join(lines)
    for words in ("EUROCOM", "1.99 EUR", "captured", "evaluated by Evaluator", "Outcome: sold"):
        assert words in text
    assert all(line.isprintable() for line in lines)


def test_the_plain_form_can_be_printed_as_json(scenes: Any) -> None:
    plain = evidence.plain(scenes.fair.verify(scenes.sold.exported["buyer"]))
    text = json.dumps(plain, default=lambda value: value.hex())
    assert json.loads(text)["outcome"] == {"end": "sold", "satisfied": True, "why": ""}
    assert plain["steps"][1]["money"] == "captured"
    assert [item["amount"] for item in plain["steps"][1]["items"]] == [None, {"minor": 199, "currency": "EUR"}]


def test_the_files_of_a_deal_are_the_same_bytes_each_time(scenes: Any) -> None:
    assert scenes.fair.export(scenes.sold.buyer) == scenes.sold.exported["buyer"]


def test_only_a_deal_of_the_home_is_exported(scenes: Any) -> None:
    with pytest.raises(UsageError) as caught:
        evidence.export(scenes.sold.buyer.home, b"x" * 32)
    assert caught.value.code == "DEAL_UNKNOWN"


def test_a_file_holds_no_secret(scenes: Any) -> None:
    for side in SIDES:
        party = scenes.sold.buyer if side == "buyer" else scenes.sold.seller
        assert scenes.fair.content_key not in scenes.sold.exported[side]
        assert party.home.keyring.seed("archive") not in scenes.sold.exported[side]
        assert b"\x02" * 32 not in scenes.sold.exported[side]  # k2, which the buyer alone may know


@pytest.mark.parametrize("side", SIDES)
def test_a_changed_byte_is_found_and_located(scenes: Any, side: str) -> None:
    """Every byte of the seal and of all that frames the sections, and every eleventh of what they hold."""
    data = scenes.sold.exported[side]
    structure = framing(data)
    for at in range(len(data)):
        if at in structure or at % 11 == 0:
            fails_where(scenes, data[:at] + bytes((data[at] ^ 1 << at % 8,)) + data[at + 1 :], at)


@pytest.mark.deep
def test_any_changed_byte_is_found_and_located(scenes: Any) -> None:
    data = scenes.sold.exported["buyer"]
    for at in range(len(data)):
        for bit in (0x01, 0x80, 0xFF):
            fails_where(scenes, data[:at] + bytes((data[at] ^ bit,)) + data[at + 1 :], at)


def framing(data: bytes) -> set[int]:
    """Return the offsets of every byte that belongs to no section, and of each section's first and last bytes."""
    opened = open_sections(data)
    inside: set[int] = set()
    for place in opened.places:
        inside.update(range(place.start + 4, place.end - 4))
    return set(range(len(data))) - inside


def test_a_changed_part_is_named(scenes: Any) -> None:
    data = scenes.sold.exported["buyer"]
    for place in open_sections(data).places:
        middle = (place.start + place.end) // 2
        changed = data[:middle] + bytes((data[middle] ^ 1,)) + data[middle + 1 :]
        assert f"at {place.name} (" in refusal(scenes, changed).message


def test_a_file_that_ends_early_is_refused_where_it_ends(scenes: Any) -> None:
    data = scenes.sold.exported["buyer"]
    ends = [0, 1, 19, 25, 500, len(data) // 2, len(data) - 1, *(place.start for place in open_sections(data).places)]
    for end in ends:
        first, last = located(refusal(scenes, data[:end]).message)
        assert first <= end <= last + 1


def test_nothing_can_be_added(scenes: Any) -> None:
    data = scenes.sold.exported["buyer"]
    assert "its end" in refusal(scenes, data + b"\x00").message


NO_FILES = [b"", b"\x00", b"\x83", b"\x9f\xff", b"semper.evidence/1", b"\x83\x71semper.evidence/2"]


@pytest.mark.parametrize("data", NO_FILES)
def test_what_is_no_evidence_file_is_refused(scenes: Any, data: bytes) -> None:
    refusal(scenes, data)


def test_a_huge_claim_in_the_seal_allocates_nothing(scenes: Any) -> None:
    data = scenes.sold.exported["buyer"]
    refusal(scenes, data[:19] + b"\x5b" + b"\xff" * 8 + data[22:])


def test_the_form_is_the_deterministic_encoding_of_plain_data() -> None:
    """So that anybody can read it with a CBOR library, though we point at bytes ourselves."""
    from semper_host.model.encoding import decode

    sections = [Section("offer", b""), Section("exhibit", b"x" * 23), Section("exhibit", b"y" * 70_000)]
    data = write_sections(b"d" * 32, "buyer", 1, sections, lambda payload, kind: cose.sign1(payload, kind, KEY))
    form, _, found = decode(data)
    assert (form, found) == ("semper.evidence/1", [each.data for each in sections])
    opened = open_sections(data)
    assert [data[place.start : place.end] for place in opened.places] == found
    assert [place.name for place in opened.places] == ["the offer", "exhibit 1", "exhibit 2"]


def test_places_read_like_a_sentence() -> None:
    assert str(Place("exhibit 3", 10, 20)) == "exhibit 3 (bytes 10 to 19)"


def test_what_stood_in_a_file_cannot_draw_on_the_terminal() -> None:
    assert shown("a\x1b[2Jb\u202ec\n", 20) == "a?[2Jb?c?"
    assert shown("x" * 50, 10) == "x" * 9 + "…"


def test_moments_are_written_in_universal_time() -> None:
    assert moment(0) == "1970-01-01 00:00:00 UTC"
    assert moment(1_800_000_000) == "2027-01-15 08:00:00 UTC"
    assert moment(2**60) == f"second {2**60}"


def test_reading_checks_the_seal_only(scenes: Any) -> None:
    file, opened = read(scenes.sold.exported["seller"])
    assert file.side == "seller" and file.deal == scenes.sold.seller.deal.id == opened.seal.deal

"""The evidence chain: any change shows, and where."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from sqlalchemy import text

from semper_host.model.errors import PeerDeviated
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.evidence import EMPTY, EvidenceHead, Exhibit, verify_chain
from semper_host.supporting.archive.records import EVIDENCE, place

DEAL, LABEL = b"d" * 32, b"l" * 32


def append(archive: Archive, label: bytes, role: str, name: str, message: bytes, proof: bytes = b"") -> EvidenceHead:
    return archive.commit(lambda tx: archive.append_evidence(tx, DEAL, label, role, name, message, proof))


@pytest.fixture
def heads(archive: Archive) -> list[EvidenceHead]:
    steps = [(b"", "B", "hello"), (b"", "S", "hello"), (LABEL, "B", "pay"), (LABEL, "S", "pay")]
    return [append(archive, *step, b"message %d" % n, b"signature") for n, step in enumerate(steps)]


def changed(exhibit: Exhibit, **fields: object) -> Exhibit:
    return msgspec.structs.replace(exhibit, evidence=msgspec.structs.replace(exhibit.evidence, **fields))


def test_a_sound_chain_gives_its_head(archive: Archive, heads: list[EvidenceHead]) -> None:
    exhibits = archive.evidence(DEAL)
    assert [exhibit.message for exhibit in exhibits] == [b"message %d" % n for n in range(4)]
    assert verify_chain(DEAL, exhibits) == heads[-1] == archive.evidence_head(DEAL) == archive.verify_evidence(DEAL)
    assert all(verify_chain(DEAL, exhibits, head) == heads[-1] for head in [EMPTY, *heads])


def test_an_empty_chain_has_the_empty_head(archive: Archive) -> None:
    assert archive.evidence_head(DEAL) == EMPTY == verify_chain(DEAL, [])


def test_equal_messages_have_different_digests(archive: Archive) -> None:
    for _ in range(2):
        append(archive, b"", "B", "hello", b"same")
    one, two = archive.evidence(DEAL)
    assert one.evidence.digest != two.evidence.digest


@pytest.mark.parametrize("index", range(3))
@pytest.mark.parametrize(
    "fields",
    [
        {"version": 2},
        {"deal": b"x" * 32},
        {"label": b"x" * 32},
        {"seq": 9},
        {"previous": b"x" * 32},
        {"role": "T"},
        {"step": "refund"},
        {"digest": b"x" * 32},
        {"signature": b"forged"},
        {"signature": None},
    ],
    ids=lambda fields: next(iter(fields)),
)
def test_any_changed_field_breaks_the_chain(
    archive: Archive, heads: list[EvidenceHead], index: int, fields: dict[str, Any]
) -> None:
    exhibits = archive.evidence(DEAL)
    exhibits[index] = changed(exhibits[index], **fields)
    with pytest.raises(PeerDeviated) as error:
        verify_chain(DEAL, exhibits)
    assert error.value.code == "EVIDENCE_INVALID"
    assert f"link {index + 1} " in error.value.message or f"link {index + 2} " in error.value.message


def test_a_change_of_the_last_link_shows_against_the_head(archive: Archive, heads: list[EvidenceHead]) -> None:
    exhibits = archive.evidence(DEAL)
    exhibits[-1] = changed(exhibits[-1], role="T")
    with pytest.raises(PeerDeviated):
        verify_chain(DEAL, exhibits, heads[-1])


@pytest.mark.parametrize("change", [{"message": b"another"}, {"salt": b"x" * 16}, {"salt": b""}, {"message": None}])
def test_a_changed_message_or_salt_breaks_the_chain(
    archive: Archive, heads: list[EvidenceHead], change: dict[str, bytes | None]
) -> None:
    exhibits = archive.evidence(DEAL)
    exhibits[1] = msgspec.structs.replace(exhibits[1], **change)
    with pytest.raises(PeerDeviated, match=r"link 2 \(S, hello\)"):
        verify_chain(DEAL, exhibits)


@pytest.mark.parametrize("keep", [[1, 2, 3], [0, 2, 3], [0, 1, 1, 2, 3], [1, 0, 2, 3]])
def test_a_lost_repeated_or_reordered_link_breaks_the_chain(
    archive: Archive, heads: list[EvidenceHead], keep: list[int]
) -> None:
    exhibits = archive.evidence(DEAL)
    with pytest.raises(PeerDeviated):
        verify_chain(DEAL, [exhibits[n] for n in keep])


def test_a_shortened_chain_does_not_pass_through_the_known_head(archive: Archive, heads: list[EvidenceHead]) -> None:
    with pytest.raises(PeerDeviated, match="does not pass through"):
        verify_chain(DEAL, archive.evidence(DEAL)[:-1], heads[-1])


def test_an_erased_message_leaves_the_chain_whole(archive: Archive, heads: list[EvidenceHead]) -> None:
    archive.commit(lambda tx: archive.erase_message(tx, DEAL, 2))
    exhibits = archive.evidence(DEAL)
    assert (exhibits[1].message, exhibits[1].salt) == (None, None)
    assert verify_chain(DEAL, exhibits) == heads[-1]


def test_a_stored_chain_that_lost_its_end_is_found_out(archive: Archive, heads: list[EvidenceHead]) -> None:
    third = place(1, EVIDENCE, 3)
    archive.commit(lambda tx: tx.execute(text(f"UPDATE records SET message = x'00' WHERE place = {third}")))
    with pytest.raises(PeerDeviated, match=r"link 3 \(B, pay\)"):
        archive.verify_evidence(DEAL)


def test_an_exhibit_survives_encoding(archive: Archive, heads: list[EvidenceHead]) -> None:
    from semper_host.model.encoding import encode

    for exhibit in archive.evidence(DEAL):
        assert Exhibit.decode(encode(exhibit)) == exhibit

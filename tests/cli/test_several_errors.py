"""What a person can get wrong with the commands for several parties, and what it is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from semper_host.cli.several import named, read_invitation, seconds_of
from semper_host.host.consignments.records import Ticket as Consignment
from semper_host.host.contracts.beginning import Ticket as Contract
from semper_host.model.errors import SemperError, UsageError

NUMBERS = (b"\xab" * 32, b"\xac" * 32)


@pytest.mark.parametrize("kind", [Contract, Consignment])
@pytest.mark.parametrize("content", [b"", b"x", b"PDF-1.7", b"\xa0"])
def test_a_file_that_is_no_invitation_is_named(tmp_path: Path, kind: type[Contract], content: bytes) -> None:
    file = tmp_path / "boat.pdf"
    file.write_bytes(content)
    with pytest.raises(UsageError, match=r"cannot use .*boat\.pdf: it is no such invitation"):
        read_invitation(kind, file, 1000)
    with pytest.raises(SemperError, match="absent"):
        read_invitation(kind, tmp_path / "absent", 1000)


def test_a_number_that_none_or_several_have_says_where_they_are_listed() -> None:
    assert named(NUMBERS, "AB", "contract") == NUMBERS[0]
    with pytest.raises(UsageError, match=r"2 begin so; give more of its number \(`semper contract list` has them"):
        named(NUMBERS, "a", "contract")
    with pytest.raises(UsageError, match=r"none such \(`semper transfer list`"):
        named(NUMBERS, "ff", "transfer")


def test_a_duration_that_cannot_be_read_is_a_sentence() -> None:
    assert seconds_of("PT5S") == 5
    with pytest.raises(UsageError, match="cannot read the duration"):
        seconds_of("a week")

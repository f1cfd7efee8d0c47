"""What a repository said of revocations stays said; and a staple is from the log whose key signed it."""

from __future__ import annotations

import pytest

from semper_host.admission.log_evidence import of_its_log
from semper_host.admission.standing import check_continues
from semper_host.admission.statements import Rotation, Status, Withdrawal, sign
from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic.signing import SigningKey
from tests.admission.log_world import LogWorld

NOW = 1_800_000_000
KEY = SigningKey.from_seed(b"p" * 32)
ONE, TWO = (sign(Withdrawal("x/y", bytes([n]) * 32, "r", NOW), KEY) for n in (1, 2))
MOVE = sign(Rotation("x", KEY.public, bytes(32), None, NOW, NOW), KEY)


def status(*said: bytes, times: tuple[int, ...] = (), size: int = 9) -> Status:
    return Status(size, bytes(32), NOW, said, times)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (status(), status(ONE)),
        (status(ONE), status(ONE, TWO)),
        (status(ONE, times=(5,)), status(ONE, TWO, times=(5, 6))),
        (status(ONE, times=(0,)), status(ONE, times=(5,))),
        (status(ONE, times=(5,)), status(ONE)),
        (status(ONE), status(ONE, times=(5,))),
        (status(ONE, times=(5,)), status(ONE, times=(6,))),
        (status(MOVE, times=(5,)), status(MOVE, times=(6,))),
    ],
)
def test_a_status_that_says_more_continues_what_was_said(before: Status, after: Status) -> None:
    check_continues(before, after)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (status(ONE), status()),
        (status(ONE, TWO), status(TWO)),
        (status(ONE), status(TWO)),
        (status(ONE, times=(5,)), status(ONE, times=(NOW + 1,))),
        (status(MOVE, times=(5,)), status(MOVE, times=(4,))),
    ],
)
def test_a_status_that_takes_back_or_dates_anew_what_was_said_is_a_rollback(before: Status, after: Status) -> None:
    with pytest.raises(AdmissionRefused) as caught:
        check_continues(before, after, b"signed")
    assert (caught.value.code, caught.value.evidence) == ("ROLLBACK", b"signed")


def test_of_two_logs_of_one_name_the_one_that_signed_is_meant() -> None:
    mine, other = LogWorld(NOW), LogWorld(NOW, seed=b"other")
    for each in (mine, other):
        each.append(ONE, "x/y")
    logs = [other.policy, mine.policy]
    assert of_its_log(mine.staple(ONE), logs, lambda each: each) == [mine.policy]
    assert of_its_log(other.staple(ONE), logs, lambda each: each) == [other.policy]
    assert of_its_log(LogWorld(NOW, origin="x", seed=b"x").staple(), logs, lambda each: each) == []
    stranger = LogWorld(NOW, seed=b"stranger")
    stranger.append(ONE, "x/y")
    assert of_its_log(stranger.staple(ONE), logs, lambda each: each) == logs

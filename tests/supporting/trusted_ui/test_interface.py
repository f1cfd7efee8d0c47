"""The trusted interface: cancel is the default, and a driver that fails has said no."""

from __future__ import annotations

import pytest

from semper_host.model.errors import SemperError, Unavailable
from semper_host.supporting.trusted_ui.display_text import DisplayRefused
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from semper_host.supporting.trusted_ui.screens import Approval, Notice

SCREEN = Approval(payee="EUROCOM", fingerprint=bytes(32), reason="a", given_up="b", deadline=0, longest=0)


class Paper:
    """A driver in memory: keeps what it is shown, answers or raises as told."""

    name = "paper"

    def __init__(self, answer: object = False) -> None:
        self.answer = answer
        self.shown: list[tuple[str, ...]] = []
        self.words: list[str] = []

    def show(self, lines: tuple[str, ...]) -> None:
        self.shown.append(lines)

    def confirm(self, lines: tuple[str, ...], word: str, timeout: int) -> bool:
        self.shown.append(lines)
        self.words.append(word)
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer  # type: ignore[return-value]

    def prompt_secret(self, label: str) -> str:
        return "" if self.answer is False else f"the {label}"


def test_an_approval_returns_what_was_shown() -> None:
    driver = Paper(True)
    rendered = TrustedInterface(driver, "de").approve(SCREEN)
    assert driver.shown == [rendered.lines]
    assert (rendered.driver, rendered.locale, driver.words) == ("paper", "de", ["ja"])


@pytest.mark.parametrize("answer", [False, None, 1, "yes", OSError("gone"), ValueError("bug"), TimeoutError()])
def test_nothing_but_true_is_a_yes(answer: object) -> None:
    with pytest.raises(SemperError) as caught:
        TrustedInterface(Paper(answer)).approve(SCREEN)
    assert caught.value.code == "USER_DECLINED"


def test_a_missing_device_is_told_apart_from_a_no() -> None:
    with pytest.raises(Unavailable):
        TrustedInterface(Paper(Unavailable("DRIVER_UNAVAILABLE", "cannot ask you"))).ask(SCREEN)


def test_a_refused_screen_is_never_shown() -> None:
    driver = Paper(True)
    with pytest.raises(DisplayRefused):
        TrustedInterface(driver).show(Notice(title="\x1b[2J", lines=()))
    assert driver.shown == []


def test_no_secret_means_declined() -> None:
    assert TrustedInterface(Paper(True)).secret("Passphrase") == "the Passphrase"
    with pytest.raises(SemperError) as caught:
        TrustedInterface(Paper(False)).secret("Passphrase")
    assert caught.value.code == "USER_DECLINED"

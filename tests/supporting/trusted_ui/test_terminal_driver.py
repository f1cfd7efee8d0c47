"""The terminal driver on a real pseudo-terminal: only the full word, typed there and after the question, is a yes."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

ASK = """
import json
from semper_host.supporting.trusted_ui.interface import TrustedInterface
from semper_host.supporting.trusted_ui.screens import Approval
from semper_host.model.money import Money
from semper_terminal import TerminalDriver
screen = Approval(amount=Money(1990, "EUR"), payee="EUROCOM Courseware", fingerprint=bytes(32), reason="a course",
                  given_up="the right to withdraw", deadline=1_900_000_000, longest=3600)
{before}
answer = TrustedInterface(TerminalDriver(), {locale!r}).ask(screen, timeout={timeout})
print(json.dumps(answer.yes))
"""


def ask(locale: str = "en", timeout: int = 30, before: str = "") -> str:
    return ASK.format(locale=locale, timeout=timeout, before=before)


def test_the_full_word_approves(at_terminal: Callable[[str], Any]) -> None:
    person = at_terminal(ask())
    shown = person.read_until("> ")
    assert "Amount:                 19.90 EUR\n" in shown
    assert "\x1b" not in shown
    person.type("yes\n")
    assert person.result() is True


def test_the_word_is_that_of_the_locale(at_terminal: Callable[[str], Any]) -> None:
    person = at_terminal(ask("de"))
    assert "19,90 EUR" in person.read_until("> ")
    person.type("ja\n")
    assert person.result() is True


@pytest.mark.parametrize(
    "typed", ["\n", "y\n", "Yes\n", "yes \n", "yes\x00\n", "no\n", "ja\n", "\x04", "yes\x04\x04", "yés\n"]
)
def test_everything_else_means_no(at_terminal: Callable[[str], Any], typed: str) -> None:
    person = at_terminal(ask())
    person.read_until("> ")
    person.type(typed)
    assert person.result() is False


def test_silence_means_no(at_terminal: Callable[[str], Any]) -> None:
    person = at_terminal(ask(timeout=1))
    person.read_until("> ")
    person.type("ye")
    assert person.result() is False


def test_what_was_typed_before_the_question_does_not_count(at_terminal: Callable[[str], Any]) -> None:
    wait = "import select; select.select([open('/dev/tty')], [], [], 20)"
    person = at_terminal(ask(timeout=1, before=wait))
    person.type("yes\n")
    person.read_until("> ")
    assert person.result() is False


def test_an_endless_line_means_no(at_terminal: Callable[[str], Any]) -> None:
    person = at_terminal(ask())
    person.read_until("> ")
    for _ in range(8):
        person.type("y" * 400 + "\x04")
    assert person.result() is False


def test_a_lost_terminal_means_no(at_terminal: Callable[[str], Any]) -> None:
    ignore = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)"
    person = at_terminal(ask(before=ignore))
    person.read_until("> ")
    os.close(person.master)
    result = person.result()
    person.master = os.open(os.devnull, os.O_RDONLY)
    assert result is False


def test_a_secret_is_not_shown(at_terminal: Callable[[str], Any]) -> None:
    code = "import json; from semper_terminal import TerminalDriver\n"
    person = at_terminal(code + "print(json.dumps(TerminalDriver().prompt_secret('Passphrase')))")
    person.read_until("Passphrase: ")
    person.type("correct horse\n")
    assert person.result() == "correct horse"
    assert "horse" not in os.read(person.master, 4096).decode()


def test_the_driver_itself_lets_no_control_character_through(at_terminal: Callable[[str], Any]) -> None:
    code = "from semper_terminal import TerminalDriver\n"
    person = at_terminal(code + "TerminalDriver().show(('pay \\x1b[8m\\x9b31m\\u202e less', 'end')); print(1)")
    assert "pay ?[8m?31m? less" in person.read_until("end")
    assert person.result() == 1


def test_without_a_terminal_nobody_is_asked(drivers_path: str) -> None:
    code = ask(before="")
    ran = subprocess.run(
        [sys.executable, "-c", code], input=b"yes\n", capture_output=True, start_new_session=True, check=False,
        env={**os.environ, "PYTHONPATH": drivers_path},
    )  # fmt: skip
    assert ran.returncode != 0
    assert b"cannot ask you: /dev/tty can't be opened" in ran.stderr

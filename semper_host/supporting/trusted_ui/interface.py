"""The trusted user interface itself: a screen goes in, a person's answer comes out."""

from __future__ import annotations

from typing import Protocol

from semper_host.model.encoding import Record
from semper_host.model.errors import SemperError, UserDeclined
from semper_host.supporting.trusted_ui.display_text import check_text
from semper_host.supporting.trusted_ui.screens import Notice, Question, Recovery, Screen
from semper_host.supporting.trusted_ui.templates import Rendered, confirming_word, render

PATIENCE = 300
"""Seconds until silence counts as no."""


class Driver(Protocol):
    """What a driver of the group `semper.trusted_io.v1` is; its class is called without arguments.

    Lines are plain text, checked by the kernel; a driver adds no markup and never changes them.
    """

    name: str

    def show(self, lines: tuple[str, ...]) -> None:
        """Show the lines."""

    def confirm(self, lines: tuple[str, ...], word: str, timeout: int) -> bool:
        """Show the lines and return whether the person gave exactly `word` within `timeout` seconds.

        Whatever else happens, silence, an end of input, lost focus, a lost device: False.
        """

    def prompt_secret(self, label: str) -> str:
        """Ask for a secret without showing it; "" if none was given."""


class Answer(Record, frozen=True):
    """What was shown, and whether the person said yes."""

    rendered: Rendered
    yes: bool


class TrustedInterface:
    """Shows typed screens through one driver in one locale."""

    def __init__(self, driver: Driver, locale: str = "en") -> None:
        self.driver = driver
        self.locale = locale

    def ask(self, screen: Question, timeout: int = PATIENCE) -> Answer:
        """Show a screen that asks, and return the answer. Raises DisplayRefused; a fault of the driver means no."""
        rendered = self.render(screen)
        try:
            yes = self.driver.confirm(rendered.lines, confirming_word(self.locale), timeout)
        except SemperError:
            raise
        except Exception:  # whatever fails in a driver, a lost device say, means no
            yes = False
        return Answer(rendered, yes is True)

    def approve(self, screen: Question, timeout: int = PATIENCE) -> Rendered:
        """Return what was shown if the person said yes, else raise UserDeclined (USER_DECLINED)."""
        answer = self.ask(screen, timeout)
        if not answer.yes:
            raise UserDeclined("USER_DECLINED", "cannot go on: the screen was not approved")
        return answer.rendered

    def show(self, screen: Notice | Recovery) -> Rendered:
        """Show a screen that asks for nothing."""
        rendered = self.render(screen)
        self.driver.show(rendered.lines)
        return rendered

    def secret(self, label: str) -> str:
        """Ask for a secret, a passphrase say; raise UserDeclined if none is given."""
        given = self.driver.prompt_secret(check_text(label, 60, "label"))
        if not given:
            raise UserDeclined("USER_DECLINED", "cannot go on: no secret was given")
        return given

    def render(self, screen: Screen) -> Rendered:
        """Return the screen as this interface would show it."""
        return render(screen, self.locale, self.driver.name)

"""Lines out, a typed word back, on /dev/tty."""

from __future__ import annotations

import os
import select
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from semper_host.model.errors import Unavailable

DEVICE = "/dev/tty"
LONGEST_INPUT = 1024
RULE = "-" * 72


class TerminalDriver:
    """Shows and asks on the controlling terminal of this process."""

    name = "terminal"

    def __init__(self, device: str = DEVICE) -> None:
        self._device = device

    def show(self, lines: tuple[str, ...]) -> None:
        """Show the lines. Raises Unavailable (DRIVER_UNAVAILABLE) without a terminal."""
        with self._opened() as terminal:
            _write(terminal, lines)

    def confirm(self, lines: tuple[str, ...], word: str, timeout: int) -> bool:
        """Show the lines; True only if exactly `word` and Enter are typed within `timeout` seconds."""
        with self._opened() as terminal:
            _write(terminal, lines)
            with _listening(terminal, echo=True):
                _put(terminal, "> ")
                return _read_line(terminal, timeout) == word

    def prompt_secret(self, label: str) -> str:
        """Ask for a secret without echo; "" at an end of input or after five minutes."""
        with self._opened() as terminal, _listening(terminal, echo=False):
            _put(terminal, f"{_plain(label)}: ")
            secret = _read_line(terminal, 300)
            _put(terminal, "\n")
            return secret or ""

    @contextmanager
    def _opened(self) -> Iterator[int]:
        try:
            terminal = os.open(self._device, os.O_RDWR | os.O_NOCTTY | os.O_CLOEXEC)
        except OSError as error:
            cause = f"{self._device} can't be opened ({error.strerror})"
            raise Unavailable("DRIVER_UNAVAILABLE", f"cannot ask you: {cause}") from None
        try:
            yield terminal
        finally:
            os.close(terminal)


@contextmanager
def _listening(terminal: int, *, echo: bool) -> Iterator[None]:
    """Whole lines, with or without echo, and nothing typed before; the old settings come back whatever happens."""
    before = termios.tcgetattr(terminal)
    wanted = termios.tcgetattr(terminal)
    line = wanted[3] | termios.ICANON | termios.ISIG
    wanted[3] = line | termios.ECHO if echo else line & ~termios.ECHO
    try:
        termios.tcsetattr(terminal, termios.TCSAFLUSH, wanted)
        yield
    finally:
        with suppress(termios.error):  # the terminal may be gone
            termios.tcsetattr(terminal, termios.TCSAFLUSH, before)


def _read_line(terminal: int, timeout: int) -> str | None:
    """Return the line typed, without its end; None at an end of input, when time is up, or if it is no text."""
    deadline = time.monotonic_ns() + timeout * 10**9
    data = b""
    while not data.endswith(b"\n"):
        left = -(-(deadline - time.monotonic_ns()) // 10**9)  # whole seconds, rounded up
        if left <= 0 or not select.select([terminal], [], [], left)[0]:
            return None
        part = os.read(terminal, LONGEST_INPUT)
        data += part
        if not part or len(data) > LONGEST_INPUT:
            return None
    try:
        return data[:-1].decode("utf-8")
    except UnicodeDecodeError:
        return None


def _write(terminal: int, lines: tuple[str, ...]) -> None:
    _put(terminal, "\n".join(["", RULE, *(_plain(line) for line in lines), RULE, ""]))


def _plain(line: str) -> str:
    """Return the line; a second fence behind the kernel's: nothing unprintable ever reaches the terminal."""
    return "".join(character if character.isprintable() else "?" for character in line)


def _put(terminal: int, text: str) -> None:
    data = text.encode("utf-8", "replace")
    while data:
        data = data[os.write(terminal, data) :]

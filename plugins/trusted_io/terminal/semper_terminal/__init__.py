"""The terminal driver: shows plain lines on the controlling terminal and reads answers typed there.

It opens /dev/tty itself: standard input and output may be pipes, and whoever holds their other end is not the
person. Whatever was typed before a question was shown is thrown away. It cannot tell a person from another program
of the same user that injects key strokes; a smart card reader with keys and a display of its own can.
"""

from __future__ import annotations

from semper_terminal.terminal import TerminalDriver

__all__ = ["TerminalDriver"]

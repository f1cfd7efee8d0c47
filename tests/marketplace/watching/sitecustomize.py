"""Put on the path of every process of a watched demo: notes, in notes/ beside this, what it opens, compiles, executes.

Fork server and workers start in a clean environment without this path: what they compile is not noted.
"""

import os
import sys

_NOTES = os.path.join(os.path.dirname(os.path.abspath(__file__)), "notes")
_COMMAND = " ".join(sys.orig_argv)
_busy: list[str] = []


def _note(event: str, what: str) -> None:
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    descriptor = os.open(os.path.join(_NOTES, f"{os.getpid()}.notes"), flags, 0o600)
    os.write(descriptor, f"{event}\t{_COMMAND}\t{what}\n".encode())
    os.close(descriptor)


def _hook(event: str, arguments: tuple[object, ...]) -> None:
    if event not in ("open", "compile", "exec") or _busy:
        return
    _busy.append(event)  # what the note itself opens is not noted
    try:
        if event == "open" and isinstance(arguments[0], str | bytes):
            _note(event, os.path.abspath(os.fsdecode(arguments[0])))
        elif event == "compile" and isinstance(arguments[0], str | bytes):
            text = arguments[0] if isinstance(arguments[0], str) else arguments[0].decode(errors="replace")
            if "semper_host.api_v1 import" in text:  # as every bundle says, and some modules of the host
                _note(event, str(arguments[1]))
        elif event == "exec" and "semper_host.api_v1" in getattr(arguments[0], "co_names", ()):
            _note(event, arguments[0].co_filename)  # type: ignore[attr-defined]
    finally:
        _busy.clear()


if os.path.isdir(_NOTES) and "semper" in _COMMAND:
    sys.addaudithook(_hook)

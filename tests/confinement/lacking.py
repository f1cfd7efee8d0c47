"""Go on as another program whose kernel lacks some calls: `lacking.py NUMBER=ERRNO... PROGRAM ARGUMENT...`.

Each call named fails with its errno, in this process and all that come of it.
"""

from __future__ import annotations

import ctypes
import os
import struct
import sys

_SET_NO_NEW_PRIVS, _SET_SECCOMP, _FILTER, _ALLOW, _FAIL = 38, 22, 2, 0x7FFF0000, 0x00050000


def _op(code: int, value: int, when_true: int = 0, when_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, when_true, when_false, value)


def main() -> None:
    """Install the filter and exec."""
    program, rest = _op(0x20, 0), sys.argv[1:]
    while "=" in rest[0] and rest[0][0].isdigit():
        number, code = map(int, rest.pop(0).split("="))
        program += _op(0x15, number, 0, 1) + _op(0x06, _FAIL | code)
    program += _op(0x06, _ALLOW)
    code_of = ctypes.create_string_buffer(program, len(program))
    head = ctypes.create_string_buffer(struct.pack("@HxxxxxxP", len(program) // 8, ctypes.addressof(code_of)))
    library = ctypes.CDLL(None, use_errno=True)
    if library.prctl(_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or library.prctl(_SET_SECCOMP, _FILTER, head, 0, 0):
        sys.exit(77)
    os.execvp(rest[0], rest)


if __name__ == "__main__":
    main()

"""The head of an attack's file: what it tries, and the one way in which it must end.

    # attack: what it tries
    # must: HOW IT ENDS, and words that the host says of it

Where an end is the interpreter's or the machine's, two more lines say where it is another, and why:

    # from Python 3.14 must: ANOTHER END, and words
    # because: the reason
"""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import NamedTuple

_HEAD = re.compile(
    r"# attack: (?P<attack>.+)\n# must: (?P<end>\w+) ?(?P<words>.*)\n"
    r"(?:# (?P<where>.+) must: (?P<other_end>\w+) ?(?P<other_words>.*)\n# because: .+\n)?(?!#)"
)
_PYTHON = re.compile(r"from Python 3\.(\d+)(?:\.(\d+))?")
_PAGE = "with a vsyscall page"


class Head(NamedTuple):
    """What an attack tries, how it must end here ("DIALECT_REFUSED", "SIGSYS"), and a part of the words for it."""

    attack: str
    end: str
    words: str


def read(source: str) -> Head:
    """Return what the head of `source` says for this interpreter on this machine."""
    found = _HEAD.match(source)
    assert found is not None, "the file's head names the attack and the one thing that must happen"
    if found["where"] and _is_here(found["where"]):
        return Head(found["attack"], found["other_end"], found["other_words"])
    return Head(found["attack"], found["end"], found["words"])


def _is_here(where: str) -> bool:
    version = _PYTHON.fullmatch(where)
    if version is not None:
        return sys.version_info >= (3, int(version[1]), int(version[2] or 0))
    assert where == _PAGE, f"nobody knows where this is: {where}"
    return "[vsyscall]" in Path("/proc/self/maps").read_text("utf-8", "replace")

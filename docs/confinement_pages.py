"""The pages about confinement: docs/reference/dialect.md from the policy, walls.md from what each wall alone did."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from semper_host import api_v1
from semper_host.confinement import dialect_rules as rules
from semper_host.confinement import dialect_runtime
from semper_host.confinement.source import DIALECT, MAX_MODULE

ROOT = Path(__file__).resolve().parent.parent
OBSERVED = ROOT / "tests" / "confinement" / "walls_alone" / "observed.json"
MARK = "<!-- Made by docs/generate.py from {source}; change it there. -->\n\n"

WALLS = {
    "dialect": "the language: what cannot be said, is not done",
    "system-calls": "seccomp: ten system calls, everything else kills",
    "limits": "rlimits: no descriptors, processes or file sizes; bounded memory and processor time",
    "landlock": "Landlock: no files, TCP ports, abstract sockets or signals",
    "namespaces": "no network, mounts or processes in sight, and an empty root",
    "no-clock": "the vDSO is a stub, the time stamp counter is refused",
    "descriptors": "close_range: the one channel is left",
    "not-dumpable": "DUMPABLE=0: no trace, no reading of its memory",
    "no-new-privileges": "no_new_privs: no setuid program gives anything",
    "unprivileged": "nobody, without capabilities",
}
"""Every wall, in the order of the table, and what it is."""

WORDS = {
    "read_file": "read a file that everybody may read",
    "read_private_file": "as root, read a file of root's own",
    "write_file": "write a file where everybody may",
    "read_inherited": "read a descriptor that was left open",
    "connect_tcp": "connect over TCP to this machine",
    "send_udp": "send a UDP datagram",
    "connect_abstract": "connect to an abstract Unix socket",
    "connect_path": "connect to a Unix socket in the file system",
    "open_netlink": "open a netlink socket",
    "fork": "start another process",
    "start_thread": "start a thread",
    "execute": "become another program (static, so that it opens no library)",
    "gain_by_setuid": "become root through a setuid program",
    "signal_neighbour": "signal another process of the same user",
    "read_neighbour": "read another process's environment",
    "trace_neighbour": "trace another process of the same user",
    "unshare_user": "get all capabilities in a user namespace",
    "mount": "as root, mount a file system",
    "map_executable": "map writable, executable memory",
    "memory_file": "make a file in memory",
    "handle_signal": "install a signal handler",
    "take_memory": "take 8 GiB of address space",
    "open_many": "open a hundred descriptors",
    "busy": "compute without end",
    "kernel_random": "read true randomness",
    "clock_call": "ask the kernel for the time",
    "clock_vdso": "read the time without the kernel",
    "time_stamp_counter": "read the time stamp counter",
    "be_read": "have its memory read by another process of the same user",
}
"""Every attempt in words."""

_WALLS_TEXT = """# What each wall stops alone

One wall at a time was put around a process with raw powers (Python with `os`, `socket` and `ctypes`), and everything
below was tried. **stops** means that this wall alone was enough; an empty cell means that the attempt got through it.
The dialect's column says whether a bundle can say it at all. No wall is enough: that is why there are several, and
why the mandatory ones have no switch. The table was observed on x86_64 Linux with Landlock ABI 6 or later;
`tests/confinement/test_each_wall_alone.py` observes it again wherever the tests run.

"""

_WALLS_END = """
What no row shows: a bundle can always crash or exhaust its own process (a deeply nested tuple's hash ends CPython). It
is alone there, and the host sees a dead worker. The processor's side channels and the kernel's own faults are no
wall's business; [confinement](../explanation/confinement.md) speaks of them.
"""


def walls_page() -> str:
    """Return the table of attempts by walls, from the recorded observation."""
    observed = json.loads(OBSERVED.read_text("utf-8"))
    text = MARK.format(source="tests/confinement/walls_alone/observed.json") + _WALLS_TEXT
    text += "| wall | what it is |\n|---|---|\n"
    text += "".join(f"| {name} | {what} |\n" for name, what in WALLS.items())
    text += f"\n| attempt | {' | '.join(WALLS)} | all |\n|---{'|:-:' * (len(WALLS) + 1)}|\n"
    for name, row in observed.items():
        cells = ["stops" if row[wall] else "" for wall in (*WALLS, "all")]
        text += f"| {WORDS[name]} | {' | '.join(cells)} |\n"
    return text + _WALLS_END


def dialect_page() -> str:
    """Return the dialect's reference: its rules, names and limits, from the policy that the compiler applies."""
    text = MARK.format(source="semper_host/confinement/dialect_rules.py")
    text += f"# The dialect of bundles (`{DIALECT}`)\n\n"
    text += "Bundles are written in a part of Python 3. `semper bundle lint FOLDER` gives these verdicts, with file\n"
    text += "and line; the host's locked worker gives the same before it compiles anything.\n\n"
    text += "## What is refused, and what to write instead\n\n| rule | why | instead |\n|---|---|---|\n"
    for name, rule in rules.RULES.items():
        text += f"| `{name}` | {_cell(rule.message)} | {_cell(rule.hint)} |\n"
    text += _names("Functions and types", ("str", "record", *rules.FUNCTIONS))
    text += "\n`str` converts whole numbers, text, None, booleans, Money and errors: the rest would show an address.\n"
    text += "`record` makes a class a frozen value of its annotated fields. `type`, `hash`, `id`, `repr`, `getattr`,\n"
    text += "`set`, `float`, `open`, `eval`, `print` and every other builtin do not exist.\n"
    text += _names("Errors", rules.ERRORS)
    text += "\nNone of them is above MemoryError, RecursionError or SystemError, so the end of resources is final.\n"
    text += _names("The interface: `from semper_host.api_v1 import ...`", api_v1.__all__)
    text += _names("Special methods that a class may define", sorted(rules.SPECIAL_METHODS))
    text += _names("Attribute names that are refused", sorted(rules.ATTRIBUTES))
    text += f"\nAlso every name that begins with an underscore, or with one of {_code(rules.ATTRIBUTE_PREFIXES)}.\n"
    text += f"{_code(rules.VIEWS)} can be called, and return lists.\n"
    text += "\n## Syntax\n\nEverything made of these nodes of Python's `ast`, where no rule above refuses it; what a\n"
    text += f"newer Python adds is refused until it is reviewed:\n\n{_code(sorted(rules.NODES))}.\n"
    return text + _limits()


def _limits() -> str:
    return (
        "\n## Limits\n\n"
        f"- a module has at most {MAX_MODULE} bytes and {rules.MAX_NODES} syntax nodes;\n"
        f"- loops, `try`, `except` and comprehensions nest at most {rules.MAX_BLOCKS} deep;\n"
        f"- `a ** b` is refused where it has over about {dialect_runtime.MAX_POWER} bits;\n"
        "- the specification of a format is a literal that matches the expression below: no floats, up to 999 wide;\n"
        "- memory, processor seconds and waiting time are the manifest's `limits`.\n"
        f"\n```text\n{rules.FORMAT.pattern}\n```\n"
    )


def _names(title: str, names: Sequence[str]) -> str:
    return f"\n## {title}\n\n{_code(names)}.\n"


def _code(names: Sequence[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

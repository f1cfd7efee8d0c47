"""Every file under escapes/ runs in a locked worker as raw Python, as if the dialect were gone: the walls must hold."""

from __future__ import annotations

import platform
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from semper_host.api_v1 import Item
from semper_host.confinement import vdso
from semper_host.confinement.bundle_process import Worker
from semper_host.confinement.source import Limits, Source
from semper_host.confinement.zygote import Zygote
from semper_host.model.errors import SemperError
from tests.hostile import heads

FOLDER = Path(__file__).parent
ATTACKS = sorted(FOLDER.glob("escapes/*/*.py"), key=lambda path: path.stem)
LIMITS = Limits(cpu_seconds=1, memory_mib=64, wall_seconds=60)
"""What time alone ends, the processor's ends: how busy the machine is, decides nothing."""
WAITING = Limits(cpu_seconds=30, memory_mib=64, wall_seconds=1)
"""For attacks on waiting, which must end by the host's patience."""
PATIENCE = "over 1 seconds"
SOURCE = Source(b"h" * 32, "item-manager", {"manager": b"# nothing: the worker runs the attack instead"})
ITEM = Item("statement", "offer")


@pytest.fixture(scope="module")
def escaped() -> Iterator[Zygote]:
    with Zygote.start((str(FOLDER / "escaped_server.py"),)) as running:
        yield running


@pytest.fixture(scope="module")
def clocks(zygote: Zygote) -> str:
    """What was done about clocks here, in words."""
    channel, leash = zygote.spawn(LIMITS)
    with Worker(channel, leash, SOURCE, LIMITS) as worker:
        return str(worker.ready().walls["no-clock"])


def _end(zygote: Zygote, path: Path, limits: Limits) -> tuple[str, str]:
    """Run one attack; return how it ended, and in which words."""
    program = [attack.stem for attack in ATTACKS].index(path.stem)
    channel, leash = zygote.spawn(limits, program)
    try:
        with Worker(channel, leash, SOURCE, limits) as worker:
            answered: Any = worker.call("manager.describe", (ITEM,), lambda request: 1)
            return "ANSWERED", answered[0]
    except SemperError as error:
        assert error.message.isprintable()
        return error.code, error.message


@pytest.mark.usefixtures("unharmed")
@pytest.mark.parametrize("path", ATTACKS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_the_walls_alone_hold_after_a_full_escape(path: Path, escaped: Zygote, clocks: str) -> None:
    _skip_what_is_not_hidden_here(path, clocks)
    head = heads.read(path.read_text("utf-8"))
    code, words = _end(escaped, path, WAITING if head.words == PATIENCE else LIMITS)
    assert _is(head.end, code, words), (code, words)
    assert head.words in words


def _skip_what_is_not_hidden_here(path: Path, clocks: str) -> None:
    if path.stem == "vsyscall_clock" and platform.machine() != "x86_64":
        pytest.skip("only x86_64 has such a page")
    if path.parent.name == "clock" and (not clocks or (path.stem == "time_stamp_counter" and clocks == vdso.COUNTED)):
        pytest.skip("this machine cannot hide its clocks, and says so")


def _is(end: str, code: str, words: str) -> bool:
    """Say whether an attack ended as its head says: by a signal, a refusal that it reports, or a code."""
    if end in signal.Signals.__members__:
        return code == "BUNDLE_KILLED" and end in words
    if end in ("refused", "no_clock"):
        return (code, words) == ("ANSWERED", end)
    return code == end

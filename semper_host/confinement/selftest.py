"""The self-test at host start: real locked workers try what is forbidden; what they get away with is a missing wall."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
from collections.abc import Iterable
from typing import NamedTuple

import msgspec

from semper_host.confinement import frames, lockdown, vdso, wall_types
from semper_host.confinement.bundle_process import Worker
from semper_host.confinement.hostile_text import escaped
from semper_host.confinement.probes import PROBES
from semper_host.confinement.server_protocol import ENDED
from semper_host.confinement.source import Limits, Source
from semper_host.confinement.zygote import Zygote
from semper_host.model.errors import SemperError, Unavailable

_OPTIONAL = {
    "landlock": "the kernel has no Landlock; the system call wall stands without it",
    "namespaces": "the kernel or the container forbids them; the system call wall stands without them",
}
_MUST_DIE = ("forbidden-call", "open-file", "make-socket", "fork", "executable-memory", "other-descriptor")
_SECONDS = 10.0
_TEXT = msgspec.msgpack.Decoder(str)
_EMPTY = Source(b"", "", {})


class Wall(NamedTuple):
    """One wall: whether bundles may run without it, whether it stands, and how far it reaches or why it is missing."""

    name: str
    mandatory: bool
    present: bool
    detail: str


def selftest(zygote: Zygote) -> list[Wall]:
    """Lock workers, attack the walls from inside, and return every wall with what was found."""
    try:
        report = _report(zygote)
    except SemperError as error:
        return [Wall("lockdown", True, False, error.message)]
    standing = [Wall(name, True, True, "put up and read back") for name in lockdown.MANDATORY]
    attacked = [_must_die(zygote, name) for name in _MUST_DIE]
    optional = [Wall(name, False, bool(report[name]), report[name] or why) for name, why in _OPTIONAL.items()]
    return [
        *standing,
        *attacked,
        _memory(zygote),
        *optional,
        Wall("user", False, True, report["user"]),
        _clock(zygote, report["no-clock"]),
    ]


def require(walls: Iterable[Wall]) -> None:
    """Raise Unavailable (CONFINEMENT_UNAVAILABLE), naming what is missing, unless every mandatory wall stands."""
    missing = [f"{wall.name} ({wall.detail})" for wall in walls if wall.mandatory and not wall.present]
    if missing:
        raise Unavailable("CONFINEMENT_UNAVAILABLE", f"cannot run bundles here: missing walls: {'; '.join(missing)}")


class Attempt(NamedTuple):
    """How a probe ended: what it said (None: nothing), and the signal that killed it (0: none)."""

    said: str | None
    killed_by: int


def attempt(zygote: Zygote, probe: str) -> Attempt:
    """Run one probe in a fresh locked worker."""
    channel, leash = zygote.spawn(Limits(), program=1 + list(PROBES).index(probe))
    with channel, leash:
        channel.settimeout(_SECONDS)
        leash.settimeout(_SECONDS)
        said = _said(channel)
        with contextlib.suppress(OSError):
            status = ENDED.unpack(leash.recv(ENDED.size))[0]
            return Attempt(said, os.WTERMSIG(status) if os.WIFSIGNALED(status) else 0)
        return Attempt(said, 0)


def _said(channel: socket.socket) -> str | None:
    """Return the text of the probe's result; what follows the report of being locked."""
    buffer = bytearray()
    with contextlib.suppress(OSError, ValueError):
        while data := channel.recv(frames.MAX_FRAME):
            buffer += data
            while frame := frames.split(buffer):
                if frame.tag == frames.Tag.RESULT:
                    return escaped(_TEXT.decode(frame.payload))
    return None


def _report(zygote: Zygote) -> dict[str, str]:
    channel, leash = zygote.spawn(Limits())
    with Worker(channel, leash, _EMPTY, Limits()) as worker:
        walls: wall_types.Report = worker.ready()
    return {"landlock": "", "namespaces": "", "user": "", "no-clock": "", **walls.walls}


def _must_die(zygote: Zygote, probe: str) -> Wall:
    said, killed_by = attempt(zygote, probe)
    if said is None and killed_by == signal.SIGSYS:
        return Wall(probe, True, True, "a worker that tried was killed (SIGSYS)")
    return Wall(probe, True, False, said or f"a worker that tried ended with signal {killed_by}, not SIGSYS")


def _memory(zygote: Zygote) -> Wall:
    said, killed_by = attempt(zygote, "much-memory")
    held = said == "" or (said is None and killed_by != 0)
    return Wall("memory", True, held, "8 GiB were refused" if held else said or "the probe vanished")


def _clock(zygote: Zygote, done: str) -> Wall:
    said, killed_by = attempt(zygote, "clock")
    hidden = said == "" or (said is None and killed_by != 0)
    detail = (
        f"a worker that asked for the time got none: {done or 'no vDSO'}" if hidden else f"the time is readable: {said}"
    )
    return Wall("no-clock", False, hidden and done != vdso.COUNTED, detail)

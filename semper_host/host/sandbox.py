"""Running bundles: one locked zygote a host, journalled calls, replay after a crash (DESIGN §3, §5)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec

from semper_host.admission.admit import Admitted
from semper_host.confinement import selftest
from semper_host.confinement.broker import Broker
from semper_host.confinement.source import Limits, Source
from semper_host.confinement.zygote import Zygote
from semper_host.model.errors import BundleMisbehaved
from semper_host.model.grants import Grants
from semper_host.model.requests import ANSWERS, Request
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.calls import Refusal

Answer = Callable[[Request], Any]


@dataclass
class Sandbox:
    """The host's door to bundles.

    The zygote starts at the first use, after every mandatory wall has proved to stand.
    """

    archive: Archive
    _zygote: Zygote | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(
        self,
        bundle: Admitted,
        grants: Grants,
        entry: str,
        arguments: tuple[Any, ...],
        answer: Answer,
        *,
        call: bytes = b"",
        deal: bytes = b"",
    ) -> Any:
        """Call `entry` ("payer.hold") of an admitted bundle and return its result.

        Requests are checked against `grants`, then answered by `answer`. With a `call` id every answer is
        journalled before the bundle sees it, and a later run with the same id gets the same answers again.
        Raises CapabilityRefused, BundleMisbehaved, Unavailable (CONFINEMENT_UNAVAILABLE).
        """

        def refused(request: Request, why: str) -> None:
            refusal = Refusal(
                int(time.time()), bundle.digest, deal, type(request).__name__, f"CAPABILITY_REFUSED: {why}"
            )
            self.archive.commit(lambda tx: self.archive.append_refusal(tx, refusal))

        serve = journalled(self.archive, call, answer) if call else answer
        broker = Broker(grants, serve, refused)
        return self.zygote().call(source_of(bundle), entry, arguments, broker, limits_of(bundle))

    def zygote(self) -> Zygote:
        """Return the running fork server, started and self-tested at the first call."""
        with self._lock:
            if self._zygote is None:
                zygote = Zygote.start()
                selftest.require(selftest.selftest(zygote))
                self._zygote = zygote
            return self._zygote

    def close(self) -> None:
        """Stop the fork server."""
        with self._lock:
            if self._zygote is not None:
                self._zygote.close()
                self._zygote = None


def source_of(bundle: Admitted) -> Source:
    """Return what the worker compiles: one module a role."""
    modules = {role: bundle.files[file] for role, file in bundle.manifest.entry.items()}
    return Source(bundle.digest, bundle.manifest.kind, modules)


def limits_of(bundle: Admitted) -> Limits:
    """Return the worker's limits as the manifest declares them, below the host's own ceiling."""
    declared = bundle.manifest.limits
    return Limits(cpu_seconds=declared.cpu_seconds, memory_mib=declared.memory_mib, wall_seconds=declared.wall_seconds)


def journalled(archive: Archive, call: bytes, answer: Answer) -> Answer:
    """Return `answer` with a memory: what was answered once under this `call` id is answered the same again.

    Raises BundleMisbehaved REPLAY_DIVERGED where the bundle now asks something else, naming the step.
    """
    known = archive.calls(call)
    step = -1

    def remember(request: Request) -> Any:
        nonlocal step
        step += 1
        digest = sha256(msgspec.msgpack.encode(request)).digest()
        if step < len(known):
            if known[step].request != digest:
                raise BundleMisbehaved(
                    "REPLAY_DIVERGED", f"cannot go on: at step {step} the bundle asks something else than before"
                )
            return msgspec.msgpack.decode(known[step].answer, type=ANSWERS[type(request)])
        value = answer(request)
        # COMMIT POINT: the bundle acts on no answer that a crash could make us forget
        archive.commit(lambda tx: archive.record_call(tx, call, step, digest, msgspec.msgpack.encode(value)))
        return value

    return remember

"""Running bundles: one locked zygote a host, journalled calls, replay after a crash (DESIGN §3, §5)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

import msgspec
from msgspec.structs import replace

from semper_host.admission.admit import Admitted
from semper_host.api_v1 import Refused, Unknown
from semper_host.confinement import selftest
from semper_host.confinement.broker import Broker, Usage
from semper_host.confinement.source import Limits, Source
from semper_host.confinement.zygote import Zygote
from semper_host.host import builds
from semper_host.host.idling import IdleKilled, unless_idle
from semper_host.host.replay import Journal
from semper_host.model.errors import AdmissionRefused, BundleMisbehaved, CapabilityRefused, SemperError
from semper_host.model.grants import Grants
from semper_host.model.requests import Request
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.calls import Refusal
from semper_host.supporting.archive.store import Transaction

Answer = Callable[[Request], Any]

_USED = b"used/"
_USAGE = msgspec.msgpack.Decoder(Usage)


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
        once: bool = True,
    ) -> Any:
        """Call `entry` ("payer.hold") of an admitted bundle and return its result.

        Requests are checked against `grants`, then answered by `answer`. With a `call` id answers are journalled, and
        a later run with the same id gets the same answers again, until the call comes to Refused or Unknown, or
        unless `once` to anything: then it is over, and the same id begins anew. With a `deal` quotas and grants count
        over all its calls, and the build it ran on is recorded (see builds). Every refusal is archived before it is
        raised.
        Raises CapabilityRefused, BundleMisbehaved, Unavailable (CONFINEMENT_UNAVAILABLE).
        """
        made = _Call(self.archive, bundle.digest, grants, answer, call, deal)
        try:
            result = self._in_workers(bundle, entry, arguments, made.journal)
            made.over = not once or isinstance(result, Refused | Unknown)
        except (AdmissionRefused, CapabilityRefused, BundleMisbehaved) as error:
            made.refuse(error, entry)
            raise
        finally:
            if call or deal or made.refused is not None:
                self.archive.commit(made.finish)
        return result

    def forget(self, call: bytes) -> None:
        """Let a call begin anew when it is made again."""
        self.archive.commit(lambda tx: self.archive.forget_call(tx, call))

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

    def _in_workers(self, bundle: Admitted, entry: str, arguments: tuple[Any, ...], journal: Journal) -> Any:
        """Call in a fresh worker, and in another from the journal whenever the first was killed for idling."""
        source, limits = source_of(bundle), limits_of(bundle)
        while True:
            with self.zygote().worker(source, limits) as worker:
                serve = unless_idle(worker, journal)
                try:
                    result = worker.call(entry, arguments, serve, journal.known)
                except IdleKilled:
                    journal.again()
                    continue
                journal.end()
                return result


class _Call:
    """One call under way: its journal, what it has used of its deal, and how it ended."""

    def __init__(
        self, archive: Archive, bundle: bytes, grants: Grants, answer: Answer, call: bytes, deal: bytes
    ) -> None:
        self._archive, self._bundle, self._deal = archive, bundle, deal
        self._before = used_of(archive, deal, bundle)
        self._said: list[str] = []
        self._broker = Broker(grants, answer, lambda request, words: self._said.append(words), used=self._before)
        self.journal = Journal(archive, call, bundle, self._broker, self.finish)
        self.refused: Refusal | None = None
        self.over = False
        """Whether it came to what is no result to keep: made again, it begins anew."""

    def refuse(self, error: SemperError, entry: str) -> None:
        """Have archived what was refused; not the death of a worker, of which nobody can tell whose fault it is."""
        if error.code != "BUNDLE_KILLED":
            why = f"{error.code}: {self._said[-1] if self._said else error.message}"
            self.refused = Refusal(int(time.time()), self._bundle, self._deal, self.journal.asking or entry, why)

    def finish(self, tx: Transaction) -> None:
        """Write what is to be remembered of the call."""
        (self.journal.forget if self.over else self.journal.keep)(tx)
        if self.refused is not None:
            self._archive.append_refusal(tx, self.refused)
        if self._deal:
            builds.record(self._archive, tx, self._deal, self._bundle)
            used = asked_again(self._before, self._broker.used) if self.over else self._broker.used
            self._archive.keep(tx, _USED + self._deal + self._bundle, "used", msgspec.msgpack.encode(used))


def used_of(archive: Archive, deal: bytes, bundle: bytes) -> Usage:
    """Return what the calls of `bundle` have used in `deal`; outside deals each call is by itself."""
    saved = archive.recall(_USED + deal + bundle, "used") if deal else None
    return Usage() if saved is None else _USAGE.decode(saved)


def call_id(deal: bytes, entry: str, arguments: tuple[Any, ...]) -> bytes:
    """Return the id of a call of a deal: made again with the same arguments, it is the same call."""
    return sha256(b"semper/call/1" + msgspec.msgpack.encode([deal, entry, *arguments])).digest()


def asked_again(before: Usage, after: Usage) -> Usage:
    """Return what a call used that came to nothing: the host asks again, maybe for weeks, so its requests are free.

    What it keeps, and the calls and money that its grants count, stay counted.
    """
    return replace(
        after, requests=before.requests, request_bytes=before.request_bytes, random_bytes=before.random_bytes
    )


def source_of(bundle: Admitted) -> Source:
    """Return what the worker compiles: one module a role."""
    modules = {role: bundle.files[file] for role, file in bundle.manifest.entry.items()}
    return Source(bundle.digest, bundle.manifest.kind, modules)


def limits_of(bundle: Admitted) -> Limits:
    """Return the worker's limits as the manifest declares them, below the host's own ceiling."""
    declared = bundle.manifest.limits
    return Limits(cpu_seconds=declared.cpu_seconds, memory_mib=declared.memory_mib, wall_seconds=declared.wall_seconds)

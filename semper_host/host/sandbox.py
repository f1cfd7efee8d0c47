"""Running bundles: one locked zygote a host, journalled calls, replay after a crash (DESIGN §3, §5)."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import msgspec

from semper_host.admission.admit import Admitted
from semper_host.confinement import selftest
from semper_host.confinement.broker import Broker, Usage
from semper_host.confinement.source import Limits, Source
from semper_host.confinement.zygote import Zygote
from semper_host.host import builds
from semper_host.host.replay import journalled
from semper_host.model.errors import BundleMisbehaved, CapabilityRefused
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
    ) -> Any:
        """Call `entry` ("payer.hold") of an admitted bundle and return its result.

        Requests are checked against `grants`, then answered by `answer`. With a `call` id every answer is
        journalled before the bundle sees it, and a later run with the same id gets the same answers again. With a
        `deal` quotas and grants count over all its calls, and the build it ran on is recorded (see builds).
        Every refusal is archived before it is raised.
        Raises CapabilityRefused, BundleMisbehaved, Unavailable (CONFINEMENT_UNAVAILABLE).
        """
        said: list[str] = []
        used = self._used(deal, bundle.digest)
        broker = Broker(grants, answer, lambda request, words: said.append(words), used=used)

        def archiving(request: Request) -> Any:
            try:
                return broker(request)
            except (CapabilityRefused, BundleMisbehaved) as refusal:
                why = f"{refusal.code}: {said[-1] if said else refusal.message}"
                self._archive_refusal(Refusal(int(time.time()), bundle.digest, deal, type(request).__name__, why))
                raise

        def save(tx: Transaction) -> None:
            if deal:
                self.archive.keep(tx, _USED + deal + bundle.digest, "used", msgspec.msgpack.encode(broker.used))

        serve = journalled(self.archive, call, archiving, bundle.digest, save) if call else archiving
        if deal:
            self.archive.commit(lambda tx: builds.record(self.archive, tx, deal, bundle.digest))
        try:
            return self.zygote().call(source_of(bundle), entry, arguments, serve, limits_of(bundle))
        finally:
            if deal:
                self.archive.commit(save)

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

    def _archive_refusal(self, refusal: Refusal) -> None:
        self.archive.commit(lambda tx: self.archive.append_refusal(tx, refusal))

    def _used(self, deal: bytes, bundle: bytes) -> Usage:
        """Return what earlier calls of the deal used up; outside deals each call is by itself."""
        saved = self.archive.recall(_USED + deal + bundle, "used") if deal else None
        return Usage() if saved is None else _USAGE.decode(saved)


def source_of(bundle: Admitted) -> Source:
    """Return what the worker compiles: one module a role."""
    modules = {role: bundle.files[file] for role, file in bundle.manifest.entry.items()}
    return Source(bundle.digest, bundle.manifest.kind, modules)


def limits_of(bundle: Admitted) -> Limits:
    """Return the worker's limits as the manifest declares them, below the host's own ceiling."""
    declared = bundle.manifest.limits
    return Limits(cpu_seconds=declared.cpu_seconds, memory_mib=declared.memory_mib, wall_seconds=declared.wall_seconds)

"""A repository's read side on loopback that counts what it is asked, and whose answers a test can bend."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from semper_host.supporting.communication.runner import running
from semper_host.supporting.communication.server import Service, application
from tests.host.anchored import AnchoredLog

HEAD, CHECKPOINT = "/anchor/head.cbor", "/log/checkpoint"
Clock = Callable[[], int]


@dataclass
class CountingRepository:
    """Serves the head of an `AnchoredLog` as of its clock."""

    anchored: AnchoredLog
    clock: Clock
    asked: list[str] = field(default_factory=list)
    bent: dict[str, bytes] = field(default_factory=dict)
    url: str = ""

    def page(self, path: str, make: Callable[[], bytes]) -> Callable[[], bytes]:
        def answer() -> bytes:
            self.asked.append(path)
            return self.bent.get(path) or make()

        return answer

    @contextmanager
    def served(self) -> Iterator[CountingRepository]:
        pages = {
            HEAD: self.page(HEAD, lambda: self.anchored.head(self.clock())),
            CHECKPOINT: self.page(CHECKPOINT, lambda: self.anchored.log.checkpoint(at=self.clock())),
        }
        with running(application(Service({}, pages))) as self.url:
            yield self



"""Watching a deal: what a face shows of its progress. The default watcher looks away."""

from __future__ import annotations

from semper_host.model.errors import SemperError


class Watcher:
    """Told how far things are; a face overrides what it shows."""

    def step(self, what: str, detail: str) -> None:
        """Something is done, or begins: `what` is a short stable word, `detail` is for people."""

    def progress(self, done: int, total: int) -> None:
        """Of the transfer under way, `done` of `total` bytes are through."""

    def trouble(self, error: SemperError) -> None:
        """Something did not work and is tried again."""

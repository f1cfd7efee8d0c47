"""A merchant does several things at one address: it sells, invites to contracts, and sends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from semper_host.supporting.communication.server import Handler

if TYPE_CHECKING:
    from semper_host.host.serving import Role


class Together:
    """Several roles behind one server; no two answer at the same path."""

    def __init__(self, *roles: Role) -> None:
        self._roles = roles

    def routes(self) -> Mapping[str, Handler]:
        """Return what any of them answers by POST."""
        return {path: handler for role in self._roles for path, handler in role.routes().items()}

    def pages(self) -> Mapping[str, Callable[[], bytes]]:
        """Return what any of them answers by GET."""
        return {path: page for role in self._roles for path, page in role.pages().items()}

    def files(self) -> Mapping[str, Path]:
        """Return the directories that any of them serves."""
        return {prefix: directory for role in self._roles for prefix, directory in role.files().items()}

    def start(self) -> None:
        """Start all."""
        for role in self._roles:
            role.start()

    def stop(self) -> None:
        """Stop all, the last first."""
        for role in reversed(self._roles):
            role.stop()

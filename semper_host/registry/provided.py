"""Which bundle something comes from, and what it has to offer."""

from __future__ import annotations

import msgspec

from semper_host.api_v1.entry_points import ENTRY_POINTS


class Provided(msgspec.Struct, frozen=True):
    """An admitted bundle: SHA-256 of its archive, kind, id, version, roles implemented, whether it is evaluated."""

    digest: bytes
    kind: str
    id: str
    version: str
    roles: frozenset[str]
    evaluated: bool = False

    @property
    def entries(self) -> frozenset[str]:
        """The entry points of its roles, such as "payer.hold"."""
        return frozenset(entry for entry in ENTRY_POINTS.get(self.kind, {}) if entry.partition(".")[0] in self.roles)


class Unsupported(msgspec.Struct, frozen=True):
    """The defined answer to a question that a bundle does not know: nothing was run, nothing happened."""

    entry: str


GREASE = "grease."
"""No entry point's name will ever begin so. Every bundle is asked one such question when it is registered, so that
the path for unknown questions, which newer hosts and bundles depend on, stays in use (as in RFC 8701)."""

"""The deals that the tests of evidence share: one that went well, and several that did not."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from semper_host.host.business import BUYER, SELLER
from tests.commerce.evidence_world import CONTENT_KEY, Fair, Party


@dataclass(frozen=True)
class Scene:
    """How a deal went, and what each side exported of it."""

    buyer: Party
    seller: Party
    exported: dict[str, bytes]


class Scenes:
    """Deals that tests share: each is run once."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.fair = Fair(root / "fair")

    @cached_property
    def sold(self) -> Scene:
        """All goes well."""
        return self._scene(*self.fair.deal())

    @cached_property
    def other(self) -> Scene:
        """Another deal of the same two homes, under another offer."""
        return self._scene(*self.fair.deal(title="Another course"))

    @cached_property
    def resolved(self) -> Scene:
        """The seller's message 3 of the purchase never arrives, nor anything after it; the trustee resolves."""
        return self._scene(*self.fair.deal(lambda side, batch: side == SELLER and batch > 3))

    @cached_property
    def abandoned(self) -> Scene:
        """The buyer agrees to the contract, and does not go on; the seller has the trustee abort."""
        self.fair.declines = {f"{BUYER}:pay"}
        try:
            return self._scene(*self.fair.deal())
        finally:
            self.fair.declines = set()

    @cached_property
    def false(self) -> Scene:
        """The seller sells a key that opens nothing."""
        self.fair.content_key = b"\x0d" * 32
        try:
            return self._scene(*self.fair.deal())
        finally:
            self.fair.content_key = CONTENT_KEY

    def _scene(self, buyer: Party, seller: Party) -> Scene:
        exported = {BUYER: self.fair.export(buyer), SELLER: self.fair.export(seller)}
        return Scene(buyer, seller, exported)

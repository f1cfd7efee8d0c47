"""Everybody and everything in the demo."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from semper_host.cli.demo.parties import Party, at_once
from semper_host.cli.demo.relay import Relay
from semper_host.cli.demo.story import Story

if TYPE_CHECKING:
    from semper_host.cli.demo.readback import Reading

PRICE = "19.90 EUR"
"""What the course costs."""


@dataclass
class World:
    """Everybody and everything in the demo."""

    root: Path
    story: Story
    evaluator: Party
    registrar: Party
    repository: Party
    merchant: Party
    bank: Party
    trustee: Party
    buyer: Party
    newcomer: Party
    relay: Relay
    anchor: str = ""  # the fingerprint by which the repository is trusted
    offers: dict[str, str] = field(default_factory=dict)
    readings: dict[str, Reading] = field(default_factory=dict)
    """What the homes said after the last session, by its buyer's name."""
    wrong: list[str] = field(default_factory=list)
    """What homes said that no record shows, and that is not as it should be."""

    @property
    def witnesses(self) -> tuple[Party, ...]:
        """Who watches the repository's log: the two authorities, each in a process of its own."""
        return (self.evaluator, self.registrar)

    @property
    def services(self) -> tuple[Party, ...]:
        """The parties that serve."""
        return (self.repository, self.bank, self.trustee, self.merchant)

    @property
    def bundles(self) -> Path:
        """Where the merchant keeps the bundles that it publishes."""
        return self.root / "bundles"

    def up(self) -> None:
        """Start all servers that do not run."""
        at_once([party.up for party in self.services if party.process is None])

    def down(self) -> None:
        """Stop all servers."""
        at_once([party.stop for party in self.services])

    def close(self) -> None:
        """Stop everything, whatever state it is in."""
        for party in (*self.services, *self.witnesses, self.buyer, self.newcomer):
            party.stop()
        self.relay.close()


def digest(archive: Path) -> str:
    """Return the hex digest by which a bundle is known."""
    return sha256(archive.read_bytes()).hexdigest()


def pack_url(world: World, name: str) -> str:
    """Return where the repository shows the bundle of the file NAME.smp, with the proof that its log holds it."""
    return f"{world.repository.url}/packs/{digest(world.bundles / name)}.smpack"

"""A repository in memory with everything that a home needs to trust it: a log with witnesses, and an anchor."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import sha256

from msgspec.structs import replace

from semper_host.admission.log_evidence import AnchorFile, Staple, read_staple
from semper_host.admission.pack import Pack
from semper_host.host import trusting
from semper_host.host.home import Home
from semper_host.model.encoding import encode
from semper_host.supporting.anchor.state import LOG, MINIMUM_HOST, STATUS, Head, KeptTarget
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo.anchor import metadata
from tests.admission.log_world import LogWorld

YEARS = {"default": "P3650D", "payment-system": "P3650D"}
"""The freshness of homes whose clock is turned ahead by days: who tests staleness itself says otherwise."""


@dataclass
class AnchoredLog:
    """A `LogWorld` with its anchor. What it hands out at a time (seconds) is signed then."""

    log: LogWorld
    version: int = 0
    roots: list[bytes] = field(default_factory=list)

    def __post_init__(self) -> None:
        seeds = (sha256(self.log.seed + each).digest() for each in (b"off-line", b"on-line"))
        self.offline, self.online = map(SigningKey.from_seed, seeds)
        self.roots.append(self._root(1))

    @property
    def root(self) -> bytes:
        """The root that users trust."""
        return self.roots[0]

    def trust(self, home: Home, url: str = "", freshness: dict[str, str] | None = None) -> None:
        """Have `home` trust this repository."""
        trusting.add_repository(home.trust, self.log.name, self.root, url)
        trusting.change(home.trust, lambda policy: replace(policy, freshness=YEARS if freshness is None else freshness))

    def files(self, now: int, status: bytes | None = None) -> tuple[AnchorFile, ...]:
        """The anchor's files as of `now`, newer than all that were made before."""
        self.version += 1
        version, offline, online = self.version, [self.offline], [self.online]
        said = self.log.status(now) if status is None else status
        targets = {LOG: encode(self.log.policy), MINIMUM_HOST: self.log.minimum_host.encode()}
        made = {
            "1.targets.json": metadata.signed(metadata.targets(1, targets, self.online.public, self.log.at), offline),
            f"{version}.status.json": metadata.signed(metadata.status(version, said, now), online),
            f"{version}.snapshot.json": metadata.signed(metadata.snapshot(version, 1, version, now), online),
            "timestamp.json": metadata.signed(metadata.timestamp(version, version, now), online),
            **{f"targets/{name}": data for name, data in {**targets, STATUS: said}.items()},
            **{f"{number}.root.json": data for number, data in enumerate(self.roots[1:], 2)},
        }
        return tuple(AnchorFile(name, data) for name, data in made.items())

    def head(self, now: int) -> bytes:
        """The head's file of anchors as of `now`."""
        return encode(Head(tuple(KeptTarget(each.name, each.data) for each in self.files(now))))

    def pack(self, pack: Pack, now: int) -> Pack:
        """Publish what is in `pack`; return it stapled as of `now`."""
        stapled = self.log.pack(pack.archive, pack.release, pack.evaluations)
        return self.restapled(stapled, now)

    def restapled(self, pack: Pack, now: int) -> Pack:
        """The pack with its staple as of `now`: proofs under the newest checkpoint, and the newest anchor."""
        head = read_staple(pack.staple).head if pack.staple else b""
        staple = self.log.staple(pack.release, *pack.evaluations, head=head)
        files = self.files(now)
        status = next(each.data for each in files if each.name == f"targets/{STATUS}")
        return replace(pack, staple=encode(Staple(staple.checkpoint, staple.entries, head, files, status)))

    def all_restapled(self, packs: Iterable[Pack], now: int) -> list[Pack]:
        """The packs with one new head in all of them."""
        return [self.restapled(pack, now) for pack in packs]

    def rotate(self, now: int) -> None:
        """Publish another root."""
        self.roots.append(self._root(len(self.roots) + 1, now))

    def _root(self, version: int, now: int | None = None) -> bytes:
        made = metadata.root(version, [self.offline.public], 1, self.online.public, now or self.log.at)
        return metadata.signed(made, [self.offline])



"""An anchor in memory whose keeper may do anything: every role's content, version, keys and signatures can be bent.

What is asked for is made at that moment from how things stand, so that a test changes one thing and asks again.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

from securesystemslib.signer import SSlibKey
from tuf.api.metadata import Metadata, MetaFile, Root, Snapshot, TargetFile, Targets, Timestamp

from semper_host.supporting.anchor.client import Updated, begin, update
from semper_host.supporting.anchor.files import plain_name
from semper_host.supporting.anchor.state import LOG, MINIMUM_HOST, STATUS, STATUS_ROLE, AnchorState
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo.anchor import metadata
from service_repo.anchor.keys import AnchorSigner, public_key

NOW = 1_800_000_000
DAY = 86_400
ROOT, TIMESTAMP, SNAPSHOT, TARGETS = Root.type, Timestamp.type, Snapshot.type, Targets.type


def key(name: str) -> SigningKey:
    return SigningKey.from_seed(sha256(name.encode()).digest())


@dataclass
class Simulated:
    """The keeper's desk. `files` bends single answers: bytes, or None for "there is none"."""

    contents: dict[str, bytes] = field(default_factory=lambda: {LOG: b"log", MINIMUM_HOST: b"0.1.0\n"})
    status: bytes = b"status 1"
    now: int = NOW
    with_hashes: bool = False
    files: dict[str, bytes | None] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        offline, online = [key("root 1"), key("root 2"), key("root 3")], key("online")
        self.signers = {ROOT: offline[:2], TARGETS: offline[:2]}
        self.signers |= {TIMESTAMP: [online], SNAPSHOT: [online], STATUS_ROLE: [online]}
        self.roles: dict[str, Metadata[Any]] = {
            ROOT: metadata.root(1, [each.public for each in offline], 2, online.public, NOW),
            TIMESTAMP: metadata.timestamp(1, 1, NOW),
            SNAPSHOT: metadata.snapshot(1, 1, 1, NOW),
            TARGETS: metadata.targets(1, self.contents, online.public, NOW),
            STATUS_ROLE: metadata.status(1, self.status, NOW),
        }
        self.roots = [self._signed(ROOT)]

    def __getitem__(self, role: str) -> Any:
        """What a role says."""
        return self.roles[role].signed

    def trusted(self) -> AnchorState:
        """The state of a client that trusts the first root by its fingerprint."""
        return begin(self.roots[0], sha256(self.roots[0]).hexdigest())

    def update(self, state: AnchorState, *, later: int = 0) -> Updated:
        """Have a client bring its state up to date, `later` seconds from the beginning."""
        self.asked.clear()
        return update(state, self.fetch, NOW + later)

    def publish(self, *roles: str) -> None:
        """Make a new version of these roles, and of snapshot and timestamp as they follow from it."""
        for role in roles:
            if role == ROOT:
                self.new_root()
            elif role in (TARGETS, STATUS_ROLE):
                self[role].version += 1
        if set(roles) & {TARGETS, STATUS_ROLE, SNAPSHOT}:
            self.snapshot()
        if set(roles) != {ROOT}:
            self.stamp()

    def snapshot(self) -> None:
        """Make a new snapshot of targets and status as they are."""
        for role in (TARGETS, STATUS_ROLE):
            self[SNAPSHOT].meta[f"{role}.json"] = self._described(role)
        self[SNAPSHOT].version += 1

    def stamp(self) -> None:
        """Make a new timestamp of the snapshot as it is."""
        self[TIMESTAMP].snapshot_meta = self._described(SNAPSHOT)
        self[TIMESTAMP].version += 1

    def new_root(self) -> None:
        """Publish a new root, signed by whoever signs roots now."""
        self[ROOT].version += 1
        self.roots.append(self._signed(ROOT))

    def say(self, status: bytes) -> None:
        """Have a new status in the next version."""
        self.status = status
        self[STATUS_ROLE].targets = {STATUS: TargetFile.from_data(STATUS, status)}
        self.publish(STATUS_ROLE)

    def rekey(self, role: str, *keys: SigningKey, threshold: int = 1) -> None:
        """Give a top-level role other keys; a new root has to tell."""
        root: Root = self[ROOT]
        for old in list(root.roles[role].keyids):
            root.revoke_key(old, role)
        for each in keys:
            root.add_key(public_key(each.public), role)
        root.roles[role].threshold = threshold
        self.signers[role] = list(keys)

    def expire(self, role: str, days: int) -> None:
        """Let a role end so many days after the beginning."""
        self[role].expires = datetime.fromtimestamp(NOW + days * DAY, UTC)

    def fetch(self, name: str, most: int) -> bytes | None:
        """Answer as a server does, and remember what was asked."""
        self.asked.append(name)
        if name in self.files:
            return self.files[name]
        if name.endswith(f".{ROOT}.json"):
            number = int(name.split(".", 1)[0])
            return self.roots[number - 1] if number <= len(self.roots) else None
        if name.startswith("targets/"):
            return {**self.contents, STATUS: self.status}.get(plain_name(name).removeprefix("targets/"))
        return self._signed(name.removesuffix(".json").rpartition(".")[2])

    def _described(self, role: str) -> MetaFile:
        if self.with_hashes:
            return MetaFile.from_data(self[role].version, self._signed(role), ["sha256"])
        return MetaFile(self[role].version)

    def _signed(self, role: str) -> bytes:
        made = self.roles[role]
        made.signatures.clear()
        return metadata.signed(made, self.signers[role])


def with_changed(data: bytes, *path: str, to: Any) -> bytes:
    """JSON with one value changed, its signatures left as they are; `to` None takes it away."""
    whole = json.loads(data)
    place = whole
    for step in path[:-1]:
        place = place[step]
    if to is None:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return json.dumps(whole).encode()


__all__ = [
    "DAY", "NOW", "ROOT", "SNAPSHOT", "TARGETS", "TIMESTAMP", "AnchorSigner", "SSlibKey", "Simulated", "key",
    "public_key", "with_changed",
]  # fmt: skip

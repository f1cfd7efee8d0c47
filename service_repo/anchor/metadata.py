"""The metadata of an anchor, made from keys, targets and times (TUF 1.0 §4). Pure; signing is the caller's.

Two kinds of keys. Off-line: root and targets, under one threshold: which log, which witnesses, which authorities.
On-line: timestamp, snapshot and the delegated role `status`, which can say nothing but the newest status.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TypeVar

from tuf.api.metadata import (
    DelegatedRole,
    Delegations,
    Metadata,
    MetaFile,
    Role,
    Root,
    Snapshot,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer

from semper_host.supporting.anchor.state import STATUS, STATUS_ROLE
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo.anchor.keys import AnchorSigner, public_key

DAY = 86_400
OFFLINE_DAYS, SNAPSHOT_DAYS, TIMESTAMP_DAYS = 365, 7, 1
"""How long what is signed holds. The timestamp's day is the bound of a freeze."""

_COMPACT = JSONSerializer(compact=True)
S = TypeVar("S", Root, Timestamp, Snapshot, Targets)


def root(version: int, keys: Sequence[bytes], threshold: int, online: bytes, now: int) -> Metadata[Root]:
    """Return an unsigned root: of the off-line `keys` (32 bytes each) `threshold` together, and the on-line key."""
    offline = [public_key(key) for key in keys]
    acting = public_key(online)
    roles = {name: Role([key.keyid for key in offline], threshold) for name in (Root.type, Targets.type)}
    roles |= {name: Role([acting.keyid], 1) for name in (Timestamp.type, Snapshot.type)}
    named = {key.keyid: key for key in (*offline, acting)}
    return Metadata(Root(version, None, _until(now, OFFLINE_DAYS), dict(named), roles))


def targets(version: int, files: Mapping[str, bytes], online: bytes, now: int) -> Metadata[Targets]:
    """Return unsigned targets that name `files` and leave the status to the on-line key."""
    key = public_key(online)
    delegated = DelegatedRole(STATUS_ROLE, [key.keyid], 1, terminating=True, paths=[STATUS])
    delegations = Delegations({key.keyid: key}, {STATUS_ROLE: delegated})
    return Metadata(Targets(version, None, _until(now, OFFLINE_DAYS), _files(files), delegations))


def status(version: int, data: bytes, now: int) -> Metadata[Targets]:
    """Return the delegated role that names the newest status, unsigned."""
    return Metadata(Targets(version, None, _until(now, SNAPSHOT_DAYS), _files({STATUS: data})))


def snapshot(version: int, targets_version: int, status_version: int, now: int) -> Metadata[Snapshot]:
    """Return an unsigned snapshot of which versions belong together."""
    meta = {f"{Targets.type}.json": MetaFile(targets_version), f"{STATUS_ROLE}.json": MetaFile(status_version)}
    return Metadata(Snapshot(version, None, _until(now, SNAPSHOT_DAYS), meta))


def timestamp(version: int, snapshot_version: int, now: int) -> Metadata[Timestamp]:
    """Return an unsigned timestamp that names the newest snapshot."""
    return Metadata(Timestamp(version, None, _until(now, TIMESTAMP_DAYS), MetaFile(snapshot_version)))


def signed(metadata: Metadata[S], keys: Iterable[SigningKey]) -> bytes:
    """Return the bytes of `metadata` with the signatures of `keys` added to those there."""
    for key in keys:
        metadata.sign(AnchorSigner(key), append=True)
    return metadata.to_bytes(_COMPACT)


def _files(files: Mapping[str, bytes]) -> dict[str, TargetFile]:
    return {name: TargetFile.from_data(name, data) for name, data in files.items()}


def _until(now: int, days: int) -> datetime:
    return datetime.fromtimestamp(now + days * DAY, UTC)

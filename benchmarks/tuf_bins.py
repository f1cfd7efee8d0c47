"""The same work done through python-tuf: a repository with 1,024 succinct hash bins, and its client."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import (
    Delegations,
    Key,
    Metadata,
    MetaFile,
    Root,
    Snapshot,
    SuccinctRoles,
    TargetFile,
    Targets,
    Timestamp,
)
from tuf.api.serialization.json import JSONSerializer
from tuf.ngclient import FetcherInterface, Updater

from benchmarks.fetched import Fetched
from service_repo.durable_file import Folder

BITS, PREFIX = 10, "bins"
_SERIALIZER = JSONSerializer(compact=True)


class TufRepository:
    """A repository of `count` targets in `directory`; what changes is kept in memory and written."""

    def __init__(self, directory: Path, count: int, *, durable: bool = False) -> None:
        self.directory, self._folder = directory, Folder(directory, durable)
        self._signer = CryptoSigner(Ed25519PrivateKey.from_private_bytes(b"t" * 32))
        self._roles = SuccinctRoles([self._signer.public_key.keyid], 1, BITS, PREFIX)
        self._bins: dict[str, Metadata[Targets]] = {}
        self._build(count)

    def publish(self, name: str, data: bytes) -> None:
        """Add a target: its bin, the snapshot and the timestamp are signed anew and written, the timestamp last."""
        role = self._roles.get_role_for_target(name)
        target = TargetFile.from_data(name, data, ["sha256"])
        self._bins[role].signed.targets[name] = target
        self._bins[role].signed.version += 1
        self._snapshot.signed.meta[f"{role}.json"].version += 1
        self._snapshot.signed.version += 1
        self._timestamp.signed.snapshot_meta.version += 1
        self._timestamp.signed.version += 1
        version = self._bins[role].signed.version
        self._folder.write(f"targets/{sha256(data).hexdigest()}.{name}", data)
        files = {f"{version}.{role}.json": self._signed(self._bins[role])}
        files[f"{self._snapshot.signed.version}.snapshot.json"] = self._signed(self._snapshot)
        self._folder.place(files)  # nobody asks for these versions before the timestamp names them
        self._folder.swap("timestamp.json", self._signed(self._timestamp))

    def client(self, scratch: Path, fetched: Fetched) -> Updater:
        """Return a client whose metadata lies in `scratch`; it trusts the first root."""
        scratch.mkdir(parents=True, exist_ok=True)
        root = (self.directory / "1.root.json").read_bytes()
        kept, url = str(scratch), fetched.url
        return Updater(kept, f"{url}/", kept, f"{url}/targets/", fetcher=_Counted(fetched), bootstrap=root)

    def _build(self, count: int) -> None:
        ends = datetime.now(UTC).replace(microsecond=0) + timedelta(days=30)
        root = Root(expires=ends)
        for role in ("root", "timestamp", "snapshot", "targets"):
            root.add_key(self._signer.public_key, role)
        targets = Targets(expires=ends)
        keys: dict[str, Key] = {self._signer.public_key.keyid: self._signer.public_key}
        targets.delegations = Delegations(keys, succinct_roles=self._roles)
        snapshot = Snapshot(expires=ends)
        for role in self._roles.get_roles():
            self._bins[role] = Metadata(Targets(expires=ends))
            snapshot.meta[f"{role}.json"] = MetaFile(1)
        for name in _names(count):
            role = self._roles.get_role_for_target(name)
            digest = sha256(name.encode()).hexdigest()
            self._bins[role].signed.targets[name] = TargetFile(20_000, {"sha256": digest}, name)
        self._snapshot, self._timestamp = Metadata(snapshot), Metadata(Timestamp(expires=ends))
        files = {f"1.{role}.json": self._signed(each) for role, each in self._bins.items()}
        files |= {"1.root.json": self._signed(Metadata(root)), "1.targets.json": self._signed(Metadata(targets))}
        files |= {"1.snapshot.json": self._signed(self._snapshot), "timestamp.json": self._signed(self._timestamp)}
        self.directory.mkdir(parents=True, exist_ok=True)
        Folder(self.directory, durable=False).write_all(files)

    def _signed(self, metadata: Metadata[Any]) -> bytes:
        metadata.sign(self._signer)
        return metadata.to_bytes(_SERIALIZER)


class _Counted(FetcherInterface):
    """Fetches through the same HTTP client as the other side, so that only the protocols differ."""

    def __init__(self, fetched: Fetched) -> None:
        self._fetched = fetched

    def _fetch(self, url: str) -> Iterator[bytes]:
        from tuf.api.exceptions import DownloadHTTPError

        data = self._fetched.get(url.removeprefix(f"{self._fetched.url}/"))
        if data is None:
            raise DownloadHTTPError("not found", 404)
        yield data


def _names(count: int) -> Iterator[str]:
    return (f"publisher{number % 997}/bundle{number}-1.0.0.smp" for number in range(count))

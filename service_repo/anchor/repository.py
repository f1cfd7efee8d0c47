"""An anchor on disk: static files below one folder, written so that a reader finds the old state or the new one.

Versioned files first, timestamp.json last: it alone decides what is current. What off-line keys must sign waits in
drafts/, outside what is served, until enough of them have.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

from tuf.api.metadata import Metadata, Root, Snapshot, Targets, Timestamp

from semper_host.model.encoding import encode
from semper_host.model.errors import UsageError
from semper_host.supporting.anchor.state import MAX_TARGETS, STATUS, STATUS_ROLE, Head, KeptTarget
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo.anchor import metadata
from service_repo.anchor.keys import key_id
from service_repo.durable_file import Folder

TIMESTAMP, HEAD = "timestamp.json", "head.cbor"
DRAFTS = "drafts"
KEPT_BACK = 16
"""How many superseded versions of what is signed on-line stay, for readers who are under way."""


@dataclass(frozen=True)
class AnchorRepository:
    """The anchor in the folder `directory` (REPOSITORY/anchor). One writer at a time: its caller's to see to."""

    directory: Path
    durable: bool = True

    @property
    def exists(self) -> bool:
        """Whether an anchor was made here."""
        return os.path.isfile(f"{self.directory}/{TIMESTAMP}")

    def init(
        self,
        keys: Sequence[bytes],
        threshold: int,
        signers: Iterable[SigningKey],
        online: SigningKey,
        files: Mapping[str, bytes],
        status: bytes,
        now: int,
    ) -> str:
        """Make the anchor of the off-line `keys` (public), signed by those of `signers`, with these targets.

        Return the fingerprint of its root: hex SHA-256. Raises UsageError.
        """
        if self.exists:
            raise UsageError("HOME_EXISTS", f"cannot make an anchor in {self.directory}: there is one")
        _check_threshold(keys, threshold)
        _check_targets(files)
        able = [signer for signer in signers if signer.public in keys]
        if len({signer.public for signer in able}) < threshold:
            raise UsageError("USAGE_INVALID", f"cannot make the anchor: {threshold} of its root keys must sign it")
        root = metadata.signed(metadata.root(1, keys, threshold, online.public, now), able)
        targets = metadata.signed(metadata.targets(1, files, online.public, now), able)
        self._folder.write_all({"1.root.json": root, "1.targets.json": targets, **_placed(files)})
        self.renew(online, status, now)
        return sha256(root).hexdigest()

    def renew(self, online: SigningKey, status: bytes, now: int) -> None:
        """Put the newest signed `status` in, and sign everything that is signed on-line anew, as of `now`."""
        with self._alone():
            self._renew(online, status, now)

    def _renew(self, online: SigningKey, status: bytes, now: int) -> None:
        statement = self._newest(STATUS_ROLE) + 1
        number = self._newest(Snapshot.type) + 1
        written = (
            metadata.status(statement, status, now),
            metadata.snapshot(number, self._newest(Targets.type), statement, now),
        )
        stamp = self._timestamp().signed.version + 1 if self.exists else 1
        self._folder.write_all(
            {
                f"{statement}.{STATUS_ROLE}.json": metadata.signed(written[0], [online]),
                f"{number}.{Snapshot.type}.json": metadata.signed(written[1], [online]),
                **_placed({STATUS: status}),
            }
        )
        # COMMIT POINT: from here on clients see the new status
        self._folder.write(TIMESTAMP, metadata.signed(metadata.timestamp(stamp, number, now), [online]))
        self._folder.write(HEAD, self.head())
        self._prune(statement, number)

    def head(self) -> bytes:
        """Return the encoded `Head`: every file that a client needs, from the root's successors to the status."""
        return encode(Head(self.files()))

    def files(self) -> tuple[KeptTarget, ...]:
        """Return the files of the head by name, for a staple; the targets under their plain names.

        A buyer has trusted the first root already, so it is left out.
        """
        stamp = self._timestamp()
        snapshot = self._load(Snapshot, f"{stamp.signed.snapshot_meta.version}.{Snapshot.type}.json")
        versions = {name: snapshot.signed.meta[f"{name}.json"].version for name in (Targets.type, STATUS_ROLE)}
        names = [f"{number}.root.json" for number in range(2, self._newest(Root.type) + 1)]
        names += [TIMESTAMP, f"{snapshot.signed.version}.{Snapshot.type}.json"]
        names += [f"{version}.{name}.json" for name, version in versions.items()]
        found = [KeptTarget(name, self._read(name)) for name in names]
        for name, version in versions.items():
            for target in self._load(Targets, f"{version}.{name}.json").signed.targets.values():
                if not target.path.startswith("authorities/"):  # those, people look at; no admission needs them
                    found.append(KeptTarget(f"targets/{target.path}", self._read(_place(target.path, target.hashes))))
        return tuple(found)

    def draft_root(self, keys: Sequence[bytes], threshold: int, online: bytes, now: int) -> None:
        """Begin a new root: other off-line keys, another threshold or another on-line key. `sign` completes it.

        The targets are begun anew with it: they count only under keys that the root in force names.
        """
        _check_threshold(keys, threshold)
        number = self._newest(Root.type) + 1
        drafted = metadata.root(number, keys, threshold, online, now)
        self._folder.write(f"{DRAFTS}/{number}.root.json", metadata.signed(drafted, []))
        self.draft_targets(self.targets(), online, now)

    def draft_targets(self, files: Mapping[str, bytes], online: bytes, now: int) -> None:
        """Begin new targets: `files` by name, all of them. `sign` completes them."""
        _check_targets(files)
        self._folder.write_all(_placed(files))
        number = self._newest(Targets.type) + 1
        drafted = metadata.targets(number, files, online, now)
        self._folder.write(f"{DRAFTS}/{number}.targets.json", metadata.signed(drafted, []))

    def targets(self) -> dict[str, bytes]:
        """Return the targets that are signed off-line, by name."""
        named = self._load(Targets, f"{self._newest(Targets.type)}.targets.json").signed.targets
        return {name: self._read(_place(name, info.hashes)) for name, info in named.items()}

    def sign(self, signers: Iterable[SigningKey]) -> dict[str, int]:
        """Sign what waits in drafts/; when enough keys have signed all of it, it is published.

        Return, for each draft, how many signatures are still missing. A root must be signed as its predecessor
        demands and as it demands itself (TUF §5.3.4), targets as the root demands that will rule. New targets count
        with the next `renew`.
        """
        keys = list(signers)
        drafts = {name: _parsed(kind, data) for kind, name, data in self._drafts()}
        ruling = next((draft.signed for draft in drafts.values() if isinstance(draft.signed, Root)), self.root)
        missing = {}
        for name, draft in drafts.items():
            able = set(ruling.roles[draft.signed.type].keyids)
            if isinstance(draft.signed, Root):
                able |= set(self.root.roles[Root.type].keyids)
            self._folder.write(
                f"{DRAFTS}/{name}", metadata.signed(draft, [key for key in keys if key_id(key.public) in able])
            )
            missing[name] = self._missing(draft, ruling)
        if not any(missing.values()):
            self._publish(list(missing))
        return missing

    def _drafts(self) -> Iterator[tuple[type[Any], str, bytes]]:
        """Give what waits to be signed: its kind, its name, its bytes."""
        for kind in (Targets, Root):
            name = f"{self._newest(kind.type) + 1}.{kind.type}.json"
            data = self._folder.read(f"{DRAFTS}/{name}")
            if data is not None:
                yield kind, name, data

    def _publish(self, names: Sequence[str]) -> None:
        """Put completed drafts in place: targets first, since a new root rules as soon as it is there."""
        for name in names:
            data = self._read(f"{DRAFTS}/{name}")
            # COMMIT POINT (for a root)
            self._folder.write(name, data)
            self._folder.remove(f"{DRAFTS}/{name}")

    @property
    def root(self) -> Root:
        """The newest root."""
        return cast("Root", self._load(Root, f"{self._newest(Root.type)}.root.json").signed)

    def _missing(self, draft: Metadata[Any], ruling: Root) -> int:
        payload, signatures, role = draft.signed_bytes, draft.signatures, draft.signed.type
        results = [ruling.get_verification_result(role, payload, signatures)]
        if isinstance(draft.signed, Root):
            results.append(self.root.get_verification_result(role, payload, signatures))
        return max(result.missing for result in results)

    def _newest(self, role: str) -> int:
        """Return the newest version of a role's file, 0 where there is none."""
        found = [0]
        for file in self.directory.glob(f"*.{role}.json"):
            with suppress(ValueError):
                found.append(int(file.name.split(".", 1)[0]))
        return max(found)

    def _prune(self, statement: int, number: int) -> None:
        for role, newest in ((STATUS_ROLE, statement), (Snapshot.type, number)):
            self._folder.remove(f"{newest - KEPT_BACK}.{role}.json")

    def _timestamp(self) -> Metadata[Timestamp]:
        return cast("Metadata[Timestamp]", self._load(Timestamp, TIMESTAMP))

    def _load(self, kind: type[Any], name: str) -> Metadata[Any]:
        return _parsed(kind, self._read(name))

    def _read(self, name: str) -> bytes:
        data = self._folder.read(name)
        if data is None:
            raise UsageError("HOME_MISSING", f"cannot read the anchor: {self.directory / name} is missing")
        return data

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process or thread in at a time; the lock ends with the process."""
        self.directory.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.directory / ".lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX)
            yield
        finally:
            os.close(descriptor)

    @property
    def _folder(self) -> Folder:
        return Folder(self.directory, self.durable)


def _parsed(kind: type[Any], data: bytes) -> Metadata[Any]:
    made: Metadata[Any] = Metadata.from_bytes(data)
    assert isinstance(made.signed, kind)
    return made


def _placed(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Return targets by where they lie: their digest in front of the last part of the name (TUF §6.2)."""
    return {_place(name, {"sha256": sha256(data).hexdigest()}): data for name, data in files.items()}


def _place(name: str, hashes: Mapping[str, str]) -> str:
    folder, slash, last = name.rpartition("/")
    return f"targets/{folder}{slash}{hashes['sha256']}.{last}"


def _check_threshold(keys: Sequence[bytes], threshold: int) -> None:
    if not 1 <= threshold <= len(set(keys)):
        raise UsageError("USAGE_INVALID", f"cannot demand {threshold} of {len(set(keys))} root keys")


def _check_targets(files: Mapping[str, bytes]) -> None:
    if len(files) + 1 > MAX_TARGETS:
        raise UsageError("USAGE_INVALID", f"cannot make an anchor with more than {MAX_TARGETS} targets")

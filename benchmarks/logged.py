"""A repository on this machine with a log, two witnesses and an anchor: what packs are stapled with, and trusted by."""

from __future__ import annotations

import time
from functools import cached_property
from pathlib import Path

from semper_host.admission.pack import Pack, read_pack
from semper_host.admission.statements import digest
from semper_host.host import trusting
from semper_host.host.home import Home
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo import identity, layout
from service_repo.anchor import keeping
from service_repo.durable_file import Folder
from service_repo.identity import Settings
from service_repo.log.witness import WatchedLog, Witness
from service_repo.publish import Repository

ROOT_KEY = SigningKey.from_seed(b"a" * 32)
WITNESSES = {name: SigningKey.from_seed(name.encode().ljust(32, b".")) for name in ("one.example", "two.example")}


def _now() -> int:
    return int(time.time())


class LoggedRepository:
    """Made below `root` at its first use. What it stores is not synced: no measurement is of that."""

    def __init__(self, root: Path) -> None:
        self._root = root

    @cached_property
    def repository(self) -> Repository:
        """The repository, its witnesses in this process."""
        directory = self._root / "repository"
        known = [identity.Witness(name, key.public.hex(), "http://127.0.0.1:9") for name, key in WITNESSES.items()]
        Repository.init(directory, Settings(witnesses=tuple(known), quorum=len(known))).close()
        log = identity.load(directory)
        watched = {log.settings.origin: WatchedLog(log.keys.log.public, Folder(directory))}
        witnesses = [
            Witness(name, key, self._root / name, watched, _now, durable=False) for name, key in WITNESSES.items()
        ]
        made = Repository.open(directory, witnesses=witnesses, durable=False)
        keeping.init(made, [ROOT_KEY.public], 1, [ROOT_KEY])
        return made

    def publish(self, pack: Pack) -> Pack:
        """Publish what is in `pack`, the first of its id; return it as the repository shows it, stapled."""
        self.repository.publish(pack.archive, pack.release, pack.evaluations)
        return self.shown(digest(pack.archive))

    def shown(self, subject: bytes) -> Pack:
        """Return the pack of the archive with this digest as it lies there for everybody."""
        return read_pack((self.repository.directory / layout.pack_path(subject)).read_bytes())

    def trust(self, home: Home, url: str = "") -> None:
        """Have `home` trust this repository."""
        root = (self.repository.directory / keeping.ANCHOR / "1.root.json").read_bytes()
        trusting.add_repository(home.trust, "Repository", root, url)

    def close(self) -> None:
        """Close the database, if it was opened."""
        if "repository" in self.__dict__:
            self.repository.close()

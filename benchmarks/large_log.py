"""A repository that already holds very many releases: their entries, tiles and checkpoint, without their bundles."""

from __future__ import annotations

import itertools
import time
from dataclasses import dataclass
from functools import partial
from hashlib import sha256
from pathlib import Path

from sqlalchemy import Connection

from semper_host.admission.build import build
from semper_host.admission.log_entries import LogEntry
from semper_host.admission.statements import EVALUATION, RELEASE, Release, digest, sign
from semper_host.supporting.cryptographic.checkpoint import Checkpoint
from semper_host.supporting.cryptographic.merkle import leaf_hash
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo import identity, layout
from service_repo.anchor import keeping
from service_repo.durable_file import Folder
from service_repo.identity import Settings
from service_repo.log import append, replay, tiles
from service_repo.log.replay import Replayed
from service_repo.log.tables import entries
from service_repo.log.tiles import WIDTH, Edge
from service_repo.log.witness import WatchedLog, Witness
from service_repo.publish import Repository

ROOT_KEY, PUBLISHER = SigningKey.from_seed(b"a" * 32), SigningKey.from_seed(b"p" * 32)
NAMES = ("one.example", "two.example", "three.example")
SIZE = 20_000
_LETTERS = "abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Bundle:
    """A bundle that nobody has published yet."""

    id: str
    archive: bytes
    release: bytes

    @property
    def digest(self) -> bytes:
        """What names it."""
        return digest(self.archive)


class LargeLog:
    """A repository in `directory` whose log holds `releases` releases, each with an evaluation.

    With `witnesses` of them in this process, a majority of which must cosign, and an anchor. Without a `database` it
    can only be read.
    """

    def __init__(
        self, directory: Path, releases: int, *, witnesses: int = 3, durable: bool = False, database: bool = True
    ) -> None:
        self._directory, self._durable, self._numbers = directory, durable, itertools.count()
        named = NAMES[:witnesses]
        keys = [SigningKey.from_seed(name.encode().ljust(32)) for name in named]
        known = [identity.Witness(n, k.public.hex(), "http://127.0.0.1:9") for n, k in zip(named, keys, strict=True)]
        place, quorum = directory / "repository", witnesses // 2 + 1 if witnesses else 0
        Repository.init(place, Settings("bench.example/log", tuple(known), quorum)).close()
        watched = {"bench.example/log": WatchedLog(identity.load(place).keys.log.public, Folder(place))}
        self.witnesses = [
            Witness(n, k, directory / n, watched, _now, durable=durable) for n, k in zip(named, keys, strict=True)
        ]
        self.repository = Repository.open(place, witnesses=self.witnesses, durable=durable)
        self._fill(releases, database)
        self.root, self.fingerprint = b"", ""
        if witnesses:
            self.repository.statuses.renew(_now())
            self.fingerprint = keeping.init(self.repository, [ROOT_KEY.public], 1, [ROOT_KEY])
            self.root = (place / "anchor" / "1.root.json").read_bytes()

    @property
    def size(self) -> int:
        """How many entries the log had when it was filled."""
        return self._size

    def bundle(self) -> Bundle:
        """Return a new bundle of about SIZE bytes, with its release."""
        number = next(self._numbers)
        id = f"bench/item{''.join(_LETTERS[number // 26**place % 26] for place in range(4))}"
        manifest = (
            f"schema: semper.manifest/1\nid: {id}\nkind: item-manager\nversion: 1.0.0\n"
            f'publisher: "{PUBLISHER.public.hex()}"\napi: 1\nentry: {{manager: manager.py}}\nfiles: [manager.py]\n'
        )
        archive = build({"manifest.yaml": manifest.encode(), "manager.py": b"x = 1\n" * (SIZE // 6)})
        release = sign(Release(digest(archive), id, "1.0.0", "item-manager", _now()), PUBLISHER)
        return Bundle(id, archive, release)

    def publish(self, bundle: Bundle) -> None:
        """Publish one bundle."""
        self.repository.publish(bundle.archive, bundle.release)

    def publish_together(self, bundles: list[Bundle]) -> None:
        """Publish bundles that came at the same time: each logged by itself, all under one checkpoint."""
        for bundle in bundles:
            self.repository.enter(bundle.archive, bundle.release)
        self.repository.sequencer.catch_up()

    def read(self, name: str) -> bytes | None:
        """Return a file of the log."""
        return self.repository.folder.read(layout.LOG + name)

    def leaf(self, index: int) -> bytes:
        """Return the leaf of an entry that the log was filled with."""
        width = min(WIDTH, self._size - index // WIDTH * WIDTH)
        return tiles.entries(index // WIDTH, width, self.read)[index % WIDTH]

    def close(self) -> None:
        """Close the databases."""
        self.repository.close()
        for witness in self.witnesses:
            witness.close()

    def _fill(self, releases: int, database: bool) -> None:
        self._size = 2 * releases
        edge, folder = Edge(0), Folder(self.repository.directory, durable=False)
        number = 0
        for start in range(0, self._size, 64 * WIDTH):
            made = [_entry(each) for each in range(start, min(start + 64 * WIDTH, self._size))]
            leaves = [each.leaf for each in made]
            edge, files = edge.grow([leaf_hash(leaf) for leaf in leaves])
            for at in range(0, len(leaves), WIDTH):
                part = leaves[at : at + WIDTH]
                files[tiles.entries_path((start + at) // WIDTH, len(part))] = tiles.bundle(part)
            folder.write_all({layout.LOG + name: data for name, data in files.items()})
            if database:
                listed = [append.row(number + at, each, b"")._asdict() for at, each in enumerate(made)]
                self.repository.store.write(partial(_insert, listed))
            number += len(made)
        self.top = replay.root_of(edge)
        for witness in self.witnesses:  # as if they had cosigned all of it, over the years
            witness._keep(Checkpoint("bench.example/log", edge.size, self.top), b"", Replayed(edge, self.top, {}))
        sequencer = self.repository.sequencer
        sequencer._growth.open_at(edge.size, lambda: self.top)
        note = sequencer._signed(edge)
        self.repository.folder.write(layout.CHECKPOINT, note)


def _insert(listed: list[dict[str, object]], tx: Connection) -> None:
    tx.execute(entries.insert(), listed)


def _entry(number: int) -> LogEntry:
    """Return an entry of the filling: a release and its evaluation in turn."""
    id = f"filling/item{number // 2}"
    unique, subject = (sha256(each.to_bytes(8, "big")).digest() for each in (number, number // 2 * 2))
    before = _entry(number - 1).leaf_hash if number % 2 else b""
    kind = EVALUATION if number % 2 else RELEASE
    return LogEntry(
        id=id, sequence=number % 2, previous=before, kind=kind, subject=subject, statement=unique,
        signer=PUBLISHER.public,
    )  # fmt: skip


def _now() -> int:
    return int(time.time())

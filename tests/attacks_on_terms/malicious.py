"""A repository whose operator has all of its keys and lies: real `service_repo` code, and what is forged beside it."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec

from semper_host.admission.archive_format import unpack
from semper_host.admission.build import build, publish_as
from semper_host.admission.log_entries import open_entry
from semper_host.admission.log_evidence import AnchorFile, Proven, Staple, read_staple
from semper_host.admission.manifest import MANIFEST, parse_manifest
from semper_host.admission.pack import Pack, read_pack
from semper_host.admission.statements import Evaluation, Release, digest, sign, sign_evaluation, sign_release
from semper_host.host import bundling, data
from semper_host.model.encoding import Record, encode
from semper_host.supporting.cryptographic import signed_note
from semper_host.supporting.cryptographic.checkpoint import Checkpoint, parse_checkpoint
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import CertifiedKey
from service_repo import identity, layout, renewing
from service_repo.anchor import keeping
from service_repo.anchor.repository import AnchorRepository
from service_repo.durable_file import Folder
from service_repo.identity import Settings
from service_repo.log import append, replay
from service_repo.log.append import Said
from service_repo.log.tiles import Tiles
from service_repo.log.tree import inclusion
from service_repo.log.witness import WatchedLog, Witness
from service_repo.publish import Repository
from tests.host.marketplace import Authorities

ROOT = SigningKey.from_seed(b"o" * 32)
NAMES = ("one.example", "two.example", "three.example")
ORIGIN = "harbour.example/log"
HEAD, CHECKPOINT = "anchor/head.cbor", layout.CHECKPOINT
DAY = 86_400


@dataclass(frozen=True)
class Terms:
    """A version of a merchant's terms of business, as its publisher hands them in."""

    archive: bytes
    release: bytes
    evaluations: tuple[bytes, ...]

    @property
    def digest(self) -> bytes:
        return digest(self.archive)


@dataclass
class Malicious:
    """The repository in `folder`, with three witnesses of which two must cosign, and an anchor."""

    folder: Path
    board: Authorities
    clock: Callable[[], int]
    witnesses: list[Witness] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.directory.exists():
            known = [identity.Witness(name, key.public.hex(), "http://127.0.0.1:9") for name, key in self.keys.items()]
            Repository.init(self.directory, Settings(ORIGIN, tuple(known), 2)).close()
        watched = {ORIGIN: WatchedLog(identity.load(self.directory).keys.log.public, Folder(self.directory))}
        self.witnesses = self.witnesses or [
            Witness(name, key, self.folder / name, watched, self.clock, durable=False)
            for name, key in self.keys.items()
        ]
        options: dict[str, Any] = {"witnesses": self.witnesses, "durable": False, "clock": self.clock}
        self.repository = Repository.open(self.directory, **options)
        if not keeping.anchor_of(self.repository).exists:
            keeping.init(self.repository, [ROOT.public], 1, [ROOT])

    @property
    def directory(self) -> Path:
        return self.folder / "repository"

    @property
    def keys(self) -> dict[str, SigningKey]:
        """The witnesses' keys, for those of them that are dishonest."""
        return {name: SigningKey.from_seed(sha256(name.encode()).digest()) for name in NAMES}

    @property
    def publisher(self) -> SigningKey:
        """Whose namespace harbour/ is."""
        return SigningKey.from_seed(sha256(self.repository.identity.keys.log.public).digest())

    @property
    def root(self) -> bytes:
        """The root that users trust."""
        return (self.directory / "anchor" / "1.root.json").read_bytes()

    def read(self, name: str) -> bytes:
        return (self.directory / name).read_bytes()

    def close(self) -> None:
        self.repository.close()
        for witness in self.witnesses:
            witness.close()

    # --- what publishers and authorities hand in

    def terms(
        self, version: str = "1.0.0", *, id: str = "harbour/courseware", after: Terms | None = None, sequence: int = 0,
        key: SigningKey | None = None, by: CertifiedKey | None = None, asking: bytes = b"",
        **changes: Any,
    ) -> Terms:  # fmt: skip
        """Return evaluated terms that ask for `asking` besides; `changes` replace fields of the evaluation."""
        files, key = dict(self._source), key or self.publisher
        text = files[MANIFEST].replace(b"id: semper/courseware", b"id: " + id.encode())
        files[MANIFEST] = text.replace(b"version: 1.0.0", b"version: " + version.encode()).replace(
            b"requests:\n", b"requests:\n" + asking
        )
        archive, at = publish_as(build(files), key.public), self.clock()
        previous = digest(after.release) if after else b""
        said = Release(digest(archive), id, version, "commerce-service", at, sequence, previous)
        release = sign_release(said, key)
        return Terms(archive, release, (self.evaluation(archive, by, **changes),))

    def evaluation(self, archive: bytes, by: CertifiedKey | None = None, **changes: Any) -> bytes:
        """Return the board's evaluation with all that the terms ask for; `changes` replace its fields."""
        at, manifest = self.clock(), parse_manifest(unpack(archive)[MANIFEST])
        grants = tuple(asked.grant for asked in manifest.requests)
        said = Evaluation(digest(archive), "tests", grants, (), at - 60, at + 20 * DAY, at)
        return sign_evaluation(msgspec.structs.replace(said, **changes), by or self.board.evaluator)

    @cached_property
    def _source(self) -> dict[str, bytes]:
        root = data.checkout()
        assert root is not None
        return dict(bundling.read_source(root / "plugins" / "commerce" / "courseware"))

    # --- what it does as it should

    def publish(self, terms: Terms) -> Pack:
        """Publish; return the pack as it lies there for everybody."""
        self.repository.publish(terms.archive, terms.release, terms.evaluations)
        return self.shown(terms)

    def shown(self, terms: Terms) -> Pack:
        """Return the pack of these terms as it lies there now."""
        return read_pack(self.read(layout.pack_path(terms.digest)))

    def renewed(self, terms: Terms) -> Pack:
        """Sign status and anchor as of now, staple all packs anew, and return the pack of these terms."""
        self.repository.statuses.renew(self.clock())
        renewing.restaple(self.repository)
        return self.shown(terms)

    def say(self, statement: Record, key: SigningKey | CertifiedKey) -> bytes:
        """Log a signed statement; return it."""
        signed = sign(statement, key)
        self.repository.say(signed)
        return signed

    def snapshot(self) -> dict[str, bytes]:
        """Return all that is served now, by path."""
        files = (file for file in self.directory.rglob("*") if file.is_file() and not file.name.startswith("."))
        return {file.relative_to(self.directory).as_posix(): file.read_bytes() for file in files}

    # --- what it does as it should not

    def force(self, id: str, *statements: bytes) -> None:
        """Log statements under `id` past all rules, and have them cosigned: the chain of entries is whole."""
        said = [Said(id, each) for each in statements]
        self.repository.sequencer.reach(self.repository.store.write(lambda tx: append.append(tx, said)).size)

    def proven(self, statement: bytes) -> Proven:
        """Return the proof of a logged statement under the present checkpoint."""
        size = parse_checkpoint(signed_note.parse(self.read(CHECKPOINT)).text).size

        def read(name: str) -> bytes | None:
            return self.repository.folder.read(layout.LOG + name)

        numbered = ((number, leaf) for number, leaf in replay.leaves(0, size, read))
        number, leaf = next(each for each in numbered if open_entry(each[1]).statement == digest(statement))
        return Proven(leaf, number, inclusion(number, size, Tiles(size, read).node))

    def forced(self, id: str, terms: Terms, *evaluations: bytes) -> Pack:
        """Log terms under `id` past all rules, with evaluations that may be anything; return a pack that proves all."""
        said = [terms.release, *evaluations]
        self.force(id, *said)
        self.repository.statuses.renew(self.clock())
        files = keeping.anchor_of(self.repository).files()
        anchor, status = tuple(AnchorFile(each.name, each.data) for each in files), self.read(layout.STATUS)
        staple = Staple(self.read(CHECKPOINT), tuple(map(self.proven, said)), b"", anchor, status)
        return Pack(terms.archive, terms.release, evaluations, encode(staple))

    def fork(self, folder: Path, *, same_witnesses: bool = False) -> Malicious:
        """Return the log once more, to grow apart from now on; its witnesses collude, unless they are the same."""
        folder.mkdir()
        for place in ("repository", "repository.private", *NAMES):
            shutil.copytree(self.folder / place, folder / place)
        return Malicious(folder, self.board, self.clock, self.witnesses if same_witnesses else [])

    def note(
        self, *, size: int | None = None, root: bytes = b"", at: int | None = None, witnesses: Sequence[str] = NAMES,
        key: SigningKey | None = None,
    ) -> bytes:  # fmt: skip
        """Return a checkpoint of any size and root, signed with the log's key and cosigned by these witnesses."""
        shown = parse_checkpoint(signed_note.parse(self.read(CHECKPOINT)).text)
        size, root, at = shown.size if size is None else size, root or shown.root, self.clock() if at is None else at
        text = Checkpoint(ORIGIN, size, root).text()
        signatures = [signed_note.sign(text, ORIGIN, key or self.repository.identity.keys.log)]
        signatures += [signed_note.cosign(text, name, self.keys[name], at) for name in witnesses]
        return signed_note.Note(text, tuple(signatures)).encode()

    def anchored_with(self, folder: Path, status: bytes, ahead: int = 1) -> bytes:
        """Return a head, so many numbers ahead, whose status is the one given: the on-line key signs whatever its thief
        wants.
        """
        shutil.copytree(self.directory / "anchor", folder)
        anchor = AnchorRepository(folder, durable=False)
        for _ in range(ahead):
            anchor.renew(keeping.online_key(self.directory), status, self.clock())
        return anchor.head()


def stapled(pack: Pack, **changes: Any) -> Pack:
    """Return the pack with other things in its staple."""
    staple: Staple = msgspec.structs.replace(read_staple(pack.staple), **changes)
    return msgspec.structs.replace(pack, staple=encode(staple))


def without(pack: Pack, statements: Iterable[bytes]) -> Pack:
    """Return the pack without the proofs of these signed statements."""
    hidden = {digest(each) for each in statements}
    kept = [each for each in read_staple(pack.staple).entries if open_entry(each.entry).statement not in hidden]
    return stapled(pack, entries=tuple(kept))

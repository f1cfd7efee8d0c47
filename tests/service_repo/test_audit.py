"""Auditing: a whole log holds, and whatever is wrong in one is said with its place."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.admission.log_evidence import LogPolicy
from semper_host.admission.statements import Release, Status, Withdrawal, sign
from semper_host.supporting.communication.runner import running
from semper_host.supporting.cryptographic.checkpoint import Checkpoint
from semper_host.supporting.cryptographic.merkle import EMPTY, leaf_hash
from semper_host.supporting.cryptographic.signed_note import Note
from semper_host.supporting.cryptographic.signed_note import sign as sign_note
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo import layout
from service_repo.audit import Audited, audit
from service_repo.durable_file import Folder
from service_repo.fetch import Remote
from service_repo.log import replay, tiles, tree
from service_repo.log.heard import hear
from service_repo.log.statement_pages import page, page_path
from service_repo.log.tiles import Edge
from service_repo.server import app as files
from tests.service_repo.conftest import NOW, PUBLISHER, World, make, refused, series


@pytest.fixture
def filled(world: World) -> World:
    """Return a repository with three versions, one of them withdrawn."""
    made = series(3)
    for each in made:
        world.repository.publish(each.archive, each.release, each.evaluations)
    world.repository.say(sign(Withdrawal("semper/items", made[0].digest, "old", NOW), PUBLISHER))
    world.repository.sequencer.catch_up()
    return world


def audited(world: World, **options: Any) -> Audited:
    return audit(world.repository.folder, world.repository.policy, **options)


def test_a_sound_repository_is_found_sound_from_disk_and_over_http(filled: World) -> None:
    found = audited(filled)
    assert found.findings == () and found.size == 11
    with running(files(filled.repository.directory)) as url, Remote(url) as remote:
        assert audit(remote, filled.repository.policy) == found


def spoiled(world: World, pattern: str, change: Callable[[bytes], bytes | None]) -> str:
    """Change the first file that fits `pattern`; return its path."""
    file = sorted(world.repository.directory.glob(pattern))[0]
    data = change(file.read_bytes())
    if data is None:
        file.unlink()
    else:
        file.write_bytes(data)
    return file.relative_to(world.repository.directory).as_posix()


CHANGES: list[Callable[[bytes], bytes | None]] = [
    lambda data: None,
    lambda data: data[:-1],
    lambda data: data[:-1] + bytes([data[-1] ^ 1]),
]


@pytest.mark.parametrize("change", range(len(CHANGES)))
@pytest.mark.parametrize(
    "pattern",
    ["packs/*", "index/*/*", "statements/*", "status.cose"],
)
def test_a_file_that_was_changed_truncated_or_removed_is_named(filled: World, pattern: str, change: int) -> None:
    path = spoiled(filled, pattern, CHANGES[change])
    findings = audited(filled).findings
    expected = "the one that the index names" if path.startswith("index/") and change == 2 else path
    assert any(path == each.place or expected in each.what for each in findings), findings


def test_a_changed_entry_gives_another_root(filled: World) -> None:
    spoiled(filled, "log/tile/entries/000.p/11", lambda data: data[:-1] + bytes([data[-1] ^ 1]))
    assert any(each.place == layout.CHECKPOINT for each in audited(filled).findings)


@pytest.mark.parametrize("length", [0, 1, 500])
def test_truncated_entries_are_found(filled: World, length: int) -> None:
    spoiled(filled, "log/tile/entries/000.p/11", lambda data: data[:length])
    assert any("instead of 11" in each.what for each in audited(filled).findings)


def test_a_tampered_tile_is_named(world: World) -> None:
    for each in series(100):
        world.repository.enter(each.archive, each.release, each.evaluations)
    world.repository.sequencer.catch_up()
    assert audited(world).findings == ()
    spoiled(world, "log/tile/0/000", lambda data: bytes([data[0] ^ 1]) + data[1:])
    assert "log/tile/0/000" in {each.place for each in audited(world).findings}


def test_a_checkpoint_that_log_or_witnesses_did_not_sign_is_refused(filled: World) -> None:
    policy = filled.repository.policy
    other = LogPolicy(policy.origin, SigningKey.from_seed(b"o" * 32).public, policy.witnesses, 2, policy.status_key)
    refused("LOG_INVALID", audit, filled.repository.folder, other)
    strict = LogPolicy(policy.origin, policy.key, policy.witnesses, 3, policy.status_key)
    refused("LOG_QUORUM", audit, filled.repository.folder, strict)
    refused("LOG_MISSING", audit, Folder(filled.repository.directory / "empty"), policy)


def test_a_rollback_and_a_fork_since_the_last_audit_are_refused(filled: World) -> None:
    note = audited(filled).note
    assert audited(filled, known=note).findings == ()
    log = filled.repository.identity.keys.log

    def noted(size: int, root: bytes) -> bytes:
        text = Checkpoint(filled.repository.policy.origin, size, root).text()
        return Note(text, (sign_note(text, filled.repository.policy.origin, log),)).encode()

    refused("ROLLBACK", audited, filled, known=noted(12, bytes(32)))
    refused("LOG_EQUIVOCATION", audited, filled, known=noted(11, bytes(32)))
    refused("LOG_EQUIVOCATION", audited, filled, known=noted(9, EMPTY))


class Dishonest:
    """A repository whose operator signs what it likes: any statements under any entries, without witnesses."""

    def __init__(self, folder: Path) -> None:
        self.key, self.status_key = SigningKey.from_seed(b"l" * 32), SigningKey.from_seed(b"s" * 32)
        self.folder, self.leaves, self.said = Folder(folder), list[bytes](), list[bytes]()
        self.policy = LogPolicy("log.example", self.key.public, (), 0, self.status_key.public)

    def say(self, data: bytes, id: str, sequence: int, previous: bytes) -> bytes:
        entry = hear(data).entry(id, sequence, previous)
        self.leaves.append(entry.leaf)
        self.said.append(data)
        self.folder.write(page_path(0), page(self.said))
        return entry.leaf_hash

    def audited(self) -> list[str]:
        edge, made = Edge(0).grow([leaf_hash(leaf) for leaf in self.leaves])
        made[tiles.entries_path(0, len(self.leaves))] = tiles.bundle(self.leaves)
        self.folder.write_all({layout.LOG + name: data for name, data in made.items()})
        text = Checkpoint("log.example", edge.size, replay.root_of(edge)).text()
        self.folder.write(layout.CHECKPOINT, Note(text, (sign_note(text, "log.example", self.key),)).encode())
        found = audit(self.folder, self.policy).findings
        return [f"{each.number} {each.what}" for each in found if each.number >= 0]


def test_a_withheld_release_shows_in_the_next_one(tmp_path: Path) -> None:
    first, second, third = series(3)
    log = Dishonest(tmp_path)
    last = log.say(first.release, "semper/items", 0, b"")
    last = log.say(third.release, "semper/items", 1, last)
    log.say(second.release, "semper/items", 2, last)  # and shows also when it comes after all
    found = log.audited()
    assert any(each.startswith("1 ") and "number 1 of its id is due: one was withheld" in each for each in found)
    assert any(each.startswith("2 ") and "came late" in each for each in found)
    honest = Dishonest(tmp_path / "honest")
    last = b""
    for number, data in enumerate((first.release, second.release, third.release)):
        last = honest.say(data, "semper/items", number, last)
    assert honest.audited() == []


def test_a_skipped_or_repeated_entry_of_an_id_shows(tmp_path: Path) -> None:
    first, second, _ = series(3)
    for sequence, previous in ((0, b""), (2, None), (1, bytes(32))):
        log = Dishonest(tmp_path / str(sequence))
        last = log.say(first.release, "semper/items", 0, b"")
        log.say(second.release, "semper/items", sequence, last if previous is None else previous)
        assert [each for each in log.audited() if each.startswith("1 ")]


def test_a_release_by_somebody_who_never_owned_the_namespace_shows(tmp_path: Path) -> None:
    first, thief = make(), SigningKey.from_seed(b"t" * 32)
    stolen = make("2.0.0", key=thief, named=thief, after=first, sequence=1)
    log = Dishonest(tmp_path)
    last = log.say(first.release, "semper/items", 0, b"")
    log.say(stolen.release, "semper/items", 1, last)
    assert any("never owned" in each for each in log.audited())


def test_a_namespace_that_looks_like_anothers_shows_and_an_owner_may_have_several(tmp_path: Path) -> None:
    first, thief = make(), SigningKey.from_seed(b"t" * 32)
    for owner, found in ((thief, True), (PUBLISHER, False)):
        like = sign(Release(bytes(32), "sernper/items", "1.0.0", "item-manager", NOW), owner)
        log = Dishonest(tmp_path / str(found))
        log.say(first.release, "semper/items", 0, b"")
        log.say(like, "sernper/items", 0, b"")
        assert any(each.startswith("1 ") and "looks like semper" in each for each in log.audited()) == found


def test_a_status_signed_anew_that_covers_less_than_the_log_shows(filled: World) -> None:
    """It says nothing false of the log as that was once; but by now there was a withdrawal."""
    repository = filled.repository
    tiles_of = tiles.Tiles(11, lambda name: repository.folder.read(layout.LOG + name))
    early = Status(2, tree.root(2, tiles_of.node), NOW + 2 * 3600, ())
    key = repository.identity.keys.status
    repository.folder.write(layout.STATUS, sign(early, key))
    [found] = audited(filled).findings
    assert (found.place, found.what) == (
        layout.STATUS,
        "the status covers 2 entries, and there were more when it was signed",
    )
    repository.folder.write(layout.STATUS, sign(replace(early, at=NOW), key))
    assert audited(filled).findings == ()  # as old as it is, it is true


def test_a_status_that_leaves_out_a_withdrawal_shows(tmp_path: Path) -> None:
    [first] = series(1)
    log = Dishonest(tmp_path)
    last = log.say(first.release, "semper/items", 0, b"")
    said = sign(Withdrawal("semper/items", first.digest, "x", NOW), PUBLISHER)
    log.say(said, "semper/items", 1, last)
    edge, _ = Edge(0).grow([leaf_hash(leaf) for leaf in log.leaves])
    whole = sign(Status(2, replay.root_of(edge), NOW, (said,)), log.status_key)
    short = sign(Status(2, replay.root_of(edge), NOW + 1, ()), log.status_key)
    false = sign(Status(2, bytes(32), NOW + 2, (said,)), log.status_key)
    last = b""
    for number, data in enumerate((whole, short, false)):
        last = log.say(data, "semper.status", number, last)
    found = log.audited()
    assert not [each for each in found if each.startswith("2 ")]
    assert [each for each in found if each.startswith("3 ") and "leaves out" in each]
    assert [each for each in found if each.startswith("4 ") and "another log" in each]


def test_an_entry_that_says_something_else_than_its_statement_shows(tmp_path: Path) -> None:
    [first] = series(1)
    log = Dishonest(tmp_path)
    log.say(first.release, "semper/other", 0, b"")
    log.say(sign(Withdrawal("nobody/there", bytes(32), "x", NOW), PUBLISHER), "nobody/there", 0, b"")
    found = log.audited()
    assert [each for each in found if each.startswith("0 ") and "not that of its release" in each]
    assert [each for each in found if each.startswith("1 ") and "nobody owns" in each]

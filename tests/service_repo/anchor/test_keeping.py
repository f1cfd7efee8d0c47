"""A real repository with its anchor: what it staples is all that a stranger needs."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from semper_host.admission.log_evidence import LogPolicy, read_staple, verify_staple
from semper_host.admission.pack import read_pack
from semper_host.admission.standing import open_status
from semper_host.admission.statements import Withdrawal, digest, sign
from semper_host.model.encoding import encode
from semper_host.model.errors import UsageError
from semper_host.supporting.anchor.client import begin, update
from semper_host.supporting.anchor.files import Fetch, from_files
from semper_host.supporting.anchor.state import AnchorState, Head
from service_repo import layout, server
from service_repo.anchor import keeping
from service_repo.anchor.repository import HEAD
from service_repo.durable_file import Folder
from service_repo.log.heard import hear
from service_repo.mirror import Mirror
from service_repo.mirror_anchor import copy_anchor
from service_repo.publish import Repository
from tests.service_repo.conftest import PUBLISHER, Published, World, refused
from tests.supporting.anchor.simulated import key

ROOTS = [key("first"), key("second")]
PUBLIC = [each.public for each in ROOTS]


@pytest.fixture
def anchored(world: World) -> World:
    keeping.init(world.repository, PUBLIC, 2, ROOTS)
    return world


def trusting(repository: Repository) -> AnchorState:
    root = (repository.directory / keeping.ANCHOR / "1.root.json").read_bytes()
    return begin(root, sha256(root).hexdigest())


def in_head(data: bytes) -> Fetch:
    return from_files((each.name, each.data) for each in Head.decode(data).files)


def shown(repository: Repository, subject: bytes) -> bytes:
    data = server.read(repository.directory, layout.pack_path(subject))
    assert data is not None
    return data


def test_pack_as_it_lies_there_proves_itself_to_who_has_the_root_alone(anchored: World, bundle: Published) -> None:
    repository = anchored.repository
    repository.publish(bundle.archive, bundle.release, bundle.evaluations)
    pack = read_pack(shown(repository, bundle.digest))
    staple = read_staple(pack.staple)
    files = from_files((each.name, each.data) for each in staple.anchor)
    anchor = update(trusting(repository), files, anchored.clock()).require()
    policy = LogPolicy.decode(anchor.log)
    assert policy == repository.policy
    logged = verify_staple(staple, policy)
    assert {digest(data) for data in (pack.release, *pack.evaluations)} == set(logged.statements)
    open_status(anchor.status, policy, anchored.clock())


def test_negative_statement_is_in_the_anchor_at_once(anchored: World, bundle: Published) -> None:
    repository = anchored.repository
    repository.publish(bundle.archive, bundle.release, bundle.evaluations)
    gone = Withdrawal(hear(bundle.release).own_id, bundle.digest, "over", anchored.clock())
    said = sign(gone, PUBLISHER)
    repository.say(said)
    head = server.read(repository.directory, f"anchor/{HEAD}")
    assert head is not None
    anchor = update(trusting(repository), in_head(head), anchored.clock()).require()
    assert open_status(anchor.status, repository.policy, anchored.clock()).statements == (said,)


def test_hourly_status_keeps_the_anchor_alive(anchored: World, bundle: Published) -> None:
    repository = anchored.repository
    repository.publish(bundle.archive, bundle.release, bundle.evaluations)
    for _ in range(30):
        anchored.clock.now += 3600
        repository.statuses.renew(anchored.clock())
    head = server.read(repository.directory, f"anchor/{HEAD}")
    assert head is not None
    anchor = update(trusting(repository), in_head(head), anchored.clock()).require()
    assert open_status(anchor.status, repository.policy, anchored.clock()).at == anchored.clock()


def test_log_that_nobody_watches_gets_no_anchor(world: World) -> None:
    settings = world.repository.identity.settings
    world.repository.identity = world.repository.identity._replace(
        settings=type(settings)(origin=settings.origin, witnesses=(), quorum=0)
    )
    with pytest.raises(UsageError, match=r"^cannot make the anchor: its log has no witnesses"):
        keeping.init(world.repository, PUBLIC, 2, ROOTS)


def test_changed_witnesses_reach_users_once_the_root_keys_have_signed(anchored: World) -> None:
    repository = anchored.repository
    settings = repository.identity.settings
    changed = type(settings)(
        origin=settings.origin, witnesses=settings.witnesses[:2], quorum=1, database=settings.database
    )
    repository.identity = repository.identity._replace(settings=changed)
    keeping.draft(repository, keeping.authority_target(b"a certificate", "board"))
    anchor = keeping.anchor_of(repository)
    assert anchor.sign(ROOTS[:1]) == {"2.targets.json": 1}
    keeping.publish(repository)
    before = update(trusting(repository), in_head(anchor.head()), anchored.clock()).require()
    assert anchor.sign(ROOTS[1:]) == {"2.targets.json": 0}
    keeping.publish(repository)
    after = update(trusting(repository), in_head(anchor.head()), anchored.clock()).require()
    assert before.log != after.log == encode(repository.policy)
    assert "authorities/board.der" in after.names


def test_new_on_line_key_signs_from_the_moment_that_a_root_names_it(anchored: World) -> None:
    repository = anchored.repository
    anchor, old = keeping.anchor_of(repository), keeping.online_key(repository.directory)
    new = keeping.next_online_key(repository.directory)
    anchor.draft_root(PUBLIC, 2, new.public, anchored.clock())
    assert set(anchor.sign(ROOTS[:1]).values()) == {1}
    keeping.publish(repository)
    assert keeping.online_key(repository.directory).public == old.public
    assert set(anchor.sign(ROOTS[1:]).values()) == {0}
    keeping.publish(repository)
    assert keeping.online_key(repository.directory).public == new.public
    assert update(trusting(repository), in_head(anchor.head()), anchored.clock()).require().root_version == 2


def test_drafts_and_the_on_line_key_are_not_served(anchored: World) -> None:
    repository = anchored.repository
    keeping.draft(repository, {})
    assert server.read(repository.directory, "anchor/drafts/2.targets.json") is None
    assert server.read(repository.directory, "anchor/1.root.json") is not None
    served = [file for file in repository.directory.rglob("*") if file.is_file()]
    secret = keeping.online_key(repository.directory)
    assert not any(file.name.endswith(".seed") for file in served)
    assert secret.public == keeping.online_key(repository.directory).public


def test_a_mirror_of_it_serves_strangers_and_any_tuf_client(anchored: World, bundle: Published, tmp_path: Path) -> None:
    repository, copy = anchored.repository, Folder(tmp_path / "copy")
    repository.publish(bundle.archive, bundle.release, bundle.evaluations)
    repository.statuses.renew(anchored.clock())
    Mirror(repository.folder, copy, repository.policy, anchored.clock()).run()

    def fetch(name: str, most: int) -> bytes | None:
        return copy.read(f"anchor/{name}", most)

    root = fetch("1.root.json", 1 << 20) or b""
    state = begin(root, sha256(root).hexdigest())
    assert update(state, fetch, anchored.clock()).require() == update(
        state, in_head(copy.read(f"anchor/{HEAD}") or b""), anchored.clock()
    ).require()
    ours = {file.name for file in (copy.path / "anchor").rglob("*") if file.is_file()}
    theirs = {file.name for file in (repository.directory / "anchor").rglob("*") if file.is_file()}
    assert ours <= theirs


def test_a_mirror_refuses_an_anchor_whose_files_do_not_fit(anchored: World, tmp_path: Path) -> None:
    repository = anchored.repository
    repository.statuses.renew(anchored.clock())

    def lying(path: str) -> bytes | None:
        data = repository.folder.read(path)
        return b"other" if "/targets/" in path else data

    refused("ANCHOR_INVALID", copy_anchor, lying, Folder(tmp_path / "copy"))
    refused("ANCHOR_INVALID", copy_anchor, lambda path: b"junk", Folder(tmp_path / "copy"))
    copy_anchor(lambda path: None, Folder(tmp_path / "copy"))
    assert not (tmp_path / "copy").exists()

"""The signing side: an anchor on disk that our client, and any TUF client, can follow."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata

from semper_host.model.errors import UsageError
from semper_host.supporting.anchor.client import begin, update
from semper_host.supporting.anchor.files import Fetch, from_files
from semper_host.supporting.anchor.state import AnchorState, Head
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo.anchor.keys import make_key_file, open_key_file, public_of
from service_repo.anchor.repository import DRAFTS, HEAD, KEPT_BACK, AnchorRepository
from tests.supporting.anchor.simulated import DAY, NOW, key

OFFLINE = [key("first"), key("second"), key("third")]
PUBLIC = [each.public for each in OFFLINE]
ONLINE = key("online")
FILES = {"log.cbor": b"a log", "minimum-host.txt": b"0.1.0\n", "authorities/board.der": b"a certificate"}


@pytest.fixture
def anchor(tmp_path: Path) -> AnchorRepository:
    made = AnchorRepository(tmp_path / "anchor", durable=False)
    made.init(PUBLIC, 2, OFFLINE[:2], ONLINE, FILES, b"status 1", NOW)
    return made


def trusting(anchor: AnchorRepository) -> AnchorState:
    root = (anchor.directory / "1.root.json").read_bytes()
    return begin(root, sha256(root).hexdigest())


def on_disk(anchor: AnchorRepository) -> Fetch:
    def fetch(name: str, most: int) -> bytes | None:
        file = anchor.directory / name
        return file.read_bytes()[: most + 1] if file.is_file() else None

    return fetch


def in_head(anchor: AnchorRepository) -> Fetch:
    head = Head.decode((anchor.directory / HEAD).read_bytes())
    return from_files((file.name, file.data) for file in head.files)


def test_fingerprint_of_the_root_is_what_a_client_trusts(tmp_path: Path) -> None:
    made = AnchorRepository(tmp_path / "anchor", durable=False)
    fingerprint = made.init(PUBLIC, 2, OFFLINE, ONLINE, FILES, b"s", NOW)
    begin((made.directory / "1.root.json").read_bytes(), fingerprint)


def test_files_and_head_tell_a_client_the_same(anchor: AnchorRepository) -> None:
    from_disk, from_head = (update(trusting(anchor), way(anchor), NOW).require() for way in (on_disk, in_head))
    assert from_disk == from_head
    assert (from_head.log, from_head.status, from_head.minimum_host) == (b"a log", b"status 1", "0.1.0")
    assert from_head.expires == NOW + DAY
    assert "authorities/board.der" in from_head.names


def test_head_is_small_enough_to_travel_with_every_pack(anchor: AnchorRepository) -> None:
    assert len(anchor.head()) < 4096


def test_authorities_are_there_for_who_asks(anchor: AnchorRepository) -> None:
    asked = update(trusting(anchor), on_disk(anchor), NOW, also=["authorities/board.der"]).require()
    assert asked.targets["authorities/board.der"] == b"a certificate"
    assert not any("authorities" in file.name for file in anchor.files())


def test_renewed_status_reaches_a_client_and_holds_for_another_day(anchor: AnchorRepository) -> None:
    state = update(trusting(anchor), in_head(anchor), NOW).state
    anchor.renew(ONLINE, b"status 2", NOW + 3600)
    renewed = update(state, in_head(anchor), NOW + 3600).require()
    assert (renewed.status, renewed.version, renewed.expires) == (b"status 2", 2, NOW + 3600 + DAY)


def test_head_signed_long_ago_is_a_freeze(anchor: AnchorRepository) -> None:
    refusal = update(trusting(anchor), in_head(anchor), NOW + DAY).refusal
    assert refusal is not None
    assert refusal.code == "FREEZE"


def test_superseded_versions_are_thrown_away_after_a_while(anchor: AnchorRepository) -> None:
    for number in range(2, 2 * KEPT_BACK):
        anchor.renew(ONLINE, b"status %d" % number, NOW + number)
    assert len(list(anchor.directory.glob("*.snapshot.json"))) == KEPT_BACK
    assert update(trusting(anchor), on_disk(anchor), NOW).require().status == b"status %d" % (2 * KEPT_BACK - 1)


def test_too_few_root_keys_make_no_anchor(tmp_path: Path) -> None:
    made = AnchorRepository(tmp_path / "anchor", durable=False)
    for signers in ([], OFFLINE[:1], [OFFLINE[0], OFFLINE[0]], [OFFLINE[0], key("a stranger")]):
        with pytest.raises(UsageError, match=r"^cannot make the anchor: 2 of its root keys must sign it"):
            made.init(PUBLIC, 2, signers, ONLINE, FILES, b"s", NOW)
    assert not made.exists


@pytest.mark.parametrize("threshold", [0, 4])
def test_threshold_must_be_within_the_number_of_keys(tmp_path: Path, threshold: int) -> None:
    with pytest.raises(UsageError, match=r"^cannot demand"):
        AnchorRepository(tmp_path / "anchor").init(PUBLIC, threshold, OFFLINE, ONLINE, FILES, b"s", NOW)


def test_second_anchor_is_not_made_over_the_first(anchor: AnchorRepository) -> None:
    with pytest.raises(UsageError, match=r"^cannot make an anchor"):
        anchor.init(PUBLIC, 2, OFFLINE, ONLINE, FILES, b"s", NOW)


def test_more_than_twenty_targets_are_not_taken(anchor: AnchorRepository) -> None:
    many = {f"authorities/{number}.der": b"x" for number in range(20)}
    with pytest.raises(UsageError, match=r"^cannot make an anchor with more than 20 targets"):
        anchor.draft_targets(many, ONLINE.public, NOW)


# --- ceremonies


def test_root_rotates_to_other_keys_step_by_step(anchor: AnchorRepository) -> None:
    state = update(trusting(anchor), in_head(anchor), NOW).state
    new = [key("fourth"), key("fifth")]
    online = key("another machine")
    anchor.draft_root([OFFLINE[2].public, *(each.public for each in new)], 2, online.public, NOW)
    assert anchor.sign([OFFLINE[0]]) == {"2.targets.json": 2, "2.root.json": 2}
    assert anchor.sign([OFFLINE[2]]) == {"2.targets.json": 1, "2.root.json": 1}
    assert anchor.root.version == 1
    assert anchor.sign([new[0]]) == {"2.targets.json": 0, "2.root.json": 0}
    assert anchor.root.version == 2
    anchor.renew(online, b"status 2", NOW)
    for way in (on_disk, in_head):
        updated = update(state, way(anchor), NOW).require()
        assert (updated.root_version, updated.log, updated.status) == (2, b"a log", b"status 2")
    assert update(trusting(anchor), in_head(anchor), NOW).require().root_version == 2


def test_new_root_does_not_rule_before_the_targets_are_signed_under_it(anchor: AnchorRepository) -> None:
    """A root that named other keys than those that signed the targets would leave its users with nothing."""
    anchor.draft_root([each.public for each in OFFLINE], 3, ONLINE.public, NOW)
    assert anchor.sign(OFFLINE[:2]) == {"2.targets.json": 1, "2.root.json": 1}
    anchor.renew(ONLINE, b"status 2", NOW)
    assert update(trusting(anchor), in_head(anchor), NOW).require().root_version == 1


def test_stranger_signs_nothing(anchor: AnchorRepository) -> None:
    anchor.draft_targets({**anchor.targets(), "log.cbor": b"another log"}, ONLINE.public, NOW)
    assert anchor.sign([key("a stranger")]) == {"2.targets.json": 2}
    draft = (anchor.directory / DRAFTS / "2.targets.json").read_bytes()
    assert not Metadata.from_bytes(draft).signatures


def test_authority_is_added_by_enough_keys_only(anchor: AnchorRepository) -> None:
    state = update(trusting(anchor), in_head(anchor), NOW).state
    anchor.draft_targets({**anchor.targets(), "authorities/other.der": b"c"}, ONLINE.public, NOW)
    assert anchor.sign([OFFLINE[0]]) == {"2.targets.json": 1}
    anchor.renew(ONLINE, b"status 2", NOW)
    assert "authorities/other.der" not in update(state, in_head(anchor), NOW).require().names
    assert anchor.sign([OFFLINE[1]]) == {"2.targets.json": 0}
    anchor.renew(ONLINE, b"status 3", NOW)
    assert "authorities/other.der" in update(state, in_head(anchor), NOW).require().names


# --- root keys in files


def test_root_key_comes_back_from_its_file_with_its_passphrase_only(tmp_path: Path) -> None:
    file = tmp_path / "root.key"
    public = make_key_file(file, "a passphrase")
    assert public_of(file) == public == open_key_file(file, "a passphrase").public
    assert file.stat().st_mode & 0o777 == 0o600
    with pytest.raises(UsageError) as caught:
        open_key_file(file, "another")
    assert caught.value.code == "PASSPHRASE_WRONG"


def test_root_key_is_not_made_over_a_file(tmp_path: Path) -> None:
    file = tmp_path / "root.key"
    file.write_bytes(b"precious")
    with pytest.raises(UsageError, match=r"^cannot make a root key"):
        make_key_file(file, "a passphrase")
    assert file.read_bytes() == b"precious"
    with pytest.raises(UsageError, match=r"^cannot read"):
        public_of(file)


def test_root_key_file_under_another_public_key_does_not_open(tmp_path: Path) -> None:
    file = tmp_path / "root.key"
    public = make_key_file(file, "a passphrase")
    file.write_bytes(file.read_bytes().replace(public, SigningKey.from_seed(bytes(32)).public))
    with pytest.raises(UsageError) as caught:
        open_key_file(file, "a passphrase")
    assert caught.value.code == "PASSPHRASE_WRONG"

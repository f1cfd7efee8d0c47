"""The client of the anchor against a keeper who lies: the cases of TUF's conformance suite that concern a client."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from hashlib import sha256

import pytest
from tuf.api.metadata import Metadata, TargetFile

from semper_host.model.errors import AdmissionRefused, SemperError, Unavailable
from semper_host.supporting.anchor.client import Updated, begin, update
from semper_host.supporting.anchor.state import LOG, MAX_TARGETS, STATUS, STATUS_ROLE, AnchorState
from tests.supporting.anchor.simulated import (
    DAY,
    ROOT,
    SNAPSHOT,
    TARGETS,
    TIMESTAMP,
    Simulated,
    key,
    public_key,
    with_changed,
)


@pytest.fixture
def keeper() -> Simulated:
    return Simulated()


def version(state: AnchorState, role: str) -> int:
    data: bytes = getattr(state, role)
    return Metadata.from_bytes(data).signed.version if data else 0


def refused(updated: Updated) -> str:
    """The code of the refusal; there is no anchor then."""
    assert updated.anchor is None
    assert updated.refusal is not None
    assert updated.refusal.message.startswith("cannot")
    return updated.refusal.code


# --- beginning


def test_first_update_asks_for_each_file_once_and_for_the_next_root(keeper: Simulated) -> None:
    updated = keeper.update(keeper.trusted())
    anchor = updated.require()
    assert keeper.asked[:5] == [
        "2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json",
        f"targets/{sha256(b'log').hexdigest()}.log.cbor",
    ]  # fmt: skip
    assert len(keeper.asked) == len(set(keeper.asked))
    assert (anchor.root_version, anchor.version, anchor.log, anchor.status) == (1, 1, b"log", b"status 1")
    assert anchor.minimum_host == "0.1.0"
    assert [version(updated.state, role) for role in (ROOT, TIMESTAMP, SNAPSHOT, TARGETS, STATUS_ROLE)] == [1] * 5


def test_unchanged_anchor_costs_a_root_that_is_not_there_and_a_timestamp(keeper: Simulated) -> None:
    first = keeper.update(keeper.trusted())
    again = keeper.update(first.state)
    assert keeper.asked == ["2.root.json", "timestamp.json"]
    assert again.require() == first.require()
    assert again.state == first.state


def test_root_with_another_fingerprint_is_not_trusted(keeper: Simulated) -> None:
    with pytest.raises(AdmissionRefused, match=r"^cannot use the repository's anchor: its root is not") as caught:
        begin(keeper.roots[0], sha256(b"another").hexdigest())
    assert caught.value.code == "ANCHOR_INVALID"


@pytest.mark.parametrize("bent", ["malformed", "unsigned", "no version", "not json", "other type"])
def test_first_root_must_be_whole_and_signed_as_it_demands(keeper: Simulated, bent: str) -> None:
    root = keeper.roots[0]
    data = {
        "malformed": with_changed(root, "signed", "roles", to={}),
        "unsigned": with_changed(root, "signatures", to=[]),
        "no version": with_changed(root, "signed", "version", to=None),
        "not json": b"\x00" + root,
        "other type": keeper.fetch("timestamp.json", 9999) or b"",
    }[bent]
    with pytest.raises(AdmissionRefused) as caught:
        begin(data, sha256(data).hexdigest())
    assert caught.value.code == "ANCHOR_INVALID"


# --- rollback


def test_older_timestamp_is_a_rollback(keeper: Simulated) -> None:
    old = keeper.fetch("timestamp.json", 9999)
    keeper.publish(TIMESTAMP)
    state = keeper.update(keeper.trusted()).state
    keeper.files["timestamp.json"] = old
    updated = keeper.update(state)
    assert refused(updated) == "ROLLBACK"
    assert version(updated.state, TIMESTAMP) == 2


def test_same_timestamp_version_with_other_content_changes_nothing(keeper: Simulated) -> None:
    state = keeper.update(keeper.trusted()).state
    keeper[TIMESTAMP].snapshot_meta.version = 100
    updated = keeper.update(state)
    assert updated.require().version == 1
    assert updated.state == state


@pytest.mark.parametrize("with_hashes", [False, True])
def test_timestamp_that_names_an_older_snapshot_is_a_rollback(keeper: Simulated, with_hashes: bool) -> None:
    keeper.with_hashes = with_hashes
    keeper.publish(SNAPSHOT)
    state = keeper.update(keeper.trusted()).state
    keeper[SNAPSHOT].version = 1
    keeper.stamp()
    updated = keeper.update(state)
    assert refused(updated) == "ROLLBACK"
    assert (version(updated.state, TIMESTAMP), version(updated.state, SNAPSHOT)) == (2, 2)


@pytest.mark.parametrize("role", [TARGETS, STATUS_ROLE])
@pytest.mark.parametrize("with_hashes", [False, True])
def test_snapshot_that_names_older_targets_is_a_rollback(keeper: Simulated, role: str, with_hashes: bool) -> None:
    keeper.with_hashes = with_hashes
    keeper.publish(role)
    keeper.publish(role)
    state = keeper.update(keeper.trusted()).state
    keeper[role].version = 1
    keeper.publish(SNAPSHOT)
    updated = keeper.update(state)
    assert refused(updated) == "ROLLBACK"
    assert version(updated.state, role) == 3


def test_snapshot_that_forgets_a_role_is_refused(keeper: Simulated) -> None:
    state = keeper.update(keeper.trusted()).state
    del keeper[SNAPSHOT].meta[f"{STATUS_ROLE}.json"]
    keeper[SNAPSHOT].version += 1
    keeper.stamp()
    assert refused(keeper.update(state)) == "ANCHOR_INVALID"


def test_snapshot_that_is_known_is_not_asked_for_again(keeper: Simulated) -> None:
    keeper.publish(SNAPSHOT)
    state = keeper.update(keeper.trusted()).state
    keeper[SNAPSHOT].version -= 1
    assert keeper.update(state).require().version == 2
    assert version(keeper.update(state).state, SNAPSHOT) == 2


# --- mix and match


def test_snapshot_newer_than_the_timestamp_says_is_refused(keeper: Simulated) -> None:
    keeper[SNAPSHOT].version += 1
    updated = keeper.update(keeper.trusted())
    assert updated.anchor is None
    assert (version(updated.state, TIMESTAMP), version(updated.state, SNAPSHOT)) == (1, 0)


@pytest.mark.parametrize("role", [TARGETS, STATUS_ROLE])
def test_targets_of_another_version_than_the_snapshot_says_are_refused(keeper: Simulated, role: str) -> None:
    keeper[role].version += 1
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


def test_targets_with_another_digest_than_the_snapshot_says_are_refused(keeper: Simulated) -> None:
    keeper.with_hashes = True
    keeper.publish(TARGETS)
    keeper[TARGETS].unrecognized_fields["added"] = "later"
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


def test_snapshot_with_another_digest_than_the_timestamp_says_is_refused(keeper: Simulated) -> None:
    keeper.with_hashes = True
    keeper.publish(SNAPSHOT)
    keeper[SNAPSHOT].unrecognized_fields["added"] = "later"
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


def test_status_signed_by_the_off_line_keys_too_does_not_pass_for_targets(keeper: Simulated) -> None:
    keeper.files["1.targets.json"] = keeper.fetch("1.status.json", 9999)
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


# --- expiry


@pytest.mark.parametrize("role", [TIMESTAMP, SNAPSHOT, TARGETS, STATUS_ROLE])
def test_expired_role_is_a_freeze(keeper: Simulated, role: str) -> None:
    state = keeper.update(keeper.trusted()).state
    keeper.expire(role, -1)
    keeper.publish(role)
    updated = keeper.update(state)
    assert refused(updated) == "FREEZE"
    assert version(updated.state, role) == 1


def test_expired_root_takes_over_and_bars_everything_else(keeper: Simulated) -> None:
    state = keeper.update(keeper.trusted()).state
    keeper.expire(ROOT, -1)
    keeper.publish(ROOT)
    keeper.publish(TARGETS)
    updated = keeper.update(state)
    assert refused(updated) == "FREEZE"
    assert (version(updated.state, ROOT), version(updated.state, TIMESTAMP)) == (2, 1)


@pytest.mark.parametrize(("ends", "host", "expected"), [(+1800, +3600, "FREEZE"), (-1800, -3600, "")])
@pytest.mark.parametrize("role", [ROOT, TIMESTAMP, SNAPSHOT, TARGETS, STATUS_ROLE])
def test_what_has_ended_is_judged_by_the_hosts_time_where_the_machines_clock_is_an_hour_off(
    keeper: Simulated, role: str, ends: int, host: int, expected: str
) -> None:
    """By the machine's clock, which python-tuf asks unless it is told otherwise, each would be the other way about."""
    machine = int(time.time())
    state = keeper.update(keeper.trusted()).state
    keeper[role].expires = datetime.fromtimestamp(machine + ends, UTC)
    keeper.publish(role)
    updated = update(state, keeper.fetch, machine + host)
    assert (updated.refusal.code if updated.refusal else "") == expected


def test_expired_roots_on_the_way_do_not_matter(keeper: Simulated) -> None:
    keeper.expire(ROOT, -1)
    keeper.publish(ROOT)
    keeper.expire(ROOT, 100)
    keeper.publish(ROOT)
    assert keeper.update(keeper.trusted()).require().root_version == 3


def test_nothing_new_for_longer_than_the_timestamp_holds_is_a_freeze(keeper: Simulated) -> None:
    state = keeper.update(keeper.trusted()).state
    assert keeper.update(state, later=DAY - 1).anchor is not None
    assert refused(keeper.update(state, later=DAY)) == "FREEZE"


def test_expired_metadata_of_ours_is_good_enough_to_go_on_from(keeper: Simulated) -> None:
    state = keeper.update(keeper.trusted()).state
    for role in (TIMESTAMP, SNAPSHOT, STATUS_ROLE):
        keeper.expire(role, 21)
    keeper.publish(TARGETS, STATUS_ROLE)
    updated = keeper.update(state, later=18 * DAY)
    assert updated.require().version == 2
    assert version(updated.state, TARGETS) == 2


def test_expired_timestamp_of_ours_still_bars_the_way_back(keeper: Simulated) -> None:
    keeper.publish(TIMESTAMP)
    state = keeper.update(keeper.trusted()).state
    keeper[TIMESTAMP].version = 1
    keeper.expire(TIMESTAMP, 21)
    assert refused(keeper.update(state, later=18 * DAY)) == "ROLLBACK"


# --- keys, thresholds, root rotation


@pytest.mark.parametrize("role", [TIMESTAMP, SNAPSHOT, TARGETS, STATUS_ROLE])
def test_unsigned_role_is_refused(keeper: Simulated, role: str) -> None:
    keeper.signers[role] = []
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


@pytest.mark.parametrize("role", [TIMESTAMP, SNAPSHOT, TARGETS, STATUS_ROLE])
def test_role_signed_by_a_stranger_is_refused(keeper: Simulated, role: str) -> None:
    keeper.signers[role] = [key("a stranger"), key("another one")]
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


def test_one_of_two_off_line_keys_cannot_change_the_log(keeper: Simulated) -> None:
    state = keeper.update(keeper.trusted()).state
    keeper.contents[LOG] = b"another log"
    keeper[TARGETS].targets[LOG] = TargetFile.from_data(LOG, b"another log")
    keeper.signers[TARGETS] = [key("root 1")]
    keeper.publish(TARGETS)
    assert refused(keeper.update(state)) == "ANCHOR_INVALID"


def test_on_line_key_cannot_change_the_log(keeper: Simulated) -> None:
    keeper[STATUS_ROLE].targets[LOG] = TargetFile.from_data(LOG, b"another log")
    keeper.contents[LOG] = b"another log"
    del keeper[TARGETS].targets[LOG]
    keeper.publish(STATUS_ROLE, TARGETS)
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_MISSING"


def test_two_signatures_of_one_key_count_once(keeper: Simulated) -> None:
    keeper.signers[TARGETS] = [key("root 1"), key("root 1")]
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


def test_one_key_under_several_ids_counts_once(keeper: Simulated) -> None:
    twin = public_key(key("root 1").public)
    twin.keyid = "twin"
    keeper[ROOT].add_key(twin, SNAPSHOT)
    keeper[ROOT].add_key(public_key(key("root 1").public), SNAPSHOT)
    keeper[ROOT].roles[SNAPSHOT].threshold = 2
    keeper.publish(ROOT)
    keeper.signers[SNAPSHOT] = [key("root 1")]
    data = keeper.fetch("1.snapshot.json", 9999)
    assert data is not None
    whole = json.loads(data)
    whole["signatures"].append({**whole["signatures"][0], "keyid": "twin"})
    keeper.files["1.snapshot.json"] = json.dumps(whole).encode()
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


def test_threshold_above_the_number_of_keys_is_never_met(keeper: Simulated) -> None:
    keeper.rekey(SNAPSHOT, *(key(f"snapshot {number}") for number in range(5)), threshold=6)
    keeper.publish(ROOT)
    keeper.publish(SNAPSHOT)
    updated = keeper.update(keeper.trusted())
    assert refused(updated) == "ANCHOR_INVALID"
    assert version(updated.state, ROOT) == 2


def test_keys_that_only_the_root_lists_do_not_sign(keeper: Simulated) -> None:
    keeper.rekey(SNAPSHOT, *(key(f"snapshot {number}") for number in range(3)), threshold=3)
    keeper.publish(ROOT)
    keeper.signers[SNAPSHOT].pop()
    keeper.publish(SNAPSHOT)
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


def test_role_with_new_keys_and_a_higher_threshold_goes_on(keeper: Simulated) -> None:
    state = keeper.update(keeper.trusted()).state
    keeper.rekey(SNAPSHOT, key("a"), key("b"), key("c"), threshold=3)
    keeper.publish(ROOT)
    keeper.publish(SNAPSHOT)
    updated = keeper.update(state)
    assert updated.require().root_version == 2
    assert version(updated.state, SNAPSHOT) == 2


def test_roots_follow_one_another_by_thresholds_of_the_old_and_the_new_keys(keeper: Simulated) -> None:
    state = keeper.update(keeper.trusted()).state
    for number in range(2, 6):
        before = keeper.signers[ROOT]
        after = [key(f"generation {number}, {each}") for each in range(3)]
        keeper.rekey(ROOT, *after, threshold=3)
        keeper.signers[ROOT] = [*before, *after]
        keeper.publish(ROOT)
        keeper.signers[ROOT] = after
    updated = keeper.update(state)
    assert updated.require().root_version == 5
    assert keeper.asked == [f"{number}.root.json" for number in range(2, 7)] + ["timestamp.json"]


@pytest.mark.parametrize("who", ["old", "new", "too few old"])
def test_new_root_needs_both_the_old_keys_and_its_own(keeper: Simulated, who: str) -> None:
    old, new = keeper.signers[ROOT], [key("new 1"), key("new 2")]
    keeper.rekey(ROOT, *new, threshold=2)
    keeper.signers[ROOT] = {"old": old, "new": new, "too few old": [old[0], *new]}[who]
    keeper.publish(ROOT)
    updated = keeper.update(keeper.trusted())
    assert refused(updated) == "ANCHOR_INVALID"
    assert version(updated.state, ROOT) == 1


@pytest.mark.parametrize("number", [1, 3, 100])
def test_root_with_another_number_than_the_next_is_refused(keeper: Simulated, number: int) -> None:
    keeper[ROOT].version = number - 1
    keeper.publish(ROOT)
    keeper.files["2.root.json"] = keeper.roots[-1]
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


def test_key_that_was_taken_from_a_role_signs_it_no_longer(keeper: Simulated) -> None:
    state = keeper.update(keeper.trusted()).state
    old = keeper.signers[TIMESTAMP]
    keeper.rekey(TIMESTAMP, key("new timestamp"))
    keeper.publish(ROOT)
    keeper.signers[TIMESTAMP] = old
    keeper.publish(TIMESTAMP)
    updated = keeper.update(state)
    assert refused(updated) == "ANCHOR_INVALID"
    assert version(updated.state, ROOT) == 2


def test_key_id_need_not_be_the_digest_of_the_key(keeper: Simulated) -> None:
    odd = public_key(key("odd").public)
    odd.keyid = "f" * 64
    keeper[ROOT].revoke_key(keeper[ROOT].roles[TIMESTAMP].keyids[0], TIMESTAMP)
    keeper[ROOT].add_key(odd, TIMESTAMP)
    keeper.publish(ROOT)
    keeper.signers[TIMESTAMP] = [key("odd")]
    data = keeper.fetch("timestamp.json", 9999)
    assert data is not None
    keeper.files["timestamp.json"] = data.replace(public_key(key("odd").public).keyid.encode(), b"f" * 64)
    assert keeper.update(keeper.trusted()).require().root_version == 2


# --- recovery from a fast forward (TUF §5.3.11)


@pytest.mark.parametrize("role", [TIMESTAMP, SNAPSHOT, TARGETS])
def test_new_keys_bring_back_a_role_that_an_attacker_moved_far_ahead(keeper: Simulated, role: str) -> None:
    keeper[role].version = 99_998
    keeper.publish(role)
    state = keeper.update(keeper.trusted()).state
    assert version(state, role) == 99_999
    for rekeyed in (TIMESTAMP, SNAPSHOT):
        keeper.rekey(rekeyed, key(f"recovered {rekeyed}"))
    keeper.publish(ROOT)
    keeper[role].version = 1
    keeper.publish(role)
    updated = keeper.update(state)
    assert updated.refusal is None
    assert version(updated.state, role) == 2


def test_far_ahead_without_new_keys_stays_barred(keeper: Simulated) -> None:
    keeper[TIMESTAMP].version = 99_998
    keeper.publish(TIMESTAMP)
    state = keeper.update(keeper.trusted()).state
    keeper[TIMESTAMP].version = 1
    keeper.publish(ROOT)
    keeper.publish(TIMESTAMP)
    assert refused(keeper.update(state)) == "ROLLBACK"


# --- what comes: lengths, digests, endless data, arbitrary files, unknown fields


@pytest.mark.parametrize("target", [LOG, STATUS])
def test_target_with_other_content_is_refused(keeper: Simulated, target: str) -> None:
    good = keeper.status if target == STATUS else keeper.contents[target]
    keeper.files[f"targets/{sha256(good).hexdigest()}.{target}"] = b"x" * len(good)
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


@pytest.mark.parametrize("target", [LOG, STATUS])
def test_target_longer_than_said_is_refused(keeper: Simulated, target: str) -> None:
    good = keeper.status if target == STATUS else keeper.contents[target]
    keeper.files[f"targets/{sha256(good).hexdigest()}.{target}"] = good + b"x"
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


@pytest.mark.parametrize("name", ["2.root.json", "timestamp.json", "1.snapshot.json", "1.targets.json"])
def test_endless_metadata_is_refused(keeper: Simulated, name: str) -> None:
    data = (keeper.fetch(name, 9999) or b"{}") + b" " * 70_000
    keeper.files[name] = data
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


@pytest.mark.parametrize("name", ["timestamp.json", "1.snapshot.json", "1.targets.json", "1.status.json"])
def test_missing_file_is_said_to_be_missing(keeper: Simulated, name: str) -> None:
    keeper.files[name] = None
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_MISSING"


@pytest.mark.parametrize("junk", [b"", b"\xff\xfe", b"[]", b"{}", b'{"signed": {}}', b"[" * 50_000])
@pytest.mark.parametrize("name", ["2.root.json", "timestamp.json", "1.snapshot.json", "1.status.json"])
def test_arbitrary_bytes_are_refused(keeper: Simulated, name: str, junk: bytes) -> None:
    keeper.files[name] = junk
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


def test_unknown_fields_are_signed_content_like_any_other(keeper: Simulated) -> None:
    state = keeper.update(keeper.trusted()).state
    keeper[ROOT].unrecognized_fields["a-field"] = "a value"
    keeper[ROOT].keys[keeper[ROOT].roles[ROOT].keyids[0]].unrecognized_fields["another"] = {"a": 1}
    keeper[ROOT].roles[ROOT].unrecognized_fields["third"] = "x"
    keeper.publish(ROOT)
    for role in (TIMESTAMP, SNAPSHOT, TARGETS, STATUS_ROLE):
        keeper[role].unrecognized_fields["a-field"] = [1, 2]
    keeper.publish(TARGETS, STATUS_ROLE)
    assert keeper.update(state).require().root_version == 2


def test_unknown_field_changed_after_signing_is_refused(keeper: Simulated) -> None:
    keeper[TIMESTAMP].unrecognized_fields["a-field"] = "a value"
    data = keeper.fetch("timestamp.json", 9999)
    assert data is not None
    keeper.files["timestamp.json"] = with_changed(data, "signed", "a-field", to="another")
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


def test_another_major_version_of_the_format_is_refused(keeper: Simulated) -> None:
    keeper[TIMESTAMP].spec_version = "2.0.0"
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


def test_anchor_without_a_log_is_of_no_use(keeper: Simulated) -> None:
    del keeper[TARGETS].targets[LOG]
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_MISSING"


def test_anchor_with_more_targets_than_there_may_be_is_refused(keeper: Simulated) -> None:
    for number in range(MAX_TARGETS):
        keeper[TARGETS].targets[f"authorities/{number}.der"] = TargetFile.from_data("x", b"x")
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"


def test_huge_target_is_refused_before_it_is_fetched(keeper: Simulated) -> None:
    keeper[TARGETS].targets[LOG] = TargetFile(10**9, {"sha256": "0" * 64}, LOG)
    assert refused(keeper.update(keeper.trusted())) == "ANCHOR_INVALID"
    assert not any("log.cbor" in name for name in keeper.asked)


def test_new_status_costs_four_files(keeper: Simulated) -> None:
    state = keeper.update(keeper.trusted()).state
    keeper.say(b"status 2")
    assert keeper.update(state).require().status == b"status 2"
    assert len(keeper.asked) == 5  # also the root that is not there
    assert not any("targets.json" in name or "log.cbor" in name for name in keeper.asked)


def test_what_the_network_does_passes_through(keeper: Simulated) -> None:
    def fails(name: str, most: int) -> bytes | None:
        raise Unavailable("PEER_UNREACHABLE", "cannot reach the repository: it is asleep")

    keeper.fetch = fails  # type: ignore[method-assign]
    with pytest.raises(SemperError) as caught:
        keeper.update(keeper.trusted())
    assert caught.value.code == "PEER_UNREACHABLE"


def test_refused_update_leaves_what_was_verified_on_the_way(keeper: Simulated) -> None:
    state = keeper.update(keeper.trusted()).state
    keeper.publish(ROOT)
    keeper.say(b"status 2")
    keeper.files["2.snapshot.json"] = b"{}"
    updated = keeper.update(state)
    assert refused(updated) == "ANCHOR_INVALID"
    assert (version(updated.state, ROOT), version(updated.state, TIMESTAMP)) == (2, 2)
    assert version(updated.state, SNAPSHOT) == 1
    assert updated.state.kept == state.kept
    del keeper.files["2.snapshot.json"]
    assert keeper.update(updated.state).require().status == b"status 2"

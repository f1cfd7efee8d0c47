"""Every code with which a bundle can be refused, provoked by the real thing: with its stage, the exact bytes that show
it, and whether trying again can help. What is missing, too old or forbidden by the user's policy has no bytes to show.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from semper_host.admission.archive_format import MAX_BYTES, pack, unpack
from semper_host.admission.build import build, publish_as
from semper_host.admission.log_entries import LogEntry
from semper_host.admission.log_evidence import Equivocation, check_consistent
from semper_host.admission.manifest import MANIFEST
from semper_host.admission.pack import Pack, open_pack, write_pack
from semper_host.admission.standing import check_continues, open_status
from semper_host.admission.statements import (
    CERTIFICATE_TARGET,
    EVALUATION_TARGET,
    KEY_TARGET,
    ROTATION_DELAY,
    Release,
    Rotation,
    Withdrawal,
    digest,
    open_by,
    sign,
)
from semper_host.admission.trust import Quorum
from semper_host.host import bundling, data
from semper_host.model.encoding import encode
from semper_host.model.error_codes import CODES, Stage
from semper_host.model.errors import SemperError
from semper_host.model.grants import Capability
from semper_host.supporting.cryptographic.signing import SigningKey
from semper_host.supporting.cryptographic.x509 import Purpose
from semper_host.supporting.cryptographic.x509_issue import Validity
from service_repo.log import rules
from tests.admission.conftest import leaf_of
from tests.admission.log_world import LogWorld
from tests.admission.logged_scene import DAY, HOUR, Scene
from tests.supporting.anchor.simulated import TIMESTAMP, Simulated

ERRORS = Path(__file__).resolve().parents[2] / "docs/reference/errors.md"
THIEF = SigningKey.from_seed(b"t" * 32)
STAGES = {
    "ARCHIVE_": Stage.ARCHIVE, "MANIFEST_": Stage.MANIFEST, "SIG_": Stage.SIGNATURE, "CHAIN_": Stage.CHAIN,
    "RELEASE_": Stage.RELEASE, "NAMESPACE_": Stage.RELEASE, "EVAL_": Stage.EVALUATION, "REVOKED_": Stage.REVOCATION,
    "WITHDRAWN": Stage.REVOCATION, "STATUS_STALE": Stage.REVOCATION, "STATUS_INVALID": Stage.REVOCATION,
    "LOG_": Stage.LOG, "ROLLBACK": Stage.ANCHOR, "FREEZE": Stage.ANCHOR, "ANCHOR_": Stage.ANCHOR,
    "GRANT_": Stage.GRANT,
}  # fmt: skip
AGAIN = {
    "ARCHIVE_DIGEST", "RELEASE_MISSING", "EVAL_MISSING", "EVAL_EXPIRED", "STATUS_STALE", "LOG_MISSING", "LOG_INVALID",
    "LOG_QUORUM", "ROLLBACK", "FREEZE",
}  # fmt: skip
"""Another source, a later time or a person can help: trying the same again may end otherwise."""


class Case(NamedTuple):
    """What is refused, and the bytes that show why (b"": there are none)."""

    work: Callable[[], object]
    shown: bytes = b""


def admitting(scene: Scene, shown: bytes = b"", **changes: Any) -> Case:
    return Case(lambda: scene.admit(**changes), shown)


def evaluated(scene: Scene, evaluation: bytes, at: int | None = None) -> Case:
    """The scene with this evaluation, in the log since `at`, in place of its own."""
    scene.log.append(evaluation, "semper/ecash", at=scene.now if at is None else at)
    scene.log.at = scene.now
    scene.evaluations = [evaluation]
    return admitting(scene, evaluation)


def archived(scene: Scene, name: str, content: bytes) -> Case:
    made = pack({**scene.world.files(), name: content})
    return admitting(scene, made, archive=made)


def digest_of_another(scene: Scene) -> Case:
    handed = write_pack(Pack(scene.archive, scene.release, ()))
    return Case(lambda: open_pack(handed, bytes(32)), handed)


def requests(scene: Scene) -> Case:
    root = data.checkout()
    assert root is not None
    files = bundling.read_source(root / "plugins/commerce/courseware")
    made = publish_as(build(files), scene.world.publisher.public)
    release = scene.world.release(made, id="semper/courseware", kind="commerce-service")
    return admitting(scene, unpack(made)[MANIFEST], archive=made, release=release, needed=frozenset())


def thiefs_word(scene: Scene) -> Case:
    said = sign(Withdrawal("semper/ecash", digest(scene.archive), "mine", scene.now), THIEF)
    return Case(lambda: open_by(said, Withdrawal, scene.world.publisher.public), said)


def weak_key(scene: Scene) -> Case:
    honest = sign(Withdrawal("semper/ecash", digest(scene.archive), "mine", scene.now), THIEF)
    said = honest.replace(THIEF.public, bytes(32))
    return Case(lambda: rules.opened(said, (), scene.now), said)


def ended_signer(scene: Scene) -> Case:
    validity = Validity(scene.now - 9 * DAY, scene.now - DAY)
    late = leaf_of(scene.world.evaluator.root, b"l" * 32, "Late", Purpose.EVALUATE, "semper:evaluate/late", validity)
    return evaluated(scene, scene.world.evaluation(scene.archive, by=late))


def revoked(scene: Scene, target: str, name: bytes, key: Any) -> Case:
    return admitting(scene, scene.revoke(target, name, key))


def own_evaluation_revoked(scene: Scene) -> Case:
    return revoked(scene, EVALUATION_TARGET, digest(scene.one), scene.world.evaluator.leaf)


def signer_revoked(scene: Scene) -> Case:
    leaf = scene.world.evaluator.leaf
    return revoked(scene, CERTIFICATE_TARGET, leaf.fingerprint, leaf)


def key_revoked(scene: Scene) -> Case:
    key = scene.world.publisher
    return revoked(scene, KEY_TARGET, key.public, key)


def withdrawn(scene: Scene) -> Case:
    said = Withdrawal("semper/ecash", digest(scene.archive), "old", scene.now)
    return admitting(scene, scene.say(said, scene.world.publisher))


def vetoed(scene: Scene) -> Case:
    said = scene.revoke_bundle(scene.world.other.leaf)
    return admitting(scene, said, policy=msgspec.structs.replace(scene.policy, vetoes=("Others",)))


def passed_on(scene: Scene) -> Case:
    at = scene.now - 2 * ROTATION_DELAY
    scene.log = LogWorld(at)
    scene.say(Rotation("semper", scene.world.publisher.public, THIEF.public, b"", at, at), scene.world.publisher, at)
    scene.log.at = scene.now
    scene.log.append(scene.release)
    scene.log.append(scene.one)
    scene.head = b""
    return admitting(scene, scene.release)


def bad_status(scene: Scene) -> Case:
    said = scene.log.status(scene.now)
    false = said[:-1] + bytes([said[-1] ^ 1])
    return Case(lambda: open_status(false, scene.log.policy, scene.now), false)


def forgetful_status(scene: Scene) -> Case:
    scene.revoke_bundle(scene.world.publisher)
    policy, whole, cut = scene.log.policy, scene.log.status(), scene.log.status(statements=())
    opened = [open_status(each, policy, scene.now) for each in (whole, cut)]
    return Case(lambda: check_continues(opened[0], opened[1], cut), cut)


def other_leaf(scene: Scene) -> Case:
    staple = scene.staple()
    first = staple.entries[0]
    entry = LogEntry.decode(first.entry)
    changed = encode(msgspec.structs.replace(entry, sequence=entry.sequence + 1))
    entries = (msgspec.structs.replace(first, entry=changed), *staple.entries[1:])
    return admitting(scene, changed, staple=msgspec.structs.replace(staple, entries=entries))


def too_few(scene: Scene) -> Case:
    alone = scene.log.checkpoint(witnesses=scene.log.witnesses[:1])
    return admitting(scene, alone, staple=scene.staple(checkpoint=alone))


def two_histories(scene: Scene) -> Case:
    one, other = scene.log.checkpoint(), scene.log.checkpoint(root=bytes(32))
    shown = encode(Equivocation(scene.log.origin, one, other))
    return Case(lambda: check_consistent(one, other, scene.log.policy), shown)


def released_behind(scene: Scene) -> Case:
    """The head that is shown is of the same number, and another release."""
    rival = Release(bytes(32), "semper/ecash", "1.0.1", "payment-system", scene.now)
    shown = sign(rival, scene.world.publisher)
    scene.log.append(shown, "semper/ecash")
    scene.head = shown
    return admitting(scene, shown)


def other_id(scene: Scene) -> Case:
    release = scene.world.release(scene.archive, id="semper/other")
    return admitting(scene, release, release=release)


def bad_evaluation(scene: Scene) -> Case:
    return evaluated(scene, scene.world.evaluation(scene.archive, subject=bytes(32)))


def merchants_evaluation(scene: Scene) -> Case:
    return evaluated(scene, scene.world.evaluation(scene.archive, by=scene.world.registrar.leaf))


def strangers_evaluation(scene: Scene) -> Case:
    policy = msgspec.structs.replace(scene.policy, authorities=scene.policy.authorities[1:])
    roots = scene.world.roots(policy)
    return admitting(scene, scene.one, policy=policy, roots=roots)


def quorum(scene: Scene) -> Case:
    both = Quorum(grants=(Capability.COINS_HOLD,), authorities=("Evaluators", "Others"), needed=2)
    return admitting(scene, policy=msgspec.structs.replace(scene.policy, quorums=(both,)))


def anchored(bend: Callable[[Simulated], object], name: str = "") -> Callable[[Scene], Case]:
    """An anchor that is bent after a client has seen it; `name`: the file that shows it, if any does."""

    def case(scene: Scene) -> Case:
        keeper = Simulated()
        keeper.stamp()
        state = keeper.update(keeper.trusted()).state
        later = bend(keeper)
        shown = (name and keeper.fetch(name, 1 << 20)) or b""
        return Case(lambda: keeper.update(state, later=later if isinstance(later, int) else 0).require(), shown)

    return case


def roll_back(keeper: Simulated) -> None:
    keeper[TIMESTAMP].version -= 1


def junk(keeper: Simulated) -> None:
    keeper.files["timestamp.json"] = b"junk"


CASES: dict[str, Callable[[Scene], Case]] = {
    "ARCHIVE_INVALID": lambda scene: admitting(scene, scene.archive[:-1], archive=scene.archive[:-1]),
    "ARCHIVE_TOO_LARGE": lambda scene: admitting(scene, bytes(MAX_BYTES + 1), archive=bytes(MAX_BYTES + 1)),
    "ARCHIVE_DIGEST": digest_of_another,
    "MANIFEST_INVALID": lambda scene: archived(scene, MANIFEST, scene.world.files()[MANIFEST] + b"secret: true\n"),
    "MANIFEST_FILES": lambda scene: archived(scene, "backdoor.py", b"x = 1\n"),
    "MANIFEST_REQUESTS": requests,
    "SIG_INVALID": thiefs_word,
    "SIG_KEY_WEAK": weak_key,
    "CHAIN_UNTRUSTED": strangers_evaluation,
    "CHAIN_PURPOSE": merchants_evaluation,
    "CHAIN_EXPIRED": ended_signer,
    "CHAIN_REVOKED": signer_revoked,
    "RELEASE_MISSING": lambda scene: admitting(scene, release=b""),
    "RELEASE_INVALID": other_id,
    "NAMESPACE_OWNER": passed_on,
    "EVAL_MISSING": lambda scene: admitting(scene, evaluations=()),
    "EVAL_EXPIRED": lambda scene: evaluated(scene, scene.world.evaluation(scene.archive, ends=-10), scene.now - DAY),
    "EVAL_INVALID": bad_evaluation,
    "REVOKED_BUNDLE": lambda scene: admitting(scene, scene.revoke_bundle(scene.world.publisher)),
    "REVOKED_KEY": key_revoked,
    "REVOKED_EVALUATION": own_evaluation_revoked,
    "WITHDRAWN": withdrawn,
    "STATUS_STALE": lambda scene: admitting(scene, standings=[scene.standing(scene.now - 6 * HOUR)]),
    "STATUS_INVALID": bad_status,
    "LOG_MISSING": lambda scene: admitting(scene, staple=None),
    "LOG_INVALID": other_leaf,
    "LOG_QUORUM": too_few,
    "LOG_EQUIVOCATION": two_histories,
    "LOG_CHAIN": released_behind,
    "ROLLBACK": forgetful_status,
    "ROLLBACK of the anchor": anchored(roll_back, "timestamp.json"),
    "FREEZE": anchored(lambda keeper: 9 * DAY),
    "ANCHOR_INVALID": anchored(junk, "timestamp.json"),
    "ANCHOR_MISSING": lambda scene: admitting(scene, standings=[]),
    "GRANT_DENIED": lambda scene: admitting(
        scene, policy=msgspec.structs.replace(scene.policy, deny=(Capability.COINS_HOLD,))
    ),
    "GRANT_QUORUM": quorum,
    "GRANT_VETOED": vetoed,
}


@pytest.mark.parametrize("row", CASES)
def test_a_refusal_has_its_code_stage_evidence_and_says_whether_to_try_again(scene: Scene, row: str) -> None:
    code, case = row.split(maxsplit=1)[0], CASES[row](scene)
    with pytest.raises(SemperError) as caught:
        case.work()
    error = caught.value
    assert (error.code, error.stage) == (
        code,
        next(stage for prefix, stage in STAGES.items() if code.startswith(prefix)),
    )
    assert error.retryable == (code in AGAIN)
    assert error.message.startswith("cannot ")
    assert error.evidence == case.shown
    assert f"| `{code}` | {error.stage} | {'yes' if error.retryable else 'no'} | {error.remedy} |" in ERRORS.read_text()


def test_no_code_of_admission_is_left_out() -> None:
    """RELEASE_CONFLICT is what a repository refuses, in tests/service_repo/test_publish.py; BACKEND_FAILED, a fault of
    the host's own, is in tests/cli/test_program.py.
    """
    assert {"RELEASE_CONFLICT"} | {row.split(maxsplit=1)[0] for row in CASES} == {
        code for code in CODES if code.startswith(tuple(STAGES))
    }


def test_the_scene_is_admitted_as_it_is(scene: Scene) -> None:
    assert scene.admit().grants.evaluated

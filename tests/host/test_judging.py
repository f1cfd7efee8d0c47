"""What a home makes of a pack and why: every refusal is a value with its reasons and what can be done."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from semper_host.admission.admit import Admitted
from semper_host.admission.pack import Pack, write_pack
from semper_host.admission.statements import Withdrawal, digest, sign
from semper_host.admission.trust import Quorum
from semper_host.host import authorities, publishing, revoking, trusting
from semper_host.host.home import Config, Home, create, open_home
from semper_host.host.judging import Judgement, judge
from semper_host.host.trusting import Trust
from semper_host.model.grants import Capability
from semper_host.supporting.cryptographic import certificate_file
from semper_host.supporting.cryptographic.x509 import Purpose
from tests.admission.log_world import LogWorld
from tests.host.test_publishing import ARCHIVE, DAY, NOW


def home(root: Path, role: str, name: str) -> Home:
    create(root / name, Config(role=role, name=name), "passphrase")
    return open_home(root / name, "passphrase")


@dataclass
class Scene:
    """A bundle that a shop signed and a board evaluated, a log, and a buyer who relies on both."""

    root: Path
    log: LogWorld = field(default_factory=lambda: LogWorld(at=NOW))

    def __post_init__(self) -> None:
        self.shop, self.board = home(self.root, "merchant", "shop"), home(self.root, "authority", "board")
        self.buyer = home(self.root, "buyer", "buyer")
        authorities.make_root(self.board, [Purpose.EVALUATE], NOW)
        self.signed = publishing.sign(self.shop, ARCHIVE, NOW)
        self.key = publishing.publisher(self.shop)
        said = (self.signed.archive, self.signed.manifest, (), ("Play money only.",), 30 * DAY, NOW)
        self.evaluation = authorities.certify(self.board, *said)[0]
        self.logged = self.log.pack(self.signed.archive, self.signed.release, [self.evaluation])

    def trust(self, *grants: Capability, **more: object) -> Trust:
        (root,) = certificate_file.read_certificates((self.board.public / authorities.ROOT_FILE).read_bytes())
        if not trusting.load(self.buyer.trust).roots:
            trusting.add(self.buyer.trust, "Board", root, [Purpose.EVALUATE], grants)
        known = trusting.load(self.buyer.trust)
        return Trust(self.log.trusted(known.policy, **more), known.roots)

    def judge(self, trust: Trust, pack: Pack | None = None, at: int = NOW) -> Judgement:
        return judge(trust, write_pack(pack or self.logged), at, lambda _: [self.log.standing()])


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return Scene(tmp_path)


def refused(judgement: Judgement) -> str:
    assert judgement.admitted is None and judgement.refusal is not None
    return judgement.refusal.code


def test_a_pack_is_admitted_with_what_everybody_agrees_on(scene: Scene) -> None:
    judgement = scene.judge(scene.trust(Capability.ASK_BANK))
    assert isinstance(judgement.admitted, Admitted) and judgement.refusal is None and judgement.missing == ()
    assert judgement.admitted.grants.allows(Capability.ASK_BANK)
    told = "\n".join(judgement.lines)
    assert "in the log of Repository" in told and "Play money only." in told and "because board vouches" in told


@pytest.mark.parametrize(
    ("grants", "at", "code"), [((), NOW, "GRANT_DENIED"), ((Capability.ASK_BANK,), NOW + 2 * DAY, "STATUS_STALE")]
)
def test_a_refusal_is_a_value_with_the_reasons(
    scene: Scene, grants: tuple[Capability, ...], at: int, code: str
) -> None:
    judgement = scene.judge(scene.trust(*grants), at=at)
    assert refused(judgement) == code and len(judgement.lines) > 1
    assert any(f"({code})" in line for line in judgement.missing)


def test_junk_is_refused_as_a_value_too(scene: Scene) -> None:
    judgement = judge(scene.trust(), b"junk", NOW)
    assert refused(judgement) == "ARCHIVE_INVALID" and judgement.lines == () and judgement.examined is None


def test_without_a_repository_or_a_proof_nothing_is_granted_and_that_is_told(scene: Scene) -> None:
    trust = scene.trust(Capability.ASK_BANK)
    nobody = judge(trust, write_pack(scene.logged), NOW)
    assert refused(nobody) == "ANCHOR_MISSING" and nobody.grounds.lacking is not None
    assert any("gets nothing beyond computing and proposing" in line for line in nobody.lines)
    bare = Pack(scene.signed.archive, scene.signed.release, (scene.evaluation,))
    assert refused(scene.judge(trust, bare)) == "LOG_MISSING"


def test_a_quorum_that_is_not_reached_is_told(scene: Scene) -> None:
    quorum = Quorum(authorities=("Board", "Other"), needed=2, grants=(Capability.ASK_BANK,))
    judgement = scene.judge(scene.trust(Capability.ASK_BANK, quorums=(quorum,)))
    assert refused(judgement) == "GRANT_QUORUM"
    assert judgement.weighed is not None and judgement.weighed.rulings[0].code == "GRANT_QUORUM"
    assert any("GRANT_QUORUM" in line for line in judgement.missing)


def test_what_was_taken_back_is_told_with_its_reason(scene: Scene) -> None:
    trust = scene.trust(Capability.ASK_BANK)
    target = revoking.target_of(scene.evaluation)
    scene.log.append(revoking.by_authority(scene.board, revoking.revocation(target, "mistake", NOW, NOW)))
    judgement = scene.judge(trust)
    assert refused(judgement) == "REVOKED_EVALUATION" and any("mistake" in line for line in judgement.lines)
    withdrawal = Withdrawal("semper-test/pay", digest(scene.signed.archive), "Sold out.", NOW)
    scene.log.append(sign(withdrawal, scene.key))
    judgement = scene.judge(trust)
    assert refused(judgement) == "WITHDRAWN" and judgement.examined is not None
    assert judgement.refusal is not None and "Sold out." in judgement.refusal.message

"""Taking something back: the right key says it, about exactly what was named."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest

from semper_host.admission.pack import Pack, write_pack
from semper_host.admission.revoked import Negative
from semper_host.admission.statements import Revocation, digest, open_evaluation, open_spoken
from semper_host.host import authorities, publishing, revoking
from semper_host.host.home import Config, Home, create, open_home
from semper_host.host.revoking import Target
from semper_host.model.errors import AdmissionRefused, UsageError
from semper_host.supporting.cryptographic import certificate_file
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot
from tests.admission.log_world import LogWorld
from tests.host.test_releasing import NOW, archive

DAY = 86_400


def home(root: Path, role: str, name: str) -> Home:
    create(root / name, Config(role=role, name=name), "passphrase")
    return open_home(root / name, "passphrase")


@pytest.fixture
def board(tmp_path: Path) -> Home:
    made = home(tmp_path, "authority", "board")
    authorities.make_root(made, [Purpose.EVALUATE, Purpose.MERCHANT], NOW)
    return made


@pytest.fixture
def shop(tmp_path: Path) -> Home:
    return home(tmp_path, "merchant", "shop")


def roots(board: Home) -> list[TrustedRoot]:
    (root,) = certificate_file.read_certificates((board.public / authorities.ROOT_FILE).read_bytes())
    return [TrustedRoot("Board", root, frozenset({Purpose.EVALUATE, Purpose.MERCHANT}))]


def test_what_a_file_stands_for_is_told_from_its_content(board: Home, shop: Home) -> None:
    made = publishing.sign(shop, archive("1.0.0"), NOW)
    evaluation = authorities.certify(board, made.archive, made.manifest, (), (), DAY, NOW)[0]
    root = (board.public / authorities.ROOT_FILE).read_bytes()
    key = certificate_file.said(certificate_file.read_certificates(root)[0]).key
    subject = digest(made.archive)
    assert revoking.target_of(made.archive) == Target("bundle", subject)
    assert revoking.target_of(write_pack(Pack(made.archive, made.release))) == Target("bundle", subject)
    assert revoking.target_of(evaluation) == Target("evaluation", digest(evaluation))
    assert revoking.target_of(root) == Target("certificate", key)
    for junk in (b"", b"junk", made.release):
        with pytest.raises(UsageError, match="cannot tell what to revoke"):
            revoking.target_of(junk)


@pytest.mark.parametrize(
    "text", ["", "evaluation", "evaluation:", "evaluation:abc", "x:" + "0" * 64, "key:" + "0" * 63]
)
def test_what_names_nothing_is_not_revoked(text: str) -> None:
    with pytest.raises(UsageError, match="cannot tell what to revoke"):
        revoking.target_named(text)


def test_what_is_named_by_kind_and_digest_is_that() -> None:
    assert revoking.target_named("key:" + "0a" * 32) == Target("key", b"\x0a" * 32)


def test_an_authority_takes_its_evaluation_back_and_admission_hears_it(board: Home, shop: Home) -> None:
    made = publishing.sign(shop, archive("1.0.0"), NOW)
    evaluation = authorities.certify(board, made.archive, made.manifest, (), (), DAY, NOW)[0]
    _, by = open_evaluation(evaluation, roots(board), NOW)
    said = revoking.revocation(revoking.target_of(evaluation), "mistake", NOW, NOW)
    log = LogWorld(at=NOW)
    log.pack(made.archive, made.release, [evaluation])
    calm = Negative((log.standing(),), roots(board))
    calm.check_evaluation(evaluation, digest(made.archive), by, NOW, NOW)
    log.append(revoking.by_authority(board, said))
    negative = Negative((log.standing(),), roots(board))
    with pytest.raises(AdmissionRefused) as caught:
        negative.check_evaluation(evaluation, digest(made.archive), by, NOW, NOW)
    assert caught.value.code == "REVOKED_EVALUATION"


def test_a_root_takes_a_certificate_back_and_admission_hears_it(board: Home, shop: Home) -> None:
    issued = authorities.issue(board, authorities.request(shop), [Purpose.MERCHANT], (), 30, NOW)
    target = revoking.target_of(issued.chain)
    assert target == Target("certificate", issued.leaf.key)
    signed = revoking.by_authority(board, revoking.revocation(target, "compromise", NOW, NOW))
    said, by = open_spoken(signed, Revocation, roots(board), NOW)
    assert said.digest == issued.leaf.key
    assert by.certified is not None and not by.certified.uri, "the root itself says it"


def test_who_never_evaluated_takes_no_evaluation_back(shop: Home, tmp_path: Path) -> None:
    office = home(tmp_path, "authority", "office")
    authorities.make_root(office, [Purpose.MERCHANT], NOW)
    said = revoking.revocation(Target("evaluation", sha256(b"x").digest()), "mistake", NOW, NOW)
    for nobody in (office, shop):
        with pytest.raises(UsageError, match="cannot revoke this evaluation"):
            revoking.by_authority(nobody, said)


@pytest.mark.parametrize("reason", ["", "  ", "a\nb", "\x1b[31m", "x" * 201])
def test_a_revocation_has_a_reason_that_can_be_shown(reason: str) -> None:
    with pytest.raises(UsageError, match="reason"):
        revoking.revocation(Target("key", b"k" * 32), reason, NOW, NOW)

"""A bundle's way to others: what is signed, packed and judged is exactly what was meant."""

from __future__ import annotations

from pathlib import Path

import pytest

from semper_host.admission.archive_format import unpack
from semper_host.admission.build import build
from semper_host.admission.log_evidence import Staple
from semper_host.admission.pack import Pack, read_pack, write_pack
from semper_host.admission.statements import Release, digest, open_release, sign_release
from semper_host.host import authorities, publishing
from semper_host.host.home import Config, Home, create, open_home
from semper_host.host.publishing import Signed
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, SemperError, UsageError
from semper_host.supporting.cryptographic.x509 import Purpose
from tests.admission.log_world import LogWorld

NOW = 1_800_000_000
DAY = 86_400
MANIFEST = b"""\
schema: semper.manifest/1
id: semper-test/pay
kind: payment-system
version: 1.0.0
api: 1
entry: {payer: payer.py}
files: [payer.py]
requests: [{capability: ask.bank, reason: to ask the bank}]
"""
ARCHIVE = build({"manifest.yaml": MANIFEST, "payer.py": b"x = 1\n"})


def home(root: Path, role: str, name: str) -> Home:
    create(root / name, Config(role=role, name=name), "passphrase")
    return open_home(root / name, "passphrase")


@pytest.fixture
def shop(tmp_path: Path) -> Home:
    return home(tmp_path, "merchant", "shop")


@pytest.fixture
def signed(shop: Home) -> Signed:
    return publishing.sign(shop, ARCHIVE, NOW)


@pytest.fixture
def board(tmp_path: Path) -> Home:
    made = home(tmp_path, "authority", "board")
    authorities.make_root(made, [Purpose.EVALUATE], NOW)
    return made


def evaluation(board: Home, signed: Signed, seconds: int = DAY) -> bytes:
    return authorities.certify(board, signed.archive, signed.manifest, (), (), seconds, NOW)[0]


def test_signing_names_the_publisher_and_nothing_else_changes(shop: Home, signed: Signed) -> None:
    before, after = unpack(ARCHIVE), unpack(signed.archive)
    assert before["payer.py"] == after["payer.py"] and before.keys() == after.keys()
    assert after["manifest.yaml"].startswith(before["manifest.yaml"])
    release = open_release(signed.release, publishing.publisher(shop).public)
    assert (release.subject, release.at) == (digest(signed.archive), NOW)


def test_a_home_keeps_its_publisher_key(shop: Home) -> None:
    again = open_home(shop.path, "passphrase")
    assert publishing.publisher(again).public == publishing.publisher(shop).public


def test_another_publishers_archive_is_not_signed(tmp_path: Path, signed: Signed) -> None:
    with pytest.raises(UsageError, match="another publisher"):
        publishing.sign(home(tmp_path, "merchant", "rival"), signed.archive, NOW)


def test_a_release_of_other_bytes_is_not_packed(shop: Home, signed: Signed) -> None:
    other = sign_release(
        Release(b"x" * 32, "semper-test/pay", "1.0.0", "payment-system", NOW), publishing.publisher(shop)
    )
    with pytest.raises(AdmissionRefused) as caught:
        publishing.pack(signed.archive, other, (), NOW)
    assert caught.value.code == "RELEASE_INVALID"


def test_evaluations_of_other_bytes_are_left_out_and_counted(shop: Home, signed: Signed, board: Home) -> None:
    fits = evaluation(board, signed)
    misfit = authorities.certify(board, b"other", signed.manifest, (), (), DAY, NOW)[0]
    packed = publishing.pack(signed.archive, signed.release, (misfit, fits), NOW)
    assert (packed.evaluations, packed.left_out) == (1, (0,))
    assert read_pack(packed.data).evaluations == (fits,)


def test_inspecting_believes_no_release_of_other_bytes(shop: Home, signed: Signed, board: Home) -> None:
    packed = publishing.pack(signed.archive, signed.release, (evaluation(board, signed),), NOW)
    found = publishing.inspect(packed.data)
    assert found.released.startswith("signed by") and found.claims[0].by == "board"
    key = publishing.publisher(shop)
    other = sign_release(Release(b"x" * 32, "semper-test/pay", "1.0.0", "payment-system", NOW), key)
    swapped = write_pack(Pack(signed.archive, other))
    assert publishing.inspect(swapped).released == "about another archive"


@pytest.mark.parametrize("data", [b"", b"junk", b"\x84\x40\xa0\x40\x40"])
def test_what_is_no_evaluation_claims_nothing(data: bytes) -> None:
    with pytest.raises(AdmissionRefused) as caught:
        publishing.claimed(data)
    assert caught.value.code == "EVAL_INVALID"


def test_a_release_is_no_evaluation(signed: Signed) -> None:
    with pytest.raises(AdmissionRefused, match="no evaluation"):
        publishing.claimed(signed.release)


def test_inspect_shows_what_a_staple_claims(shop: Home) -> None:
    signed = publishing.sign(shop, ARCHIVE, NOW)
    stapled = LogWorld(at=NOW).pack(signed.archive, signed.release, ())
    found = publishing.inspect(write_pack(stapled)).stapled
    assert found == publishing.Stapled("log.example/semper", 1, 1, "")
    bare = Staple(b"", (), signed.release)
    headed = publishing.inspect(write_pack(Pack(signed.archive, signed.release, (), encode(bare)))).stapled
    assert headed == publishing.Stapled("", 0, 0, "1.0.0")
    with pytest.raises(SemperError, match=r"^cannot "):
        publishing.inspect(write_pack(Pack(signed.archive, signed.release, (), b"junk")))

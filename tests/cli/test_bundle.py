"""`semper bundle`: the main path from sources to an installed bundle, and everything that can be wrong on it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from semper_host.host import data
from service_repo.publish import Repository

PACKS = ("bundles/items-statement.smpack", "bundles/payment-ecash.smpack", "bundles/commerce-courseware.smpack")
COURSE = PACKS[2]


def test_the_main_path_ends_with_installed_bundles(town: Any) -> None:
    judged = town.ok("buyer", "bundle", "verify", *PACKS, "--json").json["bundles"]
    assert all(each["admitted"] and each["evaluated_by"] == ["Evaluation Board"] for each in judged)
    assert judged[2]["conditions"] == ["Play money only."]
    installed = town.ok("buyer", "bundle", "install", *PACKS, "--json").json["bundles"]
    assert [each["digest"] for each in installed] == [each["digest"] for each in judged]
    listed = town.ok("buyer", "bundle", "list", "--json").json["bundles"]
    assert {each["digest"] for each in listed} == {each["digest"] for each in judged}


def test_building_twice_gives_the_same_bytes(semper: Any, bare: Path) -> None:
    semper.ok("nowhere", "bundle", "build", bare, "-o", "one")
    (bare / "__pycache__").mkdir()
    (bare / "__pycache__" / "manager.cpython-311.pyc").write_bytes(b"junk")
    semper.ok("nowhere", "bundle", "build", bare, "-o", "two")
    assert (semper.root / "one/bare.smp").read_bytes() == (semper.root / "two/bare.smp").read_bytes()


def test_the_shipped_bundles_are_those_that_the_host_finds(semper: Any) -> None:
    rows = semper.ok("nowhere", "bundle", "build", "--shipped", "-o", "out", "--json").json["bundles"]
    found = {Path(row["file"]).stem: (semper.root / row["file"]).read_bytes() for row in rows}
    assert found == data.archives()


def test_build_wants_either_directories_or_the_shipped_ones(semper: Any, bare: Path) -> None:
    semper.run("nowhere", "bundle", "build").refused(2, "USAGE_INVALID")
    semper.run("nowhere", "bundle", "build", bare, "--shipped").refused(2, "USAGE_INVALID")


def test_a_directory_without_a_sound_manifest_is_not_built_and_is_named(semper: Any, bare: Path) -> None:
    (bare / "manifest.yaml").write_text("schema: semper.manifest/1\nid: &anchor x\n")
    assert str(bare) in semper.run("nowhere", "bundle", "build", bare).refused(1, "MANIFEST_INVALID")
    (bare / "manifest.yaml").unlink()
    semper.run("nowhere", "bundle", "build", bare).refused(1, "MANIFEST_FILES")


def test_signing_stamps_the_publisher_once_and_leaves_a_stamped_archive_alone(town: Any, bare: Path) -> None:
    town.ok("shop", "bundle", "build", bare, "-o", "new")
    (first,) = town.ok("shop", "bundle", "sign", "new/bare.smp", "--json").json["bundles"]
    (second,) = town.ok("shop", "bundle", "sign", "new/bare.smp", "--json").json["bundles"]
    assert first["digest"] == second["digest"] and first["publisher"] == second["publisher"]
    (built,) = town.ok("shop", "bundle", "build", bare, "--publisher", "-o", "other", "--json").json["bundles"]
    assert built["digest"] == first["digest"]


def test_nobody_signs_as_another_publisher(town: Any) -> None:
    before = (town.root / "bundles/commerce-courseware.smp").read_bytes()
    told = town.run("buyer", "bundle", "sign", "bundles/commerce-courseware.smp").refused(2, "USAGE_INVALID")
    assert "another publisher" in told
    assert (town.root / "bundles/commerce-courseware.smp").read_bytes() == before


@pytest.mark.parametrize("verb", [("sign",), ("inspect",), ("lint",), ("pack",)])
def test_what_is_no_archive_is_refused_by_name(town: Any, verb: tuple[str, ...]) -> None:
    (town.root / "junk.smp").write_bytes(b"PK\x03\x04 but no more")
    shutil.copy(town.root / "bundles/items-statement.release", town.root / "junk.release")
    assert "junk.smp" in town.run("shop", "bundle", *verb, "junk.smp").refused(1, "ARCHIVE_INVALID")


def test_packing_without_a_release_says_to_sign(town: Any, bare: Path) -> None:
    town.ok("shop", "bundle", "build", bare, "-o", "new")
    assert "semper bundle sign" in town.run("shop", "bundle", "pack", "new/bare.smp").refused(2, "RELEASE_MISSING")


def test_an_evaluation_of_another_build_is_left_out_and_that_is_said(town: Any, bare: Path) -> None:
    town.ok("shop", "bundle", "build", bare, "--publisher", "-o", "new")
    town.ok("shop", "bundle", "sign", "new/bare.smp")
    town.ok("board", "authority", "certify", "new/bare.smp")
    (bare / "manager.py").write_text('"""Changed."""\n')
    town.ok("shop", "bundle", "build", bare, "--publisher", "-o", "new")
    assert "--replace" in town.run("shop", "bundle", "sign", "new/bare.smp").refused(1, "RELEASE_CONFLICT")
    town.ok("shop", "bundle", "sign", "new/bare.smp", "--replace")
    told = town.ok("shop", "bundle", "pack", "new/bare.smp").out
    assert "left out: new/bare.evaluation-board.evaluation" in told and "without an evaluation" in told


def test_junk_in_the_place_of_an_evaluation_is_not_packed(town: Any) -> None:
    (town.root / "bundles/payment-ecash.board.evaluation").write_bytes(b"junk")
    town.run("shop", "bundle", "pack", "bundles/payment-ecash.smp").refused(1, "EVAL_INVALID")


@pytest.mark.parametrize("where", (0, 3, 40, 75, 90))
def test_a_pack_changed_anywhere_is_refused_and_not_installed(town: Any, where: int) -> None:
    data = bytearray((town.root / COURSE).read_bytes())
    data[len(data) * where // 100] ^= 1
    (town.root / "bad.smpack").write_bytes(data)
    ran = town.run("buyer", "bundle", "install", "bad.smpack")
    assert ran.code == 1 and ran.err.startswith("cannot ") and "Traceback" not in ran.err
    assert "No bundle yet" in town.ok("buyer", "bundle", "list").out


def test_verify_names_the_refusal_of_a_changed_pack_and_goes_on_with_the_next(town: Any) -> None:
    data = bytearray((town.root / COURSE).read_bytes())
    data[200] ^= 1
    (town.root / "bad.smpack").write_bytes(data)
    ran = town.run("buyer", "bundle", "verify", "bad.smpack", COURSE)
    assert ran.code == 1 and "REFUSED  ARCHIVE_INVALID" in ran.out and "ADMITTED" in ran.out


@pytest.mark.parametrize("content", [b"", b"hello", b"\xa0", b"\xff" * 100])
def test_what_is_no_pack_is_refused(town: Any, content: bytes) -> None:
    (town.root / "junk.smpack").write_bytes(content)
    town.run("buyer", "bundle", "install", "junk.smpack").refused(1, "ARCHIVE_INVALID")
    assert town.run("buyer", "bundle", "verify", "junk.smpack").code == 1


def test_a_pack_that_asks_for_money_is_refused_where_nobody_trusted_evaluated_it(town: Any) -> None:
    town.ok("stranger", "init")
    told = town.run("stranger", "bundle", "install", COURSE).refused(1, "ANCHOR_MISSING")
    assert "money" in told and "semper trust repository add" in told
    town.rely("stranger")
    told = town.run("stranger", "bundle", "install", COURSE).refused(1, "CHAIN_UNTRUSTED")
    assert "money" in told and "semper trust add" in told


def test_a_pack_that_asks_for_nothing_is_admitted_with_the_baseline(town: Any) -> None:
    town.ok("stranger", "init")
    (judged,) = town.ok("stranger", "bundle", "verify", PACKS[0], "--json").json["bundles"]
    assert judged["admitted"] and judged["grants"] == [] and judged["evaluated_by"] == []


def test_a_directory_repository_takes_packs_once(town: Any) -> None:
    Repository.init(town.root / "repository")
    rows = town.ok("shop", "bundle", "publish", *PACKS, "--to", "repository", "--json").json["bundles"]
    assert [row["bundle"] for row in rows] == [
        "semper/statement-items 1.0.0", "semper/ecash 1.0.0", "semper/courseware 1.0.0",
    ]  # fmt: skip
    assert "at repository/packs/DIGEST.smpack" in town.ok("shop", "bundle", "publish", *PACKS, "--to", "repository").out


def test_a_repository_that_is_not_there_is_told_apart_from_one_that_does_not_answer(town: Any) -> None:
    town.run("shop", "bundle", "publish", COURSE, "--to", "nowhere").refused(2, "HOME_MISSING")
    town.run("shop", "bundle", "publish", COURSE, "--to", "http://127.0.0.1:9").refused(3, "PEER_UNREACHABLE")


def test_a_running_repository_takes_packs_and_gives_them_back(town: Any) -> None:
    with town.watched() as url:
        (published,) = town.ok("shop", "bundle", "publish", COURSE, "--to", url, "--json").json["bundles"]
        town.ok("buyer", "bundle", "install", f"{url}/packs/{published['digest']}.smpack")
        (town.root / "junk.smpack").write_bytes(b"junk")
        town.run("shop", "bundle", "publish", "junk.smpack", "--to", url).refused(1, "ARCHIVE_INVALID")


def test_an_address_that_does_not_answer_installs_nothing(town: Any) -> None:
    town.run("buyer", "bundle", "install", "http://127.0.0.1:9/x.smpack").refused(3, "PEER_UNREACHABLE")


def test_a_pack_is_installed_from_an_address(town: Any) -> None:
    folder = str(town.root / "bundles")
    server = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", folder]
    with subprocess.Popen(server, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None
        port = process.stdout.readline().split("port ")[1].split()[0]
        try:
            town.ok("buyer", "bundle", "install", f"http://127.0.0.1:{port}/commerce-courseware.smpack")
        finally:
            process.terminate()


def test_inspect_shows_what_is_claimed_and_judges_nothing(town: Any) -> None:
    found = town.ok("nowhere", "bundle", "inspect", COURSE, "--json").json
    assert found["manifest"]["id"] == "semper/courseware"
    assert found["evaluations"][0]["claimed_by"] == "Evaluation Board"
    assert found["release"]["state"] == "signed by the publisher that the manifest names"
    told = town.ok("nowhere", "bundle", "inspect", COURSE).out
    assert "claims to be by Evaluation Board" in told and "terms.yaml" in told
    assert town.ok("nowhere", "bundle", "inspect", "bundles/payment-ecash.smp", "--json").json["form"] == "archive"


def test_lint_names_the_line_and_what_to_write_instead(semper: Any, bare: Path) -> None:
    assert "Nothing found" in semper.ok("nowhere", "bundle", "lint", bare).out
    (bare / "manager.py").write_text("x = 1\nimport os\n")
    ran = semper.run("nowhere", "bundle", "lint", bare, "--json")
    (finding,) = ran.json["findings"]
    assert ran.code == 1 and (finding["line"], finding["rule"]) == (2, "import") and finding["hint"]
    assert "manager.py:2" in semper.run("nowhere", "bundle", "lint", bare).out

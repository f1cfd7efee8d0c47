"""`semper authority`: from a root to a certified party, and from an archive to a signed evaluation."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from semper_host.admission.statements import MAX_STATEMENT
from semper_host.supporting.cryptographic import certificate_file


def certified(town: Any) -> Any:
    """Certify the shop and return what `issue` said."""
    town.ok("shop", "authority", "request", "-o", "shop.request")
    return town.ok("office", "authority", "issue", "shop.request", "--purpose", "merchant", "-o", "shop.pem", "--json")


def test_a_merchant_is_certified_by_the_office_and_accepts(town: Any) -> None:
    issued = certified(town).json
    assert issued["name"] == "EUROCOM" and issued["purposes"] == ["merchant"]
    assert issued["uris"] == ["semper:merchant/eurocom"]
    accepted = town.ok("shop", "authority", "accept", "shop.pem", "--json").json
    assert (accepted["key"], accepted["sha256"]) == (issued["key"], issued["sha256"])


def test_a_name_of_its_own_can_be_certified(town: Any) -> None:
    town.ok("shop", "authority", "request", "-o", "request")
    named = ("--purpose", "merchant", "--uri", "semper:merchant/e.com")
    town.ok("office", "authority", "issue", "request", *named, "-o", "c")
    assert "semper:merchant/e.com" in town.ok("shop", "authority", "accept", "c").out


def test_the_chain_goes_to_stdout_where_no_file_is_named(town: Any) -> None:
    town.ok("shop", "authority", "request", "-o", "request")
    shown = town.ok("office", "authority", "issue", "request", "--purpose", "merchant").out
    assert len(certificate_file.read_certificates(shown.encode())) == 1


def test_a_root_is_made_once(town: Any) -> None:
    before = (town.root / "board/public/root.crt").read_bytes()
    town.run("board", "authority", "init").refused(2, "USAGE_INVALID")
    assert (town.root / "board/public/root.crt").read_bytes() == before


def test_a_home_without_a_root_issues_nothing_and_says_how_to_become_an_authority(town: Any) -> None:
    town.ok("shop", "authority", "request", "-o", "request")
    told = town.run("buyer", "authority", "issue", "request", "--purpose", "merchant").refused(2, "USAGE_INVALID")
    assert "semper authority init" in told


def test_an_office_does_not_certify_beyond_its_root(town: Any) -> None:
    town.ok("shop", "authority", "request", "-o", "request")
    town.run("office", "authority", "issue", "request", "--purpose", "trustee").refused(2, "USAGE_INVALID")


def test_a_buyer_needs_no_certificate(town: Any) -> None:
    town.run("buyer", "authority", "request").refused(2, "USAGE_INVALID")


@pytest.mark.parametrize("content", [b"", b"\xa0", b"hello", b"x" * 200_000])
def test_what_is_no_request_is_not_certified(town: Any, content: bytes) -> None:
    (town.root / "junk").write_bytes(content)
    town.run("office", "authority", "issue", "junk", "--purpose", "merchant").refused(2, "USAGE_INVALID")


def test_a_request_changed_on_its_way_is_not_certified(town: Any) -> None:
    town.ok("shop", "authority", "request", "-o", "request")
    data = (town.root / "request").read_bytes()
    (town.root / "request").write_bytes(data.replace(b"EUROCOM", b"EUROCON"))
    told = town.run("office", "authority", "issue", "request", "--purpose", "merchant").refused(2, "USAGE_INVALID")
    assert "holder of its key" in told


@pytest.mark.parametrize("content", [b"", b"hello", b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"])
def test_what_is_no_certificate_is_not_accepted(town: Any, content: bytes) -> None:
    (town.root / "junk").write_bytes(content)
    assert "junk" in town.run("shop", "authority", "accept", "junk").refused(2, "USAGE_INVALID")


def test_a_certificate_for_another_purpose_or_key_is_not_accepted(town: Any) -> None:
    town.ok("shop", "authority", "request", "-o", "request")
    town.ok("office", "authority", "issue", "request", "--purpose", "bank", "-o", "bank.pem")
    assert "is a merchant" in town.run("shop", "authority", "accept", "bank.pem").refused(2, "USAGE_INVALID")
    certified(town)
    town.ok("rival", "init", "--role", "merchant", "--name", "EUROCOM")
    assert "another key" in town.run("rival", "authority", "accept", "shop.pem").refused(2, "USAGE_INVALID")


def test_evaluate_runs_every_check_and_signs_nothing(town: Any) -> None:
    (found,) = town.ok("buyer", "authority", "evaluate", "bundles/commerce-courseware.smp", "--json").json["bundles"]
    assert found["passed"] and all(check["result"] in ("passed", "left-out") for check in found["checks"])
    assert [check["name"] for check in found["checks"]] == [
        "archive", "manifest", "files", "dialect", "legal texts", "terms", "validity", "requests", "limits",
        "reproducible build",
    ]  # fmt: skip
    assert not list(town.root.glob("bundles/*.report.*"))
    told = town.ok("buyer", "authority", "evaluate", "bundles/payment-ecash.smp", "-o", "reports").out
    assert "every automatic check passed" in told and "report in reports/payment-ecash.report.html" in told


def test_evaluate_says_what_is_wrong_with_each_and_exits_1(town: Any, bare: Path) -> None:
    (bare / "manager.py").write_text("import os\n")
    town.ok("shop", "bundle", "build", bare, "--publisher", "-o", "bad")
    (town.root / "bad" / "cut.smp").write_bytes((town.root / "bad" / "bare.smp").read_bytes()[:-1])
    ran = town.run("board", "authority", "evaluate", "bad/bare.smp", "bad/cut.smp", "--json", "-o", "bad")
    assert ran.code == 1
    failed = [[each["code"] for each in found["checks"] if each["result"] == "failed"] for found in ran.json["bundles"]]
    assert failed == [["DIALECT_REFUSED"], ["ARCHIVE_INVALID"]]
    assert "Do not certify this" in (town.root / "bad/cut.report.html").read_text()


def test_the_json_report_is_what_stdout_says(town: Any) -> None:
    archive = "bundles/commerce-courseware.smp"
    printed = town.ok("board", "authority", "evaluate", archive, "--json", "-o", "reports").json["bundles"][0]
    written = json.loads((town.root / "reports/commerce-courseware.report.json").read_text())
    assert written["schema"] == "semper.evaluation-report/1"
    assert written["bundles"] == [{name: value for name, value in printed.items() if name != "file"}]


def test_the_source_folder_is_built_again_and_compared(town: Any, bare: Path) -> None:
    town.ok("shop", "bundle", "build", bare, "--publisher", "-o", "new")
    same = town.ok("board", "authority", "evaluate", "new/bare.smp", "--source", bare, "--json").json["bundles"][0]
    assert same["checks"][-1] == {
        "name": "reproducible build", "result": "passed", "detail": "the source folder builds to the same bytes",
        "code": "", "remedy": "",
    }  # fmt: skip
    (bare / "manager.py").write_text('"""Other."""\n')
    ran = town.run("board", "authority", "certify", "new/bare.smp", "--source", bare)
    assert "manager.py differ" in ran.refused(1, "ARCHIVE_DIGEST")
    two = ("new/bare.smp", "new/bare.smp", "--source", bare)
    town.run("board", "authority", "evaluate", *two).refused(2, "USAGE_INVALID")


def test_a_pack_is_evaluated_against_the_version_before(town: Any) -> None:
    pack = "bundles/commerce-courseware.smpack"
    against = ("--against", "bundles/commerce-courseware.smp")
    (found,) = town.ok("board", "authority", "evaluate", pack, *against, "--json").json["bundles"]
    assert found["changes"]["same"] is True and found["bundle"] == "semper/courseware 1.0.0"
    two = town.run("board", "authority", "evaluate", pack, pack, *against)
    assert "one archive" in two.refused(2, "USAGE_INVALID")
    (town.root / "junk.smpack").write_bytes(b"junk")
    assert "junk" in town.run("board", "authority", "evaluate", "junk.smpack").refused(1, "ARCHIVE_INVALID")


def test_a_bundle_that_names_no_publisher_is_not_evaluated_since_naming_one_changes_it(town: Any, bare: Path) -> None:
    town.ok("shop", "bundle", "build", bare, "-o", "new")
    ran = town.run("board", "authority", "evaluate", "new/bare.smp")
    assert ran.code == 1 and "semper bundle sign" in ran.out


def test_certify_signs_nothing_that_fails_a_check(town: Any, bare: Path) -> None:
    (bare / "manager.py").write_text("import os\n")
    town.ok("shop", "bundle", "build", bare, "--publisher", "-o", "bad")
    town.run("board", "authority", "certify", "bad/bare.smp").refused(1, "DIALECT_REFUSED")
    assert not list((town.root / "bad").glob("*.evaluation"))


def test_certify_despite_a_failure_wants_the_check_and_the_reason_and_records_both(town: Any, bare: Path) -> None:
    (bare / "manager.py").write_text("import os\n")
    town.ok("shop", "bundle", "build", bare, "--publisher", "-o", "bad")
    for words in ("dialect", "dialect=", "=why"):
        town.run("board", "authority", "certify", "bad/bare.smp", "--despite", words).refused(2, "USAGE_INVALID")
    excused = ("--despite", "dialect=it never runs")
    told = town.ok("board", "authority", "certify", "bad/bare.smp", *excused, "--json").json["evaluations"][0]
    assert told["conditions"] == ["Certified although the check 'dialect' failed (DIALECT_REFUSED): it never runs"]
    red = ("--despite", "dialect=it never runs \x1b[31m")
    assert "printable" in town.run("board", "authority", "certify", "bad/bare.smp", *red).refused(2, "USAGE_INVALID")
    early = town.run("board", "authority", "certify", "bad/bare.smp", *excused, "--despite", "requests=in advance")
    assert "did not fail" in early.refused(2, "USAGE_INVALID")


def test_nothing_makes_up_for_an_archive_that_cannot_be_read(town: Any) -> None:
    (town.root / "junk.smp").write_bytes(b"PK junk")
    town.run("board", "authority", "certify", "junk.smp", "--despite", "archive=why").refused(1, "ARCHIVE_INVALID")


def test_certify_grants_what_was_said_and_no_more(town: Any) -> None:
    archive = "bundles/commerce-courseware.smp"
    narrow = ("--grant", "money.pay=5.00 EUR", "-o", "narrow")
    (evaluation,) = town.ok("board", "authority", "certify", archive, *narrow, "--json").json["evaluations"]
    assert evaluation["grants"] == ["money.pay"]
    assert (town.root / evaluation["file"]).stat().st_size < MAX_STATEMENT


@pytest.mark.parametrize(
    "words",
    [
        ("--grant", "bank.issue"),
        ("--grant", "money.pay=5 apples"),
        ("--valid", "soon"),
        ("--valid", "PT0S"),
        ("--valid", "P3660D"),
    ],
)
def test_certify_refuses_what_makes_no_sense(town: Any, words: tuple[str, str]) -> None:
    ran = town.run("board", "authority", "certify", "bundles/commerce-courseware.smp", *words)
    assert ran.code == 2 and ran.err.startswith("cannot ")


def test_an_authority_that_may_not_evaluate_certifies_nothing(town: Any) -> None:
    told = town.run("office", "authority", "certify", "bundles/items-statement.smp").refused(2, "USAGE_INVALID")
    assert "evaluate" in told

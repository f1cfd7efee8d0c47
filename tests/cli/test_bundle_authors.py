"""`semper bundle new`, `legal`, `diff`: from nothing to a bundle that passes, and to its second version."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from subprocess import run as run_process
from typing import Any

import pytest

KINDS = ("commerce-service", "item-manager", "payment-system")


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_bundle_is_linted_built_signed_and_passes_every_check(town: Any, kind: str) -> None:
    made = town.ok("shop", "bundle", "new", kind, "acme/tea-shop", "--title", "Tea & more", "--json").json
    assert made["folder"] == "acme/tea-shop" and made["test"] == "acme/test_tea_shop.py"
    ran = run_process([sys.executable, made["test"]], cwd=town.root, capture_output=True, check=False)
    assert ran.returncode == 0, ran.stderr
    town.ok("shop", "bundle", "lint", "acme/tea-shop")
    town.ok("shop", "bundle", "build", "acme/tea-shop", "-o", "out")
    town.ok("shop", "bundle", "sign", "out/tea-shop.smp")
    (found,) = town.ok(
        "board", "authority", "evaluate", "out/tea-shop.smp", "--source", "acme/tea-shop", "--json"
    ).json["bundles"]
    assert found["passed"] and found["title"] == "Tea & more"
    assert {check["result"] for check in found["checks"]} == {"passed"}


def test_a_second_bundle_of_a_namespace_stands_beside_the_first_and_none_is_overwritten(semper: Any) -> None:
    semper.ok("nowhere", "bundle", "new", "item-manager", "acme/tea")
    assert "acme/test_cake.py" in semper.ok("nowhere", "bundle", "new", "item-manager", "acme/cake").out
    before = (semper.root / "acme/tea/manager.py").read_text()
    told = semper.run("nowhere", "bundle", "new", "commerce-service", "acme/tea").refused(2, "USAGE_INVALID")
    assert "there already" in told and (semper.root / "acme/tea/manager.py").read_text() == before
    semper.run("nowhere", "bundle", "new", "item-manager", "Acme").refused(2, "USAGE_INVALID")
    assert "commerce-service" in semper.run("nowhere", "bundle", "new", "driver", "acme/x").misused()


def test_the_next_version_is_compared_with_the_last_one(town: Any) -> None:
    town.ok("shop", "bundle", "new", "commerce-service", "acme/tea-shop")
    town.ok("shop", "bundle", "build", "acme/tea-shop", "-o", "out")
    folder = town.root / "acme/tea-shop"
    change(folder / "manifest.yaml", "version: 1.0.0", "version: 1.1.0")
    change(folder / "terms.yaml", "max: P14D", "max: P20D")
    change(folder / "legal.en.txt", "1. Parties.", "1. The \x1b[31mparties\u202e.")
    assert "Renewed" in town.ok("shop", "bundle", "legal", "acme/tea-shop").out
    assert "right already" in town.ok("shop", "bundle", "legal", "acme/tea-shop").out
    told = town.ok("shop", "bundle", "diff", "out/tea-shop.smp", "acme/tea-shop").out
    assert "acme/tea-shop 1.0.0 -> acme/tea-shop 1.1.0" in told
    assert "! a deal can take longer: 54 days instead of 42 days" in told
    assert "\x1b" not in told and "\u202e" not in told
    said = town.ok("shop", "bundle", "diff", "out/tea-shop.smp", "acme/tea-shop", "--json").json
    assert said["schema"] == "semper.comparison/1" and [row["name"] for row in said["legal"]] == ["en"]
    assert "Nothing changed" in town.ok("shop", "bundle", "diff", "acme/tea-shop", "acme/tea-shop").out


def change(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")


def test_what_cannot_be_compared_is_named(town: Any) -> None:
    (town.root / "junk.smp").write_bytes(b"PK junk")
    (town.root / "empty").mkdir()
    good = "bundles/items-statement.smp"
    assert "junk.smp" in town.run("shop", "bundle", "diff", good, "junk.smp").refused(1, "ARCHIVE_INVALID")
    town.run("shop", "bundle", "diff", good, "empty").refused(1, "MANIFEST_FILES")
    assert "empty" in town.run("shop", "bundle", "legal", "empty").refused(2, "USAGE_INVALID")
    town.run("shop", "bundle", "diff", good, "nowhere.smp").misused()


def test_explain_tells_stage_and_whether_a_retry_helps(town: Any) -> None:
    town.ok("stranger", "init")
    town.rely("stranger")
    pack = "bundles/commerce-courseware.smpack"
    ran = town.run("stranger", "trust", "explain", pack)
    assert ran.code == 1
    assert "to allow it: " in ran.out and "stage: chain" in ran.out and "blame: authority" in ran.out
    (said,) = town.run("stranger", "trust", "explain", pack, "--json").json["bundles"]
    assert said["refusal"]["stage"] == "chain" and said["refusal"]["retryable"] is False
    assert {row["capability"]: row["granted"] for row in said["requests"]}["money.pay"] == []
    assert said["evaluations"][0]["counts"] is False and said["missing"]
    (said,) = town.ok("buyer", "trust", "explain", pack, "--json").json["bundles"]
    assert (
        json.dumps(said["requests"][2]["granted"])
        == '[{"capability": "money.pay", "most": "1000.00 EUR", "calls": null}]'
    )
    assert said["requests"][2]["because_of"] == ["Evaluation Board"] and said["missing"] == []

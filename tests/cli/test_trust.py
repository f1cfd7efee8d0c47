"""`semper trust`: what is trusted, what is not, and what a person is told about it."""

from __future__ import annotations

import hashlib
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.host import hearing, staleness, trusting
from semper_host.host import home as homes
from semper_host.supporting.cryptographic import certificate_file

PACK = "bundles/commerce-courseware.smpack"


def test_a_root_is_added_in_pem_or_der_and_listed(town: Any) -> None:
    (der,) = certificate_file.read_certificates((town.root / "office/public/root.crt").read_bytes())
    (town.root / "office.der").write_bytes(der)
    town.ok("buyer", "trust", "add", "office.der", "--name", "Office", "--may", "merchant", "--may", "bank")
    listed = town.ok("buyer", "trust", "list", "--json").json["authorities"]
    assert [each["name"] for each in listed] == ["Board", "Office"]
    assert listed[1]["sha256"] == hashlib.sha256(der).hexdigest() and listed[1]["purposes"] == ["bank", "merchant"]


def test_trust_taken_away_counts_at_once(town: Any) -> None:
    town.ok("buyer", "bundle", "verify", PACK)
    town.ok("buyer", "trust", "remove", "Board")
    ran = town.run("buyer", "bundle", "verify", PACK)
    assert ran.code == 1 and "REFUSED  CHAIN_UNTRUSTED" in ran.out and "semper trust add" in ran.out


def test_nobody_is_removed_twice(town: Any) -> None:
    town.ok("buyer", "trust", "remove", "Board")
    town.run("buyer", "trust", "remove", "Board").refused(1, "TRUST_POLICY_INVALID")


@pytest.mark.parametrize("content", [b"", b"hello", b"\x30\x03\x02\x01\x01"])
def test_what_is_no_certificate_is_not_trusted(town: Any, content: bytes) -> None:
    (town.root / "junk").write_bytes(content)
    town.run("buyer", "trust", "add", "junk", "--name", "Junk", "--may", "bank").refused(2, "USAGE_INVALID")


def test_a_merchants_certificate_is_no_root(town: Any) -> None:
    town.ok("shop", "authority", "request", "-o", "request")
    town.ok("office", "authority", "issue", "request", "--purpose", "merchant", "-o", "shop.pem")
    told = town.run("buyer", "trust", "add", "shop.pem", "--name", "Shop", "--may", "merchant").refused(
        2, "USAGE_INVALID"
    )
    assert "root" in told


def test_a_root_is_not_trusted_for_what_it_is_not_for(town: Any) -> None:
    root = "office/public/root.crt"
    assert "bank" in town.run("buyer", "trust", "add", root, "--name", "Office", "--may", "trustee").refused(
        2, "USAGE_INVALID"
    )


def test_the_same_root_is_not_added_under_a_second_name(town: Any) -> None:
    root = "board/public/root.crt"
    town.run("buyer", "trust", "add", root, "--name", "Again", "--may", "evaluate").refused(1, "TRUST_POLICY_INVALID")


def test_an_unknown_purpose_or_capability_is_a_usage_error(town: Any) -> None:
    root = "office/public/root.crt"
    assert "'merchant'" in town.run("buyer", "trust", "add", root, "--name", "O", "--may", "everything").misused()
    words = ("--may", "evaluate", "--grant", "money.print")
    assert "'money.pay'" in town.run("buyer", "trust", "add", root, "--name", "O", *words).misused()


def test_grants_need_the_purpose_to_evaluate(town: Any) -> None:
    root = "office/public/root.crt"
    words = ("--may", "merchant", "--grant", "money.pay")
    town.run("buyer", "trust", "add", root, "--name", "O", *words).refused(2, "USAGE_INVALID")


def test_explain_says_who_vouches_for_what(town: Any) -> None:
    told = town.ok("buyer", "trust", "explain", PACK).out
    assert "evaluated by Evaluation Board (vouched for by your root Board)" in told
    assert "Play money only." in told and "ADMITTED" in told


def test_explain_says_what_is_missing_where_an_authority_may_not_grant_enough(town: Any) -> None:
    town.ok("other", "init")
    root = "board/public/root.crt"
    town.ok("other", "trust", "add", root, "--name", "Board", "--may", "evaluate", "--grant", "money.pay")
    town.rely("other")
    ran = town.run("other", "trust", "explain", PACK, "--json")
    (found,) = ran.json["bundles"]
    assert ran.code == 1 and found["refusal"]["code"] == "GRANT_DENIED" and not found["admitted"]
    assert any("your policy does not let Board vouch for it" in line for line in found["why"])


def test_a_damaged_policy_is_named_and_nothing_is_trusted(town: Any) -> None:
    (town.root / "buyer/trust/policy.yaml").write_text("schema: semper.trust-policy/1\nauthorities: everybody\n")
    town.run("buyer", "bundle", "verify", PACK).refused(1, "TRUST_POLICY_INVALID")


def test_a_driver_that_is_not_installed_is_not_locked(town: Any) -> None:
    before = (town.root / "buyer/trust/drivers.lock").read_bytes()
    town.run("buyer", "trust", "driver", "palantir").refused(1, "DRIVER_MISSING")
    assert (town.root / "buyer/trust/drivers.lock").read_bytes() == before


def test_an_installed_driver_is_locked_as_it_is_and_nothing_of_it_is_imported(town: Any, tmp_path: Path) -> None:
    site = tmp_path / "site"
    info = site / "palantir-1.0.dist-info"
    info.mkdir(parents=True)
    (site / "palantir.py").write_text("raise SystemExit('imported')\n")
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: palantir\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[semper.trusted_io.v1]\npalantir = palantir:Driver\n")
    names = ("METADATA", "entry_points.txt", "RECORD")
    (info / "RECORD").write_text("palantir.py,,\n" + "".join(f"palantir-1.0.dist-info/{name},,\n" for name in names))
    path = {"PYTHONPATH": f"{Path(__file__).resolve().parents[2]}:{site}"}
    locked = town.ok("buyer", "trust", "driver", "palantir", "--json", **path).json
    listed = town.ok("buyer", "trust", "list", "--json").json["drivers"]
    assert {each["name"] for each in listed} == {"palantir", "scripted", "terminal"}
    assert next(each for each in listed if each["name"] == "palantir")["digest"] == locked["digest"]
    (site / "palantir.py").write_text("raise SystemExit('changed')\n")
    drivers = town.run("buyer", "doctor", "--json", **path).json["drivers"]
    assert next(each for each in drivers if each["name"] == "palantir")["state"] == "changed since it was locked"


def test_what_gets_too_old_to_count_is_said_wherever_trust_is_looked_at(town: Any) -> None:
    buyer = town.root / "buyer"
    (known,) = town.ok("buyer", "trust", "list", "--json").json["repositories"]
    at = int(time.time()) - 5 * 3600
    left = staleness.Heard(asked=at + 60, heard={known["name"]: at}, trouble="cannot reach it\x1b[2J", since=at + 60)
    assert town.ok("buyer", "trust", "list", "--json").json["warnings"] == []
    staleness.write(buyer, left)
    for words in (("trust", "list"), ("doctor",)):
        warned = town.run("buyer", *words, "--json").json["warnings"]
        assert "5 hours old" in warned[0] and "payment systems until" in warned[0], words
        assert "cannot reach it" in warned[-1]
        shown = town.run("buyer", *words).out
        assert "warning: what" in shown and "\x1b" not in shown
    assert town.run("nowhere", "doctor", "--json").json["warnings"] == []


def test_what_a_home_heard_long_ago_is_said_when_a_bundle_is_explained(town: Any) -> None:
    town.ok("buyer", "bundle", "install", "bundles/items-statement.smpack")  # its staple is what this home knows
    home = homes.open_home(town.root / "buyer", town.passphrase_file.read_text().strip())
    try:
        policy = trusting.load(home.trust).policy
        assert hearing.warnings_in(home, policy, int(time.time())) == ()
    finally:
        home.close()
    town.ok("buyer", "trust", "list")
    trusting.change(town.root / "buyer/trust", lambda policy: replace(policy, freshness={"default": "PT0M"}))
    for words in (("trust", "explain", PACK), ("trust", "repository", "list")):
        assert "warning: what Repository last said of revocations" in town.run("buyer", *words).out, words
    ((said, *_),) = [
        row["warnings"][:1] for row in town.run("buyer", "trust", "explain", PACK, "--json").json["bundles"]
    ]
    assert "too old for payment systems" in said

"""`semper trust explain` where a witnessed log is asked: why a bundle may, what is missing, and what was taken back."""

from __future__ import annotations

from typing import Any

PACK = "bundles/commerce-courseware.smpack"


def explained(town: Any, pack: str = PACK, *more: str) -> Any:
    """Return what the buyer is told of a pack."""
    return town.run("buyer", "trust", "explain", pack, *more, "--json").json["bundles"][0]


def test_what_the_log_proves_is_told(town: Any) -> None:
    said = explained(town)
    assert said["admitted"] and said["evaluated_by"] == ["Evaluation Board"] and said["missing"] == []
    assert said["log"]["repository"] == "Repository" and said["log"]["entries"] >= 3 and not said["log"]["refusal"]
    assert [row["counts"] for row in said["evaluations"]] == [True]
    told = town.ok("buyer", "trust", "explain", PACK).out
    assert "in the log of Repository, seen by a quorum of its witnesses" in told
    assert "not revoked or withdrawn by what Repository said; that counts until" in told and "ADMITTED" in told


def test_without_proof_from_a_log_it_is_told_what_is_missing(town: Any) -> None:
    town.ok("shop", "bundle", "pack", "bundles/commerce-courseware.smp", "-o", "unlogged")
    assert explained(town, "unlogged/commerce-courseware.smpack")["refusal"]["code"] == "ANCHOR_MISSING"
    town.ok("buyer", "bundle", "install", "bundles/items-statement.smpack")  # its staple brings the anchor
    said = explained(town, "unlogged/commerce-courseware.smpack")
    assert not said["admitted"] and said["refusal"]["code"] == "LOG_MISSING"
    assert (said["refusal"]["stage"], said["refusal"]["retryable"]) == ("log", said["log"]["refusal"]["retryable"])
    assert said["missing"] and "(LOG_MISSING)" in said["missing"][0]
    assert all(not row["granted"] and row["obstacles"] for row in said["requests"])


def test_who_relies_on_no_repository_is_told_to(town: Any) -> None:
    town.ok("stranger", "init")
    said = town.run("stranger", "bundle", "verify", PACK, "--json").json["bundles"][0]
    assert said["refusal"]["code"] == "ANCHOR_MISSING" and "semper trust repository add" in said["missing"][0]


def test_what_was_taken_back_since_shows_after_a_refresh(town: Any) -> None:
    evaluation = "bundles/commerce-courseware.evaluation-board.evaluation"
    with town.watched() as url:
        town.ok("board", "authority", "revoke", evaluation, "--reason", "mistake", "--to", url)
        assert explained(town)["admitted"], "within a day, and nobody was asked"
        said = explained(town, PACK, "--refresh")
        assert said["refusal"]["code"] == "REVOKED_EVALUATION" and said["refusal"]["stage"] == "revocation"
        told = town.run("buyer", "trust", "explain", PACK)
        assert told.code == 1 and "taken back (mistake)" in told.out, "what was learnt stays known"
        words = ("semper/courseware", "1.0.0", "--reason", "Sold out.", "--to", url)
        town.ok("shop", "bundle", "withdraw", *words)
        said = town.run("buyer", "bundle", "verify", PACK, "--refresh", "--json").json["bundles"][0]
        assert said["refusal"]["code"] == "WITHDRAWN" and "Sold out." in said["refusal"]["message"]
    town.run("buyer", "trust", "explain", PACK, "--refresh").refused(3, "PEER_UNREACHABLE")

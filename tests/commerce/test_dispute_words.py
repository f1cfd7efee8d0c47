"""Claims as people write them, verdicts as people read them; and the same by the command."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from semper_host.cli.deal import app
from semper_host.commerce.dispute import Claim, ClaimKind, Verdict
from semper_host.commerce.dispute_words import lines_of_verdict, read_claim
from semper_host.model.errors import UsageError


@pytest.mark.parametrize("kind", list(ClaimKind))
def test_every_claim_can_be_written(kind: ClaimKind) -> None:
    written = kind.value.replace(" ", "-")
    assert read_claim(f"buyer:{written}") == Claim("buyer", kind)
    assert read_claim(f"seller:{written}:pay#2") == Claim("seller", kind, "pay#2")


@pytest.mark.parametrize("text", ["", "buyer", "buyer:", "bank:not-paid", "buyer:robbed", "not-paid"])
def test_anything_else_is_no_claim(text: str) -> None:
    with pytest.raises(UsageError, match="cannot hear the claim"):
        read_claim(text)


def test_a_verdict_says_whom_it_convicts_and_why() -> None:
    assert lines_of_verdict(Verdict(True, "issuer", "it lied")) == ("The issuer deviated: it lied.",)
    assert lines_of_verdict(Verdict(True, "", "it is there")) == ("Nobody deviated: it is there.",)
    assert lines_of_verdict(Verdict(False, "", "undecidable: no")) == ("Nobody is convicted.", "Undecidable: no.")


def judged(scenes: Any, tmp_path: Path, name: str, *words: str) -> Any:
    files = []
    for side, data in getattr(scenes, name).exported.items():
        files.append(tmp_path / f"{side}.evidence")
        files[-1].write_bytes(data)
    trust = next(iter(scenes.fair.homes.values())).trust
    return CliRunner().invoke(app, ["judge", *map(str, files), "--roots", str(trust), *words])


def test_the_command_convicts_whoever_sold_false_goods(scenes: Any, tmp_path: Path) -> None:
    done = judged(scenes, tmp_path, "false", "--claim", "buyer:content-false", "--json")
    assert done.exit_code == 0
    assert json.loads(done.output)["deviated"] == "seller"


def test_the_command_says_what_it_cannot_decide(scenes: Any, tmp_path: Path) -> None:
    done = judged(scenes, tmp_path, "sold", "--claim", "buyer:content-false")
    assert done.exit_code == 1 and "Nobody is convicted" in done.output


def test_the_command_takes_status_lists_and_refuses_what_is_none(scenes: Any, tmp_path: Path) -> None:
    junk = tmp_path / "list"
    junk.write_bytes(b"junk")
    done = judged(scenes, tmp_path, "sold", "--claim", "buyer:revoked", "--status-list", str(junk))
    assert isinstance(done.exception, UsageError)

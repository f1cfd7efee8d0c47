"""`semper terms`: what is proved, what it costs, and what is wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from semper_host.cli.terms import PROVED

ROOT = Path(__file__).resolve().parents[2]
TERMS = ROOT / "plugins/commerce/courseware/terms.yaml"
FORMS = ("bundles/commerce-courseware.smp", "bundles/commerce-courseware.smpack", str(TERMS))


@pytest.mark.parametrize("file", FORMS)
def test_check_proves_the_same_of_source_archive_and_pack(town: Any, file: str) -> None:
    found = town.ok("nowhere", "terms", "check", file, "--json").json
    assert found["protocol"] == "courseware/1" and found["proved"] == list(PROVED)
    assert found["needed"] == ["information.release", "money.pay", "money.receive", "statement.sign"]
    assert found["longest_seconds"] > 0 and found["mermaid"].startswith("stateDiagram-v2")
    assert not any(risk["can_be_lost"] for risk in found["risks"] if risk["role"] == "B")


def test_check_tells_people_what_is_at_risk(semper: Any) -> None:
    told = semper.ok("nowhere", "terms", "check", TERMS).out
    assert "proved" in told and "at risk" in told and "longest" in told


def test_show_gives_the_legal_text_in_the_language_asked_for(town: Any) -> None:
    english = town.ok("nowhere", "terms", "show", FORMS[0]).out
    german = town.ok("nowhere", "terms", "show", FORMS[0], "--language", "de").out
    first = (ROOT / "plugins/commerce/courseware/legal.de.txt").read_text().splitlines()[0]
    assert first in german and first not in english and "1. agree" in german


def test_show_draws_the_flow(semper: Any) -> None:
    drawn = semper.ok("nowhere", "terms", "show", TERMS, "--diagram").out
    assert drawn.startswith("stateDiagram-v2\n") and "[*]" in drawn
    assert "flow.svg" in semper.ok("nowhere", "terms", "show", TERMS, "--svg", "flow.svg").out
    assert (semper.root / "flow.svg").read_text().startswith('<svg xmlns="http://www.w3.org/2000/svg"')


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello: world\n",
        "a: &x 1\n",
        "\x00",
        TERMS.read_text().replace("then: {done: pay", "then: {done: nowhere"),
    ],
)
def test_terms_that_do_not_hold_are_refused_and_named(semper: Any, text: str) -> None:
    (semper.root / "terms.yaml").write_text(text)
    assert "terms.yaml" in semper.run("nowhere", "terms", "check", "terms.yaml").refused(1, "TERMS_INVALID")


def test_a_payment_system_has_no_terms(town: Any) -> None:
    town.run("nowhere", "terms", "check", "bundles/payment-ecash.smp").refused(1, "TERMS_INVALID")

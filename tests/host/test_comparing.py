"""What changed between two versions: every kind of change is found, said once, and what gives more is said first."""

from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path

import pytest

from semper_host.host import bundling
from semper_host.host.comparing import PARTS, Comparison, compare, plain

PLUGINS = Path(__file__).resolve().parents[2] / "plugins"
Files = dict[str, bytes]
THANKS = b"\n  thanks: {transfer: B>S, give: info.praise, within: P1D, then: {ok: END.sold, late: END.sold}}"


@pytest.fixture
def course() -> Files:
    return bundling.read_source(PLUGINS / "commerce" / "courseware")


def changed(files: Files, name: str, *pairs: tuple[bytes, bytes]) -> Files:
    made = dict(files)
    for old, new in pairs:
        assert old in made[name], old
        made[name] = made[name].replace(old, new, 1)
    if name.startswith("legal"):
        was, now = (sha256(each[name]).hexdigest().encode() for each in (files, made))
        made["manifest.yaml"] = made["manifest.yaml"].replace(was, now)
    return made


def parts(found: Comparison) -> set[str]:
    return {name for name in PARTS if getattr(found, name)}


def test_the_same_files_do_not_differ(course: Files) -> None:
    found = compare(course, dict(course))
    assert found.same and not found.watch and parts(found) == set()


@pytest.mark.parametrize(
    ("name", "old", "new", "where"),
    [
        ("manifest.yaml", b"version: 1.0.0", b"version: 1.1.0", {"identity"}),
        ("manifest.yaml", b"cpu_seconds: 2", b"cpu_seconds: 3", {"limits"}),
        ("manifest.yaml", b"most: 1000.00 EUR", b"most: 900.00 EUR", {"rights"}),
        ("manifest.yaml", b"reason: Both sides sign", b"reason: They both sign", {"rights"}),
        ("manifest.yaml", b"# The source", b"# This source", set()),
        ("terms.yaml", b"course: Key to", b"course: The key to", {"items", "steps", "code"}),
        ("terms.yaml", b"max: P7D", b"max: P8D", {"parameters", "risks", "duration", "code"}),
        ("terms.yaml", b"max: 100000", b"max: 200000", {"parameters", "risks", "code"}),
        ("terms.yaml", b"# Terms of business", b"# These are terms", {"code"}),
        ("legal.en.txt", b"1. Parties.", b"1. Persons.", {"legal"}),
        ("seller.py", b"the order is empty", b"nothing was ordered", {"code"}),
    ],
)
def test_each_change_shows_where_it_is(course: Files, name: str, old: bytes, new: bytes, where: set[str]) -> None:
    found = compare(course, changed(course, name, (old, new)))
    assert parts(found) == where and not found.same


def test_a_step_added_and_one_removed_are_named_with_their_lines(course: Files) -> None:
    longer = changed(
        course, "terms.yaml",
        (b"then: {done: END.sold, aborted: END.none}", b"then: {done: thanks, aborted: END.none}"),
        (b"\nends:\n", THANKS + b"\nends:\n"),
        (b"info:\n", b"info:\n  praise: A kind word\n"),
        (b"sold: {S: [money.price]", b"sold: {S: [money.price, info.praise perhaps]"),
    )  # fmt: skip
    found = compare(course, longer)
    assert not found.new.refusal
    assert [(each.name, each.change) for each in found.steps] == [("pay", "changed"), ("thanks", "added")]
    assert "done: goes on with thanks" in found.steps[0].after
    assert "buyer gives info.praise “A kind word” to the seller" in found.steps[1].after
    back = compare(longer, course)
    assert [(each.name, each.change) for each in back.steps] == [("pay", "changed"), ("thanks", "removed")]
    assert any("info.praise can be lost" in line for line in found.watch)


def test_more_rights_more_risk_and_more_time_are_said_first(course: Files) -> None:
    greedy = changed(
        course,
        "manifest.yaml",
        (b"most: 1000.00 EUR\n    reason: The buyer", b"most: 2000.00 EUR\n    reason: The buyer"),
    )
    greedy = changed(greedy, "terms.yaml", (b"max: 100000", b"max: 200000"), (b"max: P30D", b"max: P40D"))
    watch = compare(course, greedy).watch
    assert watch[0] == "it asks for more by money.pay: 1000.00 EUR before, 2000.00 EUR now"
    assert any(line.startswith("a deal can take longer: 94 days instead of 74 days") for line in watch)
    assert any("new at risk: the buyer's money.price (at most 2000.00 EUR)" in line for line in watch)
    assert compare(greedy, course).watch == tuple(
        line for line in compare(greedy, course).watch if line.startswith("new at risk")
    ), "less is nothing to watch, but another amount at risk is said"


def test_a_weaker_fairness_is_said(course: Files) -> None:
    pay = b"needs: [agree]\n    within: parameter answer_within\n"
    weak = changed(
        course, "terms.yaml", (b"fair: strong\n    needs", b"fair: weak\n    needs"),
        (pay + b"    resolve_within: parameter resolve_within\n", pay),
    )  # fmt: skip
    assert "the step pay is less fair: strong before, weak now" in compare(course, weak).watch


def test_fairness_that_may_be_weaker_is_said_and_what_then_can_be_lost(course: Files) -> None:
    either = changed(course, "terms.yaml", (b"fair: strong\n    needs", b"fair: strong-or-weak\n    needs"))
    watch = compare(course, either).watch
    assert "the step pay is less fair: strong before, strong-or-weak now" in watch
    assert any("info.course can be lost" in line for line in watch)
    assert compare(either, course).watch == ()


def test_a_package_in_place_of_a_purchase_is_shown_item_by_item(course: Files) -> None:
    more = changed(
        course, "terms.yaml",
        (b"exchange: fair-purchase", b"exchange: package"),
        (b"left: S info.course", b"left: [S info.course, S info.notes]"),
        (b"info:\n", b"info:\n  notes: Key to the notes\n"),
        (b"B: [info.course]", b"B: [info.course, info.notes]"),
    )  # fmt: skip
    (step,) = compare(course, more).steps
    assert "seller gives info.course “Key to the course's files” and info.notes “Key to the notes”" in step.after
    assert step.after[0] == "exchange package"


def test_another_publisher_is_said(course: Files) -> None:
    one, other = (
        {**course, "manifest.yaml": course["manifest.yaml"] + f'publisher: "{letter * 64}"\n'.encode()}
        for letter in "ab"
    )
    assert compare(one, other).watch == ("another publisher's key signs it",)


def test_terms_that_do_not_hold_are_said_and_the_rest_is_compared(course: Files) -> None:
    broken = changed(course, "terms.yaml", (b"steps:", b"stops:"))
    broken = changed(broken, "legal.de.txt", (b"1. Beteiligte", b"1. Parteien"))
    found = compare(course, broken)
    assert "do not hold" in found.watch[0] and [each.name for each in found.legal] == ["de"]
    assert all(each.change == "removed" for each in found.steps)


def test_legal_texts_differ_line_by_line_and_by_language(course: Files) -> None:
    (row,) = compare(course, changed(course, "legal.en.txt", (b"1. Parties.", b"1. Persons."))).legal
    assert (row.name, row.change) == ("en", "changed")
    assert [line[:11] for line in row.diff if line[:2] in ("-1", "+1")] == ["-1. Parties", "+1. Persons"]


def test_bundles_without_terms_are_compared_too() -> None:
    manager = bundling.read_source(PLUGINS / "items" / "statement")
    other = bundling.read_source(PLUGINS / "items" / "payment")
    found = compare(manager, other)
    assert parts(found) == {"identity", "code"} and not found.new.refusal


def test_the_json_says_all_of_it(course: Files) -> None:
    said = json.loads(
        json.dumps(plain(compare(course, changed(course, "seller.py", (b"the order is empty", b"nothing")))))
    )
    assert said["schema"] == "semper.comparison/1" and said["same"] is False
    assert {"old", "new", "watch", *PARTS} <= said.keys()

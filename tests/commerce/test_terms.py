from __future__ import annotations

import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped,unused-ignore]
import pytest
import yaml

from semper_host.commerce.terms import (
    MAX_BYTES,
    Exchange,
    ExchangeKind,
    Fairness,
    ItemName,
    Section,
    Side,
    Span,
    Terms,
    parse_terms,
)
from semper_host.commerce.terms_schema import json_schema, schema_text

SOUND = sorted((Path(__file__).parent / "terms/sound").glob("*.yaml"))


def test_courseware_says_contract_then_purchase(courseware: Terms) -> None:
    agree, pay = courseware.steps
    assert isinstance(agree, Exchange)
    assert isinstance(pay, Exchange)
    assert (agree.kind, agree.fair) == (ExchangeKind.CONTRACT, Fairness.STRONG)
    assert agree.left == Side("S", (ItemName(Section.STATEMENT, "offer"),))
    assert agree.then == (("done", "pay"), ("aborted", "END.none"))
    assert (pay.kind, pay.needs, pay.within) == (
        ExchangeKind.FAIR_PURCHASE,
        ("agree",),
        Span(parameter="answer_within"),
    )
    assert courseware.start == "agree"
    assert courseware.actors == ("B", "S")
    assert courseware.role_of("trustee") == "T"
    assert courseware.kind_of("S") == "seller"
    assert [end.name for end in courseware.ends if end.satisfied] == ["sold"]


def test_the_digest_is_that_of_the_exact_bytes(library: Any) -> None:
    text = library.text("courseware")
    assert parse_terms(text).digest == sha256(text).digest()
    assert parse_terms(text + b"# a remark\n").digest != parse_terms(text).digest


def test_terms_are_values_that_do_not_change(courseware: Terms) -> None:
    with pytest.raises(AttributeError):
        courseware.protocol = "other/1"  # type: ignore[misc]
    hash(courseware)


def test_the_side_without_money_begins(library: Any) -> None:
    pay = library.terms("sound/mail_order").step("pay")
    assert pay.left.role == "B"
    assert pay.parties == ("S", "B")


def test_everybody_learns_an_outcome_unless_the_step_says_who(library: Any) -> None:
    mall = library.terms("sound/mall")
    assert mall.step("list").tell == ("B", "M", "S")
    assert mall.step("sell").tell == ("B", "M", "S")
    assert library.terms("sound/either_way").step("choose").tell == ("A", "B")


ATTACKS = {
    "a tag": b"schema: !!python/object/apply:os.system ['true']\n",
    "an anchor": b"schema: &a semper.terms/1\n",
    "an alias": b"a: &a x\nb: *a\n",
    "a merge key": b"schema: semper.terms/1\n<<: {protocol: x/1}\n",
    "a duplicate key": b"schema: semper.terms/1\nschema: semper.terms/1\n",
    "a boolean in disguise": b"schema: semper.terms/1\nroles: {B: yes}\n",
    "a second document": b"schema: semper.terms/1\n---\nschema: semper.terms/1\n",
    "a directive": b"%YAML 1.1\n---\nschema: semper.terms/1\n",
    "deep nesting": b"schema: " + b"[" * 5000 + b"]" * 5000,
    "a byte order mark": b"\xef\xbb\xbfschema: semper.terms/1\n",
    "bytes that are not UTF-8": b"schema: \xff\xfe\n",
    "nothing": b"",
    "a number": b"5",
    "a list": b"[]",
    "null": b"null",
    "a control character": b'schema: "\\u0007"\n',
}


@pytest.mark.parametrize("attack", ATTACKS)
def test_yaml_with_more_than_one_meaning_is_refused(library: Any, attack: str) -> None:
    with library.refuses("TERMS_INVALID"):
        parse_terms(ATTACKS[attack])


def test_terms_larger_than_the_limit_are_refused_unread(library: Any) -> None:
    with library.refuses("TERMS_INVALID", "larger"):
        parse_terms(b"#" * (MAX_BYTES + 1))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("schema: semper.terms/1", "schema: semper.terms/2", "schema"),
        ("schema: semper.terms/1\n", "", "schema"),
        ("protocol: courseware/1", "protocol: courseware", "protocol"),
        ("roles: {B: buyer", "roles: {b: buyer", "roles"),
        ("satisfied: [sold]", "satisfied: []", "satisfied"),
        ("satisfied: [sold]", "satisfied: [sold]\nbonus: 1", "bonus"),
        ("steps:\n  agree:", 'steps:\n  "agree\\n":', "steps"),
        ("steps:\n  agree:", "steps:\n  END.agree:", "steps"),
        ("left: S info.course", "left: S  info.course", "pay"),
        ("left: S info.course", "left: S info.Course", "pay"),
        ("left: S info.course", 'left: "S info.course\\n"', "pay"),
        ("right: B money.price", "right: [B, money.price]", "pay"),
        ("fair: strong\n    needs", "fair: absolute\n    needs", "pay"),
        ("within: parameter answer_within\n    resolve", "within: 3600\n    resolve", "agree"),
        ("then: {done: END.sold, aborted: END.none}", "then: {done: END.sold}", "pay"),
        ("then: {done: END.sold, aborted: END.none}", "then: {done: END.sold, aborted: END.none, late: x}", "pay"),
        ("{kind: duration, min: PT5S, max: P7D}", "{kind: duration, min: PT5S}", "max"),
        ("{kind: duration, min: PT5S, max: P7D}", "{kind: duration, min: 5, max: 7}", "min"),
        ("{kind: duration, min: PT5S, max: P7D}", "{kind: duration, min: PT5S, max: P9999D}", "longer"),
        ("{kind: duration, min: PT5S, max: P7D}", "{kind: period, min: PT5S, max: P7D}", "period"),
        ("max: 100000}", "max: 10000000000000000}", "max"),
        ("max: 100000}", 'max: "100000"}', "max"),
        ("min: 1, max: 100000}", "min: -1, max: 100000}", "min"),
        ("amount: from-offer", "amount: from-me", "money"),
        ("sold: {S: [money.price]", "sold: {S: [money.price twice]", "ends"),
        ("sold: {S: [money.price]", "sold: {S: money.price", "ends"),
    ],
)
def test_terms_that_do_not_fit_the_schema_are_refused_naming_the_place(
    library: Any, old: str, new: str, said: str
) -> None:
    with library.refuses("TERMS_INVALID", said):
        parse_terms(library.edited("courseware", (old, new)))


def test_the_published_schema_is_the_one_of_the_code(library: Any) -> None:
    page = library.root / "docs/reference/terms.schema.json"
    assert page.read_text("utf-8") == schema_text(), "run `make docs`"
    jsonschema.Draft202012Validator.check_schema(json.loads(schema_text()))


@pytest.mark.parametrize("name", ["courseware", *(f"sound/{path.stem}" for path in SOUND)])
def test_sound_terms_fit_the_published_schema(library: Any, name: str) -> None:
    jsonschema.validate(yaml.safe_load(library.text(name)), json_schema())


@pytest.mark.parametrize("name", ["unknown_key", "unknown_kind_of_exchange", "two_forms", "no_form", "side_of_nothing"])
def test_malformed_terms_do_not_fit_the_published_schema(library: Any, name: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(yaml.safe_load(library.text(f"broken/{name}")), json_schema())

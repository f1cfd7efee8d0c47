"""YAML with one meaning: every reader of a signed file reads the same."""

from __future__ import annotations

from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from semper_host.admission.strict_yaml import MAX_BYTES, MAX_DEPTH, load
from semper_host.model.errors import AdmissionRefused

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126)),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("abcxyz", min_size=1), inner, max_size=4),
    max_leaves=12,
)


def refused(text: str | bytes, *words: str) -> AdmissionRefused:
    with pytest.raises(AdmissionRefused) as caught:
        load(text if isinstance(text, bytes) else text.encode(), "terms.yaml", "TERMS_INVALID")
    assert caught.value.code == "TERMS_INVALID"
    assert caught.value.message.startswith("cannot read terms.yaml")
    for word in words:
        assert word in caught.value.message
    return caught.value


def test_a_plain_file_reads_as_what_it_says() -> None:
    text = """\
    # a comment
    id: eurocom/courseware
    count: 12
    below: -3
    nothing: null
    sure: true
    flow: {pay: [a, "b", 'c'], END.none: {}}
    empty: ''
    folded: >
      two
      lines
    """
    assert load(text.encode()) == {
        "id": "eurocom/courseware",
        "count": 12,
        "below": -3,
        "nothing": None,
        "sure": True,
        "flow": {"pay": ["a", "b", "c"], "END.none": {}},
        "empty": "",
        "folded": "two lines\n",
    }


@given(PLAIN)
@settings(max_examples=200, deadline=None)
def test_what_the_usual_writer_writes_reads_as_it_was_or_is_refused(value: Any) -> None:
    text = yaml.safe_dump(value, default_style='"' if isinstance(value, str) else None)
    try:
        assert load(text.encode()) == value
    except AdmissionRefused as error:
        assert "quotes" in error.message or "write null" in error.message


@given(st.text("abyesnof0123_.:-+tT ~=<!&*{}[]\"'\n#,|>%@", max_size=40))
@settings(max_examples=500, deadline=None)
def test_whatever_two_parsers_accept_they_read_the_same(text: str) -> None:
    try:
        value, other = load(text.encode()), yaml.safe_load(text)
    except (AdmissionRefused, yaml.YAMLError):
        return
    assert other == value


@given(st.binary(max_size=200))
@settings(max_examples=200, deadline=None)
def test_noise_is_a_value_or_a_refusal_and_never_a_crash(noise: bytes) -> None:
    try:
        load(noise)
    except AdmissionRefused as error:
        assert error.code == "MANIFEST_INVALID"


@pytest.mark.parametrize("word", ["on", "off", "yes", "no", "y", "N", "Yes", "TRUE", "Null", "~"])
def test_a_word_that_is_a_truth_value_elsewhere_must_be_quoted(word: str) -> None:
    refused(f"a: {word}", "quotes", "line 1")
    refused(f"{word}: a", "quotes")
    assert load(f"a: '{word}'".encode()) == {"a": word}


def test_an_on_key_must_be_quoted() -> None:
    refused("steps:\n  on: {late: END.none}\n", "line 2", "on has several meanings")
    assert load(b'"on": 1') == {"on": 1}


@pytest.mark.parametrize(
    "number",
    [
        "010",
        "0o17",
        "0x1f",
        "0b1",
        "1_000",
        "+1",
        "1.5",
        "1.",
        ".5",
        "1e3",
        "-0",
        "12:30",
        "12:30:45",
        ".inf",
        "-.INF",
        ".nan",
        "9" * 19,
        "00",
    ],
)
def test_a_number_that_is_not_the_same_everywhere_must_be_quoted(number: str) -> None:
    refused(f"a: {number}", "quotes")


@pytest.mark.parametrize("moment", ["2026-01-01", "2026-1-1", "2026-01-01T10:00:00Z", "2026-01-01 10:00:00"])
def test_a_date_must_be_quoted(moment: str) -> None:
    refused(f"a: {moment}", "quotes")


@pytest.mark.parametrize(
    "text", ["1.0.0", "PT1H", "100.00 EUR", "semper.manifest/1", "END.none", "S>B", "a b c", "nothing"]
)
def test_usual_words_need_no_quotes(text: str) -> None:
    assert load(f"a: {text}".encode()) == {"a": text}


@pytest.mark.parametrize(
    "tag",
    ["!!python/object/apply:os.system [id]", "!!str 1", "!!binary aGk=", "!mine x", "! x", "!!set {a}", "!<tag:x> y"],
)
def test_a_tag_is_refused(tag: str) -> None:
    refused(f"a: {tag}", "tag")


def test_an_anchor_is_refused_even_if_nobody_uses_it() -> None:
    refused("a: &x 1", "anchor &x")
    refused("a: &x {b: 1}", "anchor")
    refused("&k a: 1", "anchor")


def test_an_alias_is_refused() -> None:
    refused("a: *x", "alias")


def test_a_tree_of_aliases_that_would_unfold_into_billions_is_refused_at_its_first_anchor() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    refused("\n".join(lines), "line 1", "anchor")


def test_a_merge_key_is_refused() -> None:
    refused("a: {<<: {b: 1}, c: 2}", "<<")


def test_a_duplicate_key_is_refused_and_its_line_is_named() -> None:
    refused("a: 1\nb: 2\na: 3\n", "line 3", "'a' occurs twice")
    refused("a: {x: 1, 'x': 2}", "'x' occurs twice")


@pytest.mark.parametrize("key", ["1", "null", "true", "[a, b]", "{a: b}", "? [x]\n"])
def test_a_key_that_is_not_text_is_refused(key: str) -> None:
    refused(f"{key}: a", "")


def test_an_empty_value_is_refused() -> None:
    refused("a:\nb: 1\n", "empty", "line 1")
    refused("- \n- a", "empty")


def test_nothing_at_all_is_refused() -> None:
    refused("", "empty")
    refused("# only a comment\n", "empty")


def test_several_documents_are_refused() -> None:
    refused("a: 1\n---\nb: 2\n", "second document")


def test_directives_are_refused() -> None:
    refused("%YAML 1.1\n---\na: 1\n", "directives")
    refused("%TAG ! tag:evil,2000:\n---\na: 1\n", "directives")


def test_deep_nesting_is_refused_early() -> None:
    refused("[" * 100_000, "nested")
    refused("{a: " * 10_000, "nested")
    refused("- " * 2_000 + "x", "nested")
    assert load(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH)


def test_a_huge_file_is_refused_unread() -> None:
    refused(b"a" * (MAX_BYTES + 1), "larger")
    refused("[" + "a," * 50_000 + "]", "values")


@pytest.mark.parametrize("data", [b"\xff\xfea\0", b"\xef\xbb\xbfa: 1", b"\xfe\xff\0a"])
def test_a_byte_order_mark_is_refused(data: bytes) -> None:
    refused(data, "byte order mark")


def test_bytes_that_are_not_utf8_are_refused() -> None:
    refused(b"a: \xff", "UTF-8")


@pytest.mark.parametrize("escape", [r"\0", r"\x07", r"\u202e", r"\u2066", r"\x85", r"\u2028", r"\e"])
def test_a_text_with_hidden_control_characters_is_refused(escape: str) -> None:
    refused(f'a: "x{escape}y"', "control")


def test_letters_of_all_scripts_are_text() -> None:
    assert load("a: Ünïcödé ελληνικά 日本".encode()) == {"a": "Ünïcödé ελληνικά 日本"}


def test_broken_syntax_names_the_line() -> None:
    refused("a: 1\nb: [1, 2\nc: 3\n", "line 3")

"""The encoding: one spelling for every value, and nothing else accepted."""

from __future__ import annotations

import cbor2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from semper_host.model.encoding import MAX_DEPTH, MalformedEncoding, Record, decode, encode
from semper_host.model.money import Money

LEAVES = (
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.binary(max_size=40) | st.text(max_size=40)
)
KEYS = st.integers(-(2**63), 2**64 - 1) | st.text(max_size=12)
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS, inner, max_size=4), max_leaves=20
)


class Leaf(Record, frozen=True):
    name: str
    amount: Money
    note: bytes | None = None


class Tree(Record, frozen=True):
    leaves: tuple[Leaf, ...]
    best: Leaf | None = None
    count: int = 0


@given(VALUES)
def test_whatever_is_written_is_read_back_and_written_the_same(value: object) -> None:
    data = encode(value)
    assert decode(data) == value
    assert encode(decode(data)) == data


@given(VALUES, st.data())
def test_no_other_bytes_mean_the_same(value: object, data: st.DataObject) -> None:
    written = bytearray(encode(value))
    at = data.draw(st.integers(0, len(written) - 1))
    written[at] ^= data.draw(st.integers(1, 255))
    try:
        read = decode(bytes(written))
    except MalformedEncoding:
        return
    assert encode(read) == bytes(written)


@given(st.binary(max_size=200))
def test_rubbish_is_refused_or_read_exactly(data: bytes) -> None:
    try:
        assert encode(decode(data)) == data
    except MalformedEncoding as error:
        assert error.message.startswith("cannot")


@pytest.mark.parametrize(
    ("data", "why"),
    [
        ("a201000100", "a duplicate key"),
        ("a202000100", "keys out of order"),
        ("a2 61 62 00 18 64 00", "a text key before an integer key"),
        ("a2 62 6161 00 61 62 00", "a longer text key first"),
        ("1800", "an integer that is not minimal"),
        ("190001", "an integer in two bytes that fits one"),
        ("5801 00", "a length that is not minimal"),
        ("fb3ff0000000000000", "a float"),
        ("f93c00", "a half float"),
        ("f97e00", "not a number"),
        ("c2410a", "a big integer"),
        ("c100", "a tag"),
        ("d81c8100", "a shared value"),
        ("f7", "undefined"),
        ("f0", "a simple value"),
        ("5f4101ff", "an indefinite byte string"),
        ("9f00ff", "an indefinite array"),
        ("bf0000ff", "an indefinite map"),
        ("a1 41 00 00", "a byte string as key"),
        ("a1 f5 00", "a truth value as key"),
        ("0000", "trailing bytes"),
        ("61 ff", "text that is not UTF-8"),
        ("58 ff 00", "a length beyond the end"),
        ("9a ffffffff", "an array that claims four thousand million items"),
        ("", "nothing"),
    ],
)
def test_what_the_profile_excludes_is_refused(data: str, why: str) -> None:
    with pytest.raises(MalformedEncoding, match="cannot decode"):
        decode(bytes.fromhex(data.replace(" ", "")))


def test_ten_thousand_levels_are_refused_without_a_crash() -> None:
    for opening in (b"\x81", b"\xa1\x00"):
        with pytest.raises(MalformedEncoding):
            decode(opening * 10_000 + b"\x00")


def test_the_deepest_allowed_nesting_is_read() -> None:
    data = b"\x81" * MAX_DEPTH + b"\x00"
    assert encode(decode(data)) == data


def test_floats_are_never_written() -> None:
    with pytest.raises(TypeError):
        encode({"price": 19.9})


def test_map_keys_are_ordered_by_their_encodings_not_by_length() -> None:
    # RFC 8949 §4.2.1, the example there: 10, 100, -1, "z", "aa"
    value = {"aa": 5, "z": 4, -1: 3, 100: 2, 10: 1}
    assert encode(value) == bytes.fromhex("a5 0a01 186402 2003 617a04 62616105".replace(" ", ""))


TEXTS = st.text(st.characters(max_codepoint=0x17F), max_size=20) | st.integers(0, 300).map("x".__mul__)


@given(st.sets(TEXTS))
def test_keys_of_text_are_in_the_order_of_their_encodings_however_long(keys: set[str]) -> None:
    assert list(cbor2.loads(encode(dict.fromkeys(keys, 0)))) == sorted(keys, key=cbor2.dumps)


def test_a_record_is_a_map_from_field_numbers_and_absent_fields_are_absent() -> None:
    leaf = Leaf("x", Money(5, "EUR"))
    assert cbor2.loads(encode(leaf)) == {0: "x", 1: {0: 5, 1: "EUR"}}
    tree = Tree((leaf, leaf), leaf, 7)
    assert Tree.decode(encode(tree)) == tree


@pytest.mark.parametrize(
    "plain",
    [
        {0: "x"},
        {0: "x", 1: {0: 5, 1: "EUR"}, 3: 1},
        {0: "x", 1: {0: 5, 1: "EUR"}, -1: 1},
        {"name": "x", 1: {0: 5, 1: "EUR"}},
        {0: b"x", 1: {0: 5, 1: "EUR"}},
        {0: "x", 1: {0: "5", 1: "EUR"}},
        {0: "x", 1: {0: 5, 1: "XXX"}},
        {0: "x", 1: {0: 10**16, 1: "EUR"}},
        {0: "x", 1: {0: True, 1: "EUR"}},
        {0: "x", 1: [5, "EUR"]},
        [0, 1],
        None,
    ],
)
def test_a_map_that_is_not_the_record_is_refused(plain: object) -> None:
    with pytest.raises(MalformedEncoding, match="cannot read a"):
        Leaf.decode(encode(plain))


@pytest.mark.parametrize("tag", [0, 1, 2, 4, 25, 28, 30, 35, 36, 37, 52, 100, 256, 258, 260, 1004, 43_000, 55_799])
def test_a_tag_is_refused_before_anything_is_made_of_it(tag: int) -> None:
    """A peer's regular expression (tag 35) of 300 bytes took most of a second to compile."""
    wide = b"\xda" + tag.to_bytes(4)
    head = bytes([0xC0 | tag]) if tag < 24 else b"\xd8" + bytes([tag]) if tag < 256 else wide
    for body in (b"\x61+", b"\x80", b"\x01", b"\x41x"):
        with pytest.raises(MalformedEncoding, match=r"error decoding semantic tag|a tag is outside"):
            decode(head + body)

"""The form of containers: one spelling, strict attributes, limits; everything else is refused."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.model.container import (
    Container,
    Group,
    demands,
    pack,
    read,
    security_at,
    write,
)
from semper_host.model.container_rules import MAX_DEPTH
from semper_host.model.container_sealing import audience_at, info_for, open_sealed, seal
from semper_host.model.encoding import MalformedEncoding, decode, encode
from semper_host.model.items import Item
from semper_host.model.security import NOTHING, Fairness, Receipt, Security, make_security
from semper_host.supporting.cryptographic import sealing
from tests.model.containers import ADDRESS, ANNA, ASKED, BERT, CARL, OFFER, PRIVATE, SEED, refused, signed

# --- security attributes


def test_attributes_hold_for_everything_below_and_the_stronger_counts() -> None:
    assert security_at(signed(), (0,)) == ASKED
    assert security_at(signed(), ADDRESS) == replace(ASKED, confidential=PRIVATE.confidential)
    weak = Group(make_security(receipt=Receipt.RECEIVED, anonymous=True), [Item("statement.note", b"")])
    container = signed(Group(make_security(fairness=Fairness.WEAK), [weak, OFFER]))
    assert security_at(container, (0, 0)) == make_security(
        receipt=Receipt.RECEIVED, anonymous=True, fairness=Fairness.WEAK
    )
    assert demands(container) == make_security(
        origin=True, receipt=Receipt.OPENED, anonymous=True, fairness=Fairness.STRONG
    )
    assert demands(signed(Item("statement.note", b""))) == NOTHING


def test_content_is_kept_for_fewer_parties_inside_never_for_others() -> None:
    for inner in ((CARL.public,), (ANNA.public, CARL.public)):
        content = Group(PRIVATE, [Group(make_security(confidential=inner), [Item("statement.note", b"")])])
        with refused("CONTAINER_INVALID"):
            pack(content, SEED)
    fewer = Group(PRIVATE, [Group(make_security(confidential=(BERT.public,)), [Item("statement.note", b"")])])
    assert audience_at(pack(fewer, SEED), (0, 0)) == (BERT.public,)
    assert audience_at(pack(fewer, SEED), ()) == PRIVATE.confidential


@pytest.mark.parametrize(
    "plain",
    [
        {},
        {0: True, 1: "none", 2: [], 3: False},
        {0: 1, 1: "none", 2: [], 3: False, 4: "none"},
        {0: True, 1: "seen", 2: [], 3: False, 4: "none"},
        {0: True, 1: "none", 2: [], 3: False, 4: "total"},
        {0: True, 1: "none", 2: [b"k" * 31], 3: False, 4: "none"},
        {0: True, 1: "none", 2: [b"k" * 32] * 2, 3: False, 4: "none"},
        {0: True, 1: "none", 2: [b"l" * 32, b"k" * 32], 3: False, 4: "none"},
        {0: True, 1: "none", 2: [bytes((i,)) * 32 for i in range(17)], 3: False, 4: "none"},
        {0: True, 1: "none", 2: [], 3: False, 4: "none", 5: True},
    ],
)
def test_attributes_have_one_form_and_no_other(plain: object) -> None:
    with pytest.raises(MalformedEncoding):
        Security.from_plain(plain)
    container: Any = decode(write(signed()))
    container[1][3] = plain
    with refused("ENCODING_INVALID"):
        read(encode(container))


# --- forms and limits

LEAF = {0: "statement.note", 1: b"s" * 16, 2: b""}
ASK: dict[int, Any] = {0: False, 1: "none", 2: [], 3: False, 4: "none"}
MALFORMED: dict[str, Any] = {
    "no node": [],
    "nothing": None,
    "an empty map": {},
    "a leaf without salt": {0: "statement.note", 2: b""},
    "a short salt": {**LEAF, 1: b"s" * 15},
    "a long salt": {**LEAF, 1: b"s" * 17},
    "a textual salt": {**LEAF, 1: "s" * 16},
    "no family": {**LEAF, 0: "note"},
    "an unknown family": {**LEAF, 0: "gift.flowers"},
    "capitals": {**LEAF, 0: "money.A"},
    "an endless kind": {**LEAF, 0: "money." + "a" * 60},
    "a newline": {**LEAF, 0: "money.a\n"},
    "a number for a kind": {**LEAF, 0: 1},
    "a body of text": {**LEAF, 2: ""},
    "an extra field": {**LEAF, 3: ASK},
    "no children": {3: ASK, 4: []},
    "children in a map": {3: ASK, 4: {0: LEAF}},
    "a child that is none": {3: ASK, 4: [1]},
    "a short digest": {9: b"d" * 31},
    "a long digest": {9: b"d" * 33},
    "a digest of text": {9: "d" * 32},
    "sealed to nobody": {9: b"d" * 32, 10: []},
    "copies in a map": {9: b"d" * 32, 10: {}},
    "sealed to half a key": {9: b"d" * 32, 10: [[b"k" * 31, b""]]},
    "a copy in three": {9: b"d" * 32, 10: [[b"k" * 32, b"", b""]]},
    "a copy of text": {9: b"d" * 32, 10: [[b"k" * 32, ""]]},
    "sealed twice to one": {9: b"d" * 32, 10: [[b"k" * 32, b"1"], [b"k" * 32, b"2"]]},
    "recipients out of order": {9: b"d" * 32, 10: [[b"l" * 32, b"1"], [b"k" * 32, b"2"]]},
    "an index beyond the count": {3: ASK, 5: 1, 6: 1, 7: LEAF, 8: b""},
    "a negative index": {3: ASK, 5: 1, 6: -1, 7: LEAF, 8: b""},
    "no count": {3: ASK, 5: 0, 6: 0, 7: LEAF, 8: b""},
    "a truth for an index": {3: ASK, 5: 1, 6: False, 7: LEAF, 8: b""},
    "a proof too long": {3: ASK, 5: 1, 6: 0, 7: LEAF, 8: b"p" * 32},
    "a proof too short": {3: ASK, 5: 3, 6: 0, 7: LEAF, 8: b"p" * 32},
    "a ragged proof": {3: ASK, 5: 2, 6: 0, 7: LEAF, 8: b"p" * 31},
    "a proof in a list": {3: ASK, 5: 2, 6: 0, 7: LEAF, 8: [b"p" * 32]},
    "too many children": {3: ASK, 5: 2**20 + 1, 6: 0, 7: LEAF, 8: b"p" * 32 * 21},
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_parts_are_refused(name: str) -> None:
    for root in (MALFORMED[name], {3: ASK, 4: [LEAF, MALFORMED[name]]}):
        with refused("CONTAINER_INVALID"):
            read(encode({0: 1, 1: root, 2: []}))


@pytest.mark.parametrize(
    ("value", "code"),
    [
        ({0: 2, 1: LEAF, 2: []}, "VERSION_UNSUPPORTED"),
        ({0: True, 1: LEAF, 2: []}, "VERSION_UNSUPPORTED"),
        ({0: 1, 1: LEAF}, "CONTAINER_INVALID"),
        ({0: 1, 1: LEAF, 2: [], 3: 0}, "CONTAINER_INVALID"),
        ({0: 1, 1: LEAF, 2: {}}, "CONTAINER_INVALID"),
        ({0: 1, 1: LEAF, 2: [1]}, "CONTAINER_INVALID"),
        ({0: 1, 1: LEAF, 2: [b""] * 17}, "CONTAINER_INVALID"),
        ([1, LEAF, []], "CONTAINER_INVALID"),
        (LEAF, "CONTAINER_INVALID"),
    ],
)
def test_what_is_no_container_of_this_format_is_refused(value: object, code: str) -> None:
    with refused(code):
        read(encode(value))


def nested(depth: int, content: Item | Group) -> Item | Group:
    for _ in range(depth):
        content = Group(NOTHING, [content])
    return content


def test_the_deepest_container_is_packed_sealed_and_read_and_a_deeper_one_is_not() -> None:
    note = Item("statement.note", b"")
    private = Group(PRIVATE, [nested(MAX_DEPTH - 1, note)])
    at_bottom = (0,) * MAX_DEPTH
    sealed = seal(signed(private), at_bottom, [ANNA.public, BERT.public], sealing.seal)
    assert open_sealed(read(write(sealed)), at_bottom, ANNA.public, ANNA.open) == signed(private)
    for depth in (MAX_DEPTH + 1, 500):
        with refused("CONTAINER_LIMITS"):
            pack(nested(depth, note), SEED)
    value: Any = LEAF
    for _ in range(MAX_DEPTH + 1):
        value = {3: ASK, 4: [value]}
    with refused("CONTAINER_LIMITS"):
        read(encode({0: 1, 1: value, 2: []}))


def test_depth_is_counted_through_what_is_opened() -> None:
    value: Any = LEAF
    for _ in range(MAX_DEPTH):
        value = {3: ASK, 4: [value]}
    whole = Container.from_plain({0: 1, 1: value, 2: []})
    info = info_for(whole.digest, ANNA.public)
    hiding = {9: whole.digest, 10: [[ANNA.public, sealing.seal(ANNA.public, encode(value), info)]]}
    private = {**ASK, 2: [ANNA.public]}
    container = read(encode({0: 1, 1: {3: private, 4: [hiding]}, 2: []}))
    with refused("CONTAINER_LIMITS"):
        open_sealed(container, (0,), ANNA.public, ANNA.open)


def test_size_and_signatures_are_limited() -> None:
    data = write(signed())
    assert read(data, len(data)) == signed()
    with refused("CONTAINER_LIMITS"):
        read(data, len(data) - 1)
    with refused("CONTAINER_LIMITS"):
        Container(signed().root, (b"",) * 17)


def test_only_items_are_packed_under_a_whole_seed() -> None:
    for content in (Item("gift.flowers", b""), Group(NOTHING, [])):
        with refused("CONTAINER_INVALID"):
            pack(content, SEED)
    with refused("CONTAINER_PART"):
        pack(OFFER, b"short")

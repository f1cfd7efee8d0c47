"""Messages of payment systems: what is read is exactly what would be written, or nothing."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semper_host.api_v1 import CaptureRight, Coin, HoldOrder, Money, Output, decode, encode, opened, pack, unpack

SHAPES = {
    "pay": {"amount": Money, "coins": [Coin], "note": str, "ok": bool, "at": int, "key": bytes},
    "hold": {"order": HoldOrder, "outputs": [Output]},
}
coins = st.builds(Coin, st.integers(0, 2**63 - 1), st.binary(max_size=8), st.binary(max_size=8))
money = st.builds(Money, st.integers(-(10**15), 10**15), st.sampled_from(["EUR", "USD"]))
COIN = Coin(1, b"m", b"s")
PAY: dict[str, Any] = {"amount": Money(5, "EUR"), "coins": [COIN], "note": "", "ok": True, "at": 7, "key": b"k"}


def written(**changes: Any) -> bytes:
    return pack({"f": "pay", **PAY, **changes})


@given(money, st.lists(coins, max_size=5), st.text(), st.booleans(), st.integers(-(2**63), 2**64 - 1), st.binary())
def test_what_is_packed_is_unpacked(amount: Any, some: Any, note: str, ok: bool, at: int, key: bytes) -> None:
    fields = {"amount": amount, "coins": some, "note": note, "ok": ok, "at": at, "key": key}
    assert unpack(pack({"f": "pay", **fields}), "f", SHAPES) == {"f": "pay", **fields}


def test_structs_inside_structs_come_back() -> None:
    order = HoldOrder(b"l", "customer:x", Money(1, "EUR"), 5, b"p", b"q", b"t", b"s")
    fields = {"f": "hold", "order": order, "outputs": [Output(1, b"b")]}
    assert unpack(pack(fields), "f", SHAPES) == fields


@pytest.mark.parametrize(
    "changes",
    [{"amount": 5}, {"amount": {"minor": 5}}, {"amount": {"minor": 5, "currency": "XXX"}}, {"amount": {0: 5, 1: "EUR"}},
     {"amount": {"minor": True, "currency": "EUR"}}, {"amount": {"minor": 10**16, "currency": "EUR"}},
     {"coins": {}}, {"coins": [[1, b"m", b"s"]]}, {"coins": [{"value": 1, "message": b"m"}]}, {"coins": None},
     {"coins": [{"value": 1, "message": b"m", "signature": b"s", "more": 1}]},
     {"coins": [{"value": 1, "message": "m", "signature": b"s"}]},
     {"coins": [{"value": "1", "message": b"m", "signature": b"s"}]},
     {"note": b""}, {"note": None}, {"ok": 1}, {"ok": "true"}, {"at": True}, {"at": "7"}, {"key": "k"}, {"key": [1]},
     {"extra": 1}, {"f": "hold"}, {"f": "rob"}, {"f": 1}, {"f": ["pay"]}],
)  # fmt: skip
def test_what_is_not_of_its_shape_is_not_read(changes: dict[str, Any]) -> None:
    assert unpack(written(**changes), "f", SHAPES) is None


@pytest.mark.parametrize("name", [*PAY, "f"])
def test_a_missing_field_is_not_made_up(name: str) -> None:
    fields = {key: value for key, value in {"f": "pay", **PAY}.items() if key != name}
    assert unpack(pack(fields), "f", SHAPES) is None


@pytest.mark.parametrize("data", [b"", b"\xff", b"\x80", b"\x05", b"\xa0", b"\x9f\xff", b"\xa1\x61f\x63pay"])
def test_junk_is_not_read(data: bytes) -> None:
    assert unpack(data, "f", SHAPES) is None


def test_trailing_bytes_and_other_orders_are_not_read() -> None:
    good = written()
    assert unpack(good, "f", SHAPES) is not None
    assert unpack(good + b"\x00", "f", SHAPES) is None
    body = b"".join(encode(key) + encode(value) for key, value in decode(good).items())
    swapped = b"".join(encode(key) + encode(value) for key, value in reversed(decode(good).items()))
    assert good == good[:1] + body
    assert unpack(good[:1] + swapped, "f", SHAPES) is None


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(data: bytes) -> None:
    assert unpack(data, "f", SHAPES) is None


def test_a_default_may_not_be_left_out() -> None:
    order = decode(pack(HoldOrder(b"", "", Money(1, "EUR"), 0, b"", b"", b"", b"")))
    short = encode({"f": "hold", "order": order, "outputs": [{"value": 1}]})
    assert unpack(short, "f", SHAPES) is None


def test_a_verified_payload_is_opened_as_its_kind_only() -> None:
    right = CaptureRight(b"l", b"h")
    assert opened(CaptureRight, encode(right)) == right
    more, other = encode({0: b"l", 1: b"h", 2: b"x"}), encode({0: "l", 1: b"h"})
    for payload in (None, b"", b"\xa0", encode({0: b"l"}), more, other):
        assert opened(CaptureRight, payload) is None

"""Dispatches: signed, bound to their deal, and about records that were really shown."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.commerce.dispatch import DISPATCH, EXCHANGE, Dispatch, check_seen, read_dispatch, sign_dispatch
from semper_host.model.errors import SemperError
from tests.protocol.world import BUYER, OTHER, SELLER, refused

DEAL = b"D" * 32
SENT = Dispatch(DEAL, "pay", EXCHANGE, b"message", b"h" * 32, b"s" * 32)
OPEN = BUYER.crypto.open
PEER = SELLER.signing.public


def signed(dispatch: Dispatch = SENT) -> bytes:
    return sign_dispatch(SELLER.crypto.sign, dispatch)


def test_a_dispatch_is_read_as_it_was_signed() -> None:
    assert read_dispatch(OPEN, signed(), DEAL, PEER) == SENT


def test_a_dispatch_of_another_deal_is_refused_with_the_evidence() -> None:
    data = signed(replace(SENT, deal=b"E" * 32))
    with refused("MESSAGE_UNEXPECTED") as refusal:
        read_dispatch(OPEN, data, DEAL, PEER)
    assert refusal.error is not None and refusal.error.evidence == data


def test_a_dispatch_that_somebody_else_signed_is_refused() -> None:
    with refused("SIG_INVALID"):
        read_dispatch(OPEN, sign_dispatch(OTHER.crypto.sign, SENT), DEAL, PEER)


def test_what_was_signed_as_something_else_is_no_dispatch() -> None:
    from semper_host.model.encoding import encode

    assert DISPATCH != "exchange.m1"
    with refused("SIG_INVALID"):
        read_dispatch(OPEN, SELLER.crypto.sign(encode(SENT), "exchange.m1"), DEAL, PEER)


def test_every_changed_byte_is_refused() -> None:
    data = signed()
    for at in range(len(data)):
        with pytest.raises(SemperError):
            read_dispatch(OPEN, data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :], DEAL, PEER)


@pytest.mark.parametrize("data", [b"", b"\x80", b"\xff" * 40, signed()[:-1], signed() + b"\x00"])
def test_what_is_no_dispatch_is_refused(data: Any) -> None:
    with pytest.raises(SemperError) as caught:
        read_dispatch(OPEN, data, DEAL, PEER)
    assert caught.value.message.startswith("cannot")


def test_a_record_that_was_never_shown_cannot_have_been_seen() -> None:
    check_seen(SENT, {b"s" * 32}, b"")
    check_seen(replace(SENT, seen=b""), set(), b"")
    with refused("MESSAGE_UNEXPECTED"):
        check_seen(SENT, {b"t" * 32}, b"")

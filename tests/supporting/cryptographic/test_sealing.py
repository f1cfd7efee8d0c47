"""Sealing to one recipient."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic.sealing import OVERHEAD, SealingKey, check_public, seal

P = 2**255 - 19
KEY = SealingKey.from_seed(bytes(range(32)))
SMALL_ORDER = [
    0,
    1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    P - 1,
    P,
    P + 1,
    2**256 - 1,
]


def refused(sealed: bytes, info: bytes, key: SealingKey = KEY) -> None:
    with pytest.raises(PeerDeviated) as refusal:
        key.open(sealed, info)
    assert refusal.value.code == "SIG_INVALID" and refusal.value.evidence == sealed


@given(st.binary(max_size=300), st.binary(max_size=30))
def test_only_the_recipient_opens_under_the_same_info(plaintext: bytes, info: bytes) -> None:
    sealed = seal(KEY.public, plaintext, info)
    assert KEY.open(sealed, info) == plaintext and len(sealed) == len(plaintext) + OVERHEAD
    refused(sealed, info + b"x")
    refused(sealed, info, SealingKey.from_seed(bytes(32)))


def test_every_changed_byte_is_detected() -> None:
    sealed = seal(KEY.public, b"k1", b"escrow")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        refused(bytes(changed), b"escrow")


def test_every_truncation_is_detected() -> None:
    sealed = seal(KEY.public, b"k1", b"escrow")
    for length in range(len(sealed)):
        refused(sealed[:length], b"escrow")


def test_same_message_never_looks_the_same() -> None:
    assert seal(KEY.public, b"k1", b"") != seal(KEY.public, b"k1", b"")


@pytest.mark.parametrize("number", SMALL_ORDER)
def test_weak_recipient_is_refused(number: int) -> None:
    public = number.to_bytes(32, "little")
    for use in (lambda: check_public(public), lambda: seal(public, b"secret", b"")):
        with pytest.raises(PeerDeviated) as refusal:
            use()
        assert refusal.value.code == "SIG_KEY_WEAK"


@pytest.mark.parametrize("number", SMALL_ORDER)
def test_sealed_message_with_a_weak_ephemeral_key_is_refused(number: int) -> None:
    refused(number.to_bytes(32, "little") + bytes(40), b"")


@pytest.mark.parametrize("length", [0, 31, 33])
def test_keys_and_seeds_have_32_bytes(length: int) -> None:
    with pytest.raises(PeerDeviated):
        seal(bytes(range(2, 2 + length)), b"", b"")
    with pytest.raises(ValueError, match="seed"):
        SealingKey.from_seed(bytes(length))


def test_private_key_does_not_show() -> None:
    assert repr(KEY) == f"SealingKey(public={KEY.public.hex()})"

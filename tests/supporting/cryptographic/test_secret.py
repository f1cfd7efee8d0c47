"""Secrets at rest."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semper_host.model.errors import Unavailable
from semper_host.supporting.cryptographic.entropy import fresh, fresh_seed
from semper_host.supporting.cryptographic.secret import OVERHEAD, Box, Stretching, decrypt, derive, encrypt, stretch

KEY = bytes(range(32))


def refused(key: bytes, sealed: bytes, context: bytes) -> None:
    with pytest.raises(Unavailable) as refusal:
        decrypt(key, sealed, context)
    assert refusal.value.code == "STORAGE_CORRUPT"


@given(st.binary(max_size=300), st.binary(max_size=30))
def test_what_was_encrypted_opens_in_its_place_only(plaintext: bytes, context: bytes) -> None:
    sealed = encrypt(KEY, plaintext, context)
    assert decrypt(KEY, sealed, context) == plaintext and len(sealed) == len(plaintext) + OVERHEAD
    refused(KEY, sealed, context + b"x")
    refused(bytes(32), sealed, context)


def test_every_changed_byte_and_truncation_is_detected() -> None:
    sealed = encrypt(KEY, b"journal", b"row 7")
    for position in range(len(sealed)):
        changed = bytearray(sealed)
        changed[position] ^= 1
        refused(KEY, bytes(changed), b"row 7")
        refused(KEY, sealed[:position], b"row 7")


def test_box_and_functions_speak_the_same_format() -> None:
    assert Box(KEY).decrypt(encrypt(KEY, b"x", b"c"), b"c") == b"x" == decrypt(KEY, Box(KEY).encrypt(b"x", b"c"), b"c")


def test_same_plaintext_never_looks_the_same() -> None:
    assert len({encrypt(KEY, b"x", b"") for _ in range(50)}) == 50


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_key_of_another_length_is_refused(length: int) -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        encrypt(bytes(length), b"", b"")


def test_rfc_5869_vector_is_reproduced() -> None:
    """RFC 5869 §A.3: no salt, no info, 42 bytes."""
    expected = "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8"
    assert derive(b"\x0b" * 22, b"", 42).hex() == expected


def test_derived_secrets_differ_by_info() -> None:
    assert derive(KEY, b"a") != derive(KEY, b"b") and len(derive(KEY, b"a")) == 32


def test_passphrase_is_stretched_whatever_its_unicode_form() -> None:
    cheap = Stretching(salt=bytes(16), n=2**14)
    assert stretch("Jürgen", cheap) == stretch("Ju\u0308rgen", cheap)
    assert stretch("Jürgen", cheap) != stretch("Jurgen", cheap)
    assert stretch("x", cheap) != stretch("x", Stretching(salt=b"1" * 16, n=2**14))


@pytest.mark.parametrize(
    "change",
    [{"n": 2**13}, {"n": 2**15 + 1}, {"n": 2**21}, {"n": 0}, {"n": -4}, {"r": 1}, {"p": 0}, {"p": 100}, {"salt": b""}],
)
def test_weak_or_stalling_parameters_are_refused(change: dict[str, int]) -> None:
    stretching = Stretching(**{"salt": bytes(16), **change})  # type: ignore[arg-type]
    assert not stretching.acceptable()
    with pytest.raises(ValueError, match="parameters"):
        stretch("x", stretching)


def test_entropy_is_fresh() -> None:
    assert len({fresh(16) for _ in range(50)}) == len({fresh_seed() for _ in range(50)}) == 50
    assert (len(fresh(5)), len(fresh_seed())) == (5, 32)

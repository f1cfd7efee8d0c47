"""P-256 keys and their signatures."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given
from hypothesis import strategies as st

from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic.p256 import P256Key, parse_public, verify

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
KEY = P256Key.from_seed(b"s" * 32)
PUBLIC = KEY.private.public_key()


def test_rfc_6979_vector_is_reproduced() -> None:
    """RFC 6979 §A.2.5, P-256, SHA-256, "sample"; its s is in the upper half, so ours is its complement."""
    secret = 0xC9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721
    key = P256Key(ec.derive_private_key(secret, ec.SECP256R1()))
    s = 0xF7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8
    signature = key.sign(b"sample")
    assert signature[:32].hex() == "efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
    assert int.from_bytes(signature[32:], "big") == ORDER - s


@given(st.binary(max_size=100))
def test_signature_is_deterministic_verifies_and_has_one_spelling(data: bytes) -> None:
    signature = KEY.sign(data)
    assert signature == KEY.sign(data) and verify(PUBLIC, signature, data)
    r, s = signature[:32], int.from_bytes(signature[32:], "big")
    assert not verify(PUBLIC, r + (ORDER - s).to_bytes(32, "big"), data)


@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(64), bytes(65), b"\xff" * 64, bytes(63) + b"\1"])
def test_impossible_signature_does_not_verify(signature: bytes) -> None:
    assert not verify(PUBLIC, signature, b"data")


def test_changed_signature_does_not_verify() -> None:
    signature = KEY.sign(b"data")
    for position in range(64):
        changed = bytearray(signature)
        changed[position] ^= 1
        assert not verify(PUBLIC, bytes(changed), b"data")


def test_key_comes_from_its_seed_and_survives_storage() -> None:
    again = P256Key.from_der(P256Key.from_seed(b"s" * 32).to_der())
    assert again.public == KEY.public != P256Key.from_seed(b"t" * 32).public
    assert again.fingerprint == KEY.fingerprint and KEY.fingerprint.hex() in repr(KEY)
    with pytest.raises(ValueError, match="seed"):
        P256Key.from_seed(b"short")


@pytest.mark.parametrize("key", [ec.generate_private_key(ec.SECP384R1()), rsa.generate_private_key(65537, 2048)])
def test_private_key_of_another_kind_is_refused(key: ec.EllipticCurvePrivateKey) -> None:
    data = key.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    for bad in (data, data[:-1], b""):
        with pytest.raises(UsageError) as refusal:
            P256Key.from_der(bad)
        assert refusal.value.code == "KEYRING_INVALID"


def test_public_key_of_another_kind_is_refused() -> None:
    other = ec.generate_private_key(ec.SECP384R1()).public_key()
    spki = other.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert parse_public(spki) is parse_public(b"") is parse_public(KEY.public[:-1]) is None
    assert parse_public(KEY.public) == PUBLIC

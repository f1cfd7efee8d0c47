"""Ed25519, strict."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic.signing import SigningKey, check_public, verify

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493

# All encodings, canonical or not, that decode to one of the eight points of small order.
SMALL_ORDER = [
    "0100000000000000000000000000000000000000000000000000000000000000",
    "0100000000000000000000000000000000000000000000000000000000000080",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "0000000000000000000000000000000000000000000000000000000000000000",
    "0000000000000000000000000000000000000000000000000000000000000080",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
    "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
    "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
]


@pytest.fixture
def key() -> SigningKey:
    return SigningKey.from_seed(bytes(range(32)))


def test_rfc_8032_vector_is_reproduced() -> None:
    """RFC 8032 §7.1, test 2."""
    key = SigningKey.from_seed(bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
    assert key.public.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
    assert key.sign(b"\x72").hex() == (
        "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
        "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00"
    )


@given(st.binary(max_size=200), st.binary(min_size=32, max_size=32))
def test_what_was_signed_verifies(data: bytes, seed: bytes) -> None:
    key = SigningKey.from_seed(seed)
    assert verify(key.public, key.sign(data), data)


def test_changed_signature_data_or_key_does_not_verify(key: SigningKey) -> None:
    signature = key.sign(b"data")
    for position in range(64):
        changed = bytearray(signature)
        changed[position] ^= 1
        assert not verify(key.public, bytes(changed), b"data")
    assert not verify(key.public, signature, b"Data")
    assert not verify(SigningKey.from_seed(bytes(32)).public, signature, b"data")


@pytest.mark.parametrize("length", [0, 63, 65, 128])
def test_signature_of_another_length_does_not_verify(length: int, key: SigningKey) -> None:
    assert not verify(key.public, key.sign(b"data").ljust(length, b"\0")[:length], b"data")


@pytest.mark.parametrize("times", [1, 2, 15])
def test_second_spelling_of_a_signature_does_not_verify(times: int, key: SigningKey) -> None:
    """S + order is the same scalar (RFC 8032 §5.1.7 demands S < order)."""
    signature = key.sign(b"data")
    scalar = int.from_bytes(signature[32:], "little") + times * ORDER
    assert not verify(key.public, signature[:32] + scalar.to_bytes(32, "little"), b"data")


@pytest.mark.parametrize("encoding", SMALL_ORDER)
def test_small_order_key_is_refused(encoding: str) -> None:
    with pytest.raises(PeerDeviated) as refusal:
        check_public(bytes.fromhex(encoding))
    assert refusal.value.code == "SIG_KEY_WEAK" and refusal.value.evidence == bytes.fromhex(encoding)
    with pytest.raises(PeerDeviated):
        verify(bytes.fromhex(encoding), bytes(64), b"data")


def test_small_order_key_would_sign_for_anybody() -> None:
    """Why the refusal matters: under the neutral point, one signature that nobody made fits everything."""
    neutral = bytes.fromhex(SMALL_ORDER[0])
    anything = neutral + bytes(32)
    for data in (b"I owe you nothing", b"I owe you a million"):
        Ed25519PublicKey.from_public_bytes(neutral).verify(anything, data)


@pytest.mark.parametrize("above", range(19))
@pytest.mark.parametrize("sign", [0, 1])
def test_key_not_in_canonical_form_is_refused(above: int, sign: int) -> None:
    encoding = (P + above | sign << 255).to_bytes(32, "little")
    with pytest.raises(PeerDeviated) as refusal:
        check_public(encoding)
    assert refusal.value.code == "SIG_KEY_WEAK"


def test_key_off_the_curve_is_refused() -> None:
    off = [y for y in range(2, 60) if _refused(y.to_bytes(32, "little"))]
    assert 10 < len(off) < 50  # about half of all numbers are no y coordinate


@pytest.mark.parametrize("length", [0, 31, 33, 64])
def test_key_of_another_length_is_refused(length: int) -> None:
    assert _refused(bytes(range(1, 65))[:length])


def test_seed_of_another_length_is_refused() -> None:
    for seed in (b"", bytes(31), bytes(33)):
        with pytest.raises(ValueError, match="seed"):
            SigningKey.from_seed(seed)


def test_private_key_does_not_show(key: SigningKey) -> None:
    assert repr(key) == f"SigningKey(public={key.public.hex()})"


@given(st.binary(min_size=32, max_size=32))
def test_honest_keys_are_accepted(seed: bytes) -> None:
    check_public(SigningKey.from_seed(seed).public)


def _refused(encoding: bytes) -> bool:
    try:
        check_public(encoding)
    except PeerDeviated as refusal:
        return refusal.code == "SIG_KEY_WEAK"
    return False

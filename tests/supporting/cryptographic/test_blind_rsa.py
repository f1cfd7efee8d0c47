"""RSA blind signatures: the vectors of RFC 9474, and what neither bank nor holder can get away with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from semper_host.model.encoding import MalformedEncoding, encode
from semper_host.model.errors import PeerDeviated, SemperError, Unavailable, UsageError
from semper_host.supporting.cryptographic import blind_rsa
from semper_host.supporting.cryptographic.blind_rsa import PrivateKey, PublicKey, Variant
from semper_host.supporting.cryptographic.p256 import P256Key

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "rfc9474.json").read_text())
SEED = bytes(range(32))
NAMED = {variant.value[0]: variant for variant in Variant}


@pytest.fixture(scope="module")
def mint() -> PrivateKey:
    return blind_rsa.generate()


@pytest.fixture(scope="module")
def rfc_key() -> PrivateKey:
    p, q, n, e = (int(VECTORS["key"][name], 16) for name in "pqne")
    d = pow(e, -1, (p - 1) * (q - 1))
    assert p * q == n
    public = rsa.RSAPublicNumbers(e, n)
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), public)
    return PrivateKey(numbers.private_key())


def test_vectors_cover_all_four_variants() -> None:
    assert [vector["name"] for vector in VECTORS["vectors"]] == list(NAMED)


@pytest.mark.parametrize("vector", VECTORS["vectors"], ids=lambda vector: vector["name"])
def test_rfc_9474_vector_is_reproduced(vector: dict[str, Any], rfc_key: PrivateKey) -> None:
    variant = NAMED[vector["name"]]
    given = {name: bytes.fromhex(value) for name, value in vector.items() if name != "name"}
    public, prepared = rfc_key.public, given["msg_prefix"] + bytes.fromhex(VECTORS["msg"])
    assert (len(given["salt"]), len(given["msg_prefix"])) == (variant.salt_length, variant.prefix_length)
    inverse = int.from_bytes(given["inv"], "big")
    factor = pow(inverse, -1, public.n)
    blinded = blind_rsa.blind_with(public, prepared, given["salt"], factor, inverse)
    assert blinded.blinded == given["blinded_msg"]
    assert blind_rsa.blind_sign(rfc_key, blinded.blinded) == given["blind_sig"]
    assert blind_rsa.finalize(public, prepared, given["blind_sig"], blinded.inverse, variant) == given["sig"]
    assert blind_rsa.verify(public, prepared, given["sig"], variant)


@pytest.mark.parametrize("variant", list(Variant))
def test_bank_signs_what_it_cannot_see(variant: Variant, mint: PrivateKey) -> None:
    blinded = blind_rsa.blind(mint.public, b"coin 1", SEED, variant)
    signature = blind_rsa.finalize(
        mint.public, blinded.message, blind_rsa.blind_sign(mint, blinded.blinded), blinded.inverse, variant
    )
    assert blind_rsa.verify(mint.public, blinded.message, signature, variant)
    assert blinded.message.endswith(b"coin 1") and len(blinded.message) == 6 + variant.prefix_length
    assert blinded.blinded != signature


def test_purse_is_made_again_from_its_seed(mint: PrivateKey) -> None:
    assert blind_rsa.blind(mint.public, b"coin", SEED) == blind_rsa.blind(mint.public, b"coin", SEED)


def test_same_seed_never_blinds_two_messages_alike(mint: PrivateKey) -> None:
    results = [blind_rsa.blind(mint.public, message, SEED) for message in (b"coin 1", b"coin 2")]
    results.append(blind_rsa.blind(mint.public, b"coin 1", SEED, Variant.PSS_DETERMINISTIC))
    results.append(blind_rsa.blind(mint.public, b"coin 1", bytes(32)))
    results.append(blind_rsa.blind(mint.public, b"coin 1", bytes(64)))
    assert len({result.inverse for result in results}) == len({result.blinded for result in results}) == 5


def test_short_or_long_seed_is_refused(mint: PrivateKey) -> None:
    for seed in (b"", bytes(31), bytes(65)):
        with pytest.raises(ValueError, match="cannot blind"):
            blind_rsa.blind(mint.public, b"coin", seed)


def test_signature_of_another_coin_is_refused_by_the_holder(mint: PrivateKey) -> None:
    first, second = (blind_rsa.blind(mint.public, message, SEED) for message in (b"coin 1", b"coin 2"))
    wrong = blind_rsa.blind_sign(mint, second.blinded)
    with pytest.raises(PeerDeviated) as refusal:
        blind_rsa.finalize(mint.public, first.message, wrong, first.inverse)
    assert refusal.value.code == "SIG_INVALID" and refusal.value.evidence == wrong


def test_signature_under_another_key_is_refused_by_the_holder(mint: PrivateKey) -> None:
    other = blind_rsa.generate()
    blinded = blind_rsa.blind(mint.public, b"coin", SEED)
    number = int.from_bytes(blinded.blinded, "big") % other.public.n
    tagged = blind_rsa.blind_sign(other, number.to_bytes(256, "big"))
    with pytest.raises(PeerDeviated):
        blind_rsa.finalize(mint.public, blinded.message, tagged, blinded.inverse)


@pytest.mark.parametrize("change", ["short", "long", "zero", "modulus", "huge"])
def test_bank_refuses_to_sign_what_does_not_fit_its_key(change: str, mint: PrivateKey) -> None:
    inputs = {"short": bytes(255), "long": bytes(256) + b"1", "zero": bytes(256), "huge": b"\xff" * 256}
    inputs["modulus"] = mint.public.n.to_bytes(256, "big")
    with pytest.raises(PeerDeviated) as refusal:
        blind_rsa.blind_sign(mint, inputs[change])
    assert refusal.value.code == "SIG_INVALID"


def test_changed_message_or_signature_does_not_verify(mint: PrivateKey) -> None:
    blinded = blind_rsa.blind(mint.public, b"coin", SEED)
    from_bank = blind_rsa.blind_sign(mint, blinded.blinded)
    signature = blind_rsa.finalize(mint.public, blinded.message, from_bank, blinded.inverse)
    for position in (0, 1, 100, 255):
        changed = bytearray(signature)
        changed[position] ^= 1
        assert not blind_rsa.verify(mint.public, blinded.message, bytes(changed))
    assert not blind_rsa.verify(mint.public, blinded.message + b"x", signature)
    assert not blind_rsa.verify(mint.public, blinded.message, signature[1:])
    assert not blind_rsa.verify(mint.public, blinded.message, b"\0" + signature)
    assert not blind_rsa.verify(mint.public, blinded.message, signature, Variant.PSSZERO_RANDOMIZED)


def test_signature_has_one_spelling(mint: PrivateKey) -> None:
    """A signature plus the modulus is the same number modulo n; a coin must not be spent twice under two spellings."""
    signatures = []
    for count in range(40):
        blinded = blind_rsa.blind(mint.public, b"coin %d" % count, SEED)
        blind_signature = blind_rsa.blind_sign(mint, blinded.blinded)
        signatures.append(
            (blinded.message, blind_rsa.finalize(mint.public, blinded.message, blind_signature, blinded.inverse))
        )
        twin = int.from_bytes(signatures[-1][1], "big") + mint.public.n
        if twin < 2**2048:
            assert not blind_rsa.verify(mint.public, blinded.message, twin.to_bytes(256, "big"))
            return
    pytest.skip("no signature of this key has a second spelling of the same length")


def test_faulty_computation_never_leaves_the_bank(mint: PrivateKey) -> None:
    """One wrong half of the Chinese remainder theorem would give the factors away (Boneh, DeMillo, Lipton 1997)."""
    broken = PrivateKey.from_der(mint.to_der())
    broken.dp += 2
    blinded = blind_rsa.blind(mint.public, b"coin", SEED)
    with pytest.raises(Unavailable) as refusal:
        blind_rsa.blind_sign(broken, blinded.blinded)
    assert refusal.value.code == "BACKEND_FAILED"


def test_private_key_survives_storage(mint: PrivateKey) -> None:
    again = PrivateKey.from_der(mint.to_der())
    assert again.public == mint.public and "public" in repr(again) and str(mint.p) not in repr(mint)


def test_private_key_of_another_kind_is_refused() -> None:
    for data in (b"", b"junk", P256Key.from_seed(SEED).to_der()):
        with pytest.raises(UsageError) as refusal:
            PrivateKey.from_der(data)
        assert refusal.value.code == "KEYRING_INVALID"


def test_public_key_has_one_encoding(mint: PrivateKey) -> None:
    data = mint.public.encode()
    assert PublicKey.decode(data) == mint.public and len(mint.public.digest) == 32
    padded = encode({0: b"\0" + mint.public.n.to_bytes(256, "big"), 1: 65537})
    with pytest.raises(MalformedEncoding):
        PublicKey.decode(padded)


@pytest.mark.parametrize(
    ("modulus", "exponent"),
    [
        (lambda n: n, 3),
        (lambda n: n, 1),
        (lambda n: n >> 8, 65537),
        (lambda n: n << 2100 | 1, 65537),
        (lambda n: n - 1, 65537),
        (lambda n: 0, 65537),
        (lambda n: (1 << 2048) - 1, 65537),  # divisible by 3
        (lambda n: ((1 << 1023) + (1 << 1022) + 7) ** 2, 65537),
    ],
)
def test_weak_rsa_key_is_refused(modulus: Any, exponent: int, mint: PrivateKey) -> None:
    number = modulus(mint.public.n)
    data = encode({0: number.to_bytes(-(-number.bit_length() // 8), "big"), 1: exponent})
    with pytest.raises(SemperError) as refusal:
        PublicKey.decode(data)
    assert refusal.value.code in ("SIG_KEY_WEAK", "ENCODING_INVALID")

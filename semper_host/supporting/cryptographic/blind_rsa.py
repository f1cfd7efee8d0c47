"""RSA blind signatures (RFC 9474): the bank signs a coin without seeing it, and nobody can link the two.

All four variants; the default is RSABSSA-SHA384-PSS-Randomized. The holder's side is a pure function of a
seed, so that a purse can be made again from its seed. `cryptography` has no raw RSA, so the arithmetic is
GMP's `powm_sec`, whose time does not depend on its operands; the bank's inputs are blinded once more and
each result is checked before it leaves (a faulty half of a CRT computation would give the key away).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from enum import Enum
from typing import NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding
from cryptography.hazmat.primitives.hashes import SHA384

from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, Unavailable
from semper_host.supporting.cryptographic import modular
from semper_host.supporting.cryptographic.entropy import fresh
from semper_host.supporting.cryptographic.rsa_keys import PrivateKey, PublicKey, generate
from semper_host.supporting.cryptographic.secret import derive

__all__ = ["Blinded", "PrivateKey", "PublicKey", "Variant", "blind", "blind_sign", "finalize", "generate", "verify"]

_HASH_LENGTH = 48
_PREFIX_LENGTH = 32
_EXTRA = 16  # bytes beyond the modulus from which a uniform number is reduced: a bias below 2^-128


class Variant(Enum):
    """The variants of RFC 9474 §5: (name, bytes of PSS salt, bytes of random message prefix)."""

    PSS_RANDOMIZED = ("RSABSSA-SHA384-PSS-Randomized", 48, 32)
    PSSZERO_RANDOMIZED = ("RSABSSA-SHA384-PSSZERO-Randomized", 0, 32)
    PSS_DETERMINISTIC = ("RSABSSA-SHA384-PSS-Deterministic", 48, 0)
    PSSZERO_DETERMINISTIC = ("RSABSSA-SHA384-PSSZERO-Deterministic", 0, 0)

    @property
    def salt_length(self) -> int:
        """Bytes of PSS salt."""
        return self.value[1]

    @property
    def prefix_length(self) -> int:
        """Bytes of random prefix that `prepare` puts before the message."""
        return self.value[2]


class Blinded(NamedTuple):
    """`message` as it will be signed (with its prefix), what the bank gets to sign, and the secret that unblinds."""

    message: bytes
    blinded: bytes
    inverse: bytes


def blind(key: PublicKey, message: bytes, seed: bytes, variant: Variant = Variant.PSS_RANDOMIZED) -> Blinded:
    """Prepare and blind `message` (RFC 9474 §4.1, §4.2); prefix, salt and blinding factor derive from `seed`.

    `seed` is secret and has 32 to 64 bytes. The same arguments give the same result; another key, message or variant
    under the same seed gives unrelated secrets.
    """
    if not 32 <= len(seed) <= 64:
        raise ValueError("cannot blind: the seed has 32 to 64 bytes")
    purpose = encode(["semper/blind-rsa/1", variant.value[0], key.digest, hashlib.sha256(message).digest()])
    prefix = derive(seed, purpose + b"prefix", _PREFIX_LENGTH)[: variant.prefix_length]
    salt = derive(seed, purpose + b"salt", _HASH_LENGTH)[: variant.salt_length]
    factor, inverse = next(_units(key, seed, purpose))
    return blind_with(key, prefix + message, salt, factor, inverse)


def blind_with(key: PublicKey, prepared: bytes, salt: bytes, factor: int, inverse: int) -> Blinded:
    """Blind a `prepared` message with a given salt, blinding factor and its inverse (RFC 9474 §4.2)."""
    encoded = int.from_bytes(pss_encode(prepared, key.n.bit_length() - 1, salt), "big")
    if not modular.coprime(encoded, key.n):
        raise PeerDeviated("SIG_KEY_WEAK", "cannot blind: the modulus shares a factor with the message")
    blinded = encoded * modular.secret_power(factor, key.e, key.n) % key.n
    return Blinded(prepared, _octets(blinded, key), _octets(inverse, key))


def blind_sign(key: PrivateKey, blinded: bytes) -> bytes:
    """Return the blind signature of `blinded` (RFC 9474 §4.3), checked. Raises PeerDeviated (SIG_INVALID)."""
    public = key.public
    number = int.from_bytes(blinded, "big")
    if len(blinded) != public.size or not 0 < number < public.n:
        raise PeerDeviated("SIG_INVALID", "cannot sign: the blinded message does not fit the key", evidence=blinded)
    mask, unmask = next(_units(public, fresh(32), b"mask"))
    masked = number * modular.secret_power(mask, public.e, public.n) % public.n
    signature = _private_operation(key, masked) * unmask % public.n
    if modular.public_power(signature, public.e, public.n) != number:
        raise Unavailable("BACKEND_FAILED", "cannot sign: the computation went wrong and its result was withheld")
    return _octets(signature, public)


def finalize(
    key: PublicKey, message: bytes, signature: bytes, inverse: bytes, variant: Variant = Variant.PSS_RANDOMIZED
) -> bytes:
    """Return the unblinded signature of the prepared `message`, checked (RFC 9474 §4.4).

    `signature` is the bank's blind signature, `inverse` the secret kept from `blind`.
    Raises PeerDeviated (SIG_INVALID).
    """
    number = int.from_bytes(signature, "big")
    if len(signature) == key.size and number < key.n:
        unblinded = _octets(number * int.from_bytes(inverse, "big") % key.n, key)
        if verify(key, message, unblinded, variant):
            return unblinded
    why = "cannot accept the blind signature: it is not one under this key"
    raise PeerDeviated("SIG_INVALID", why, evidence=signature)


def verify(key: PublicKey, message: bytes, signature: bytes, variant: Variant = Variant.PSS_RANDOMIZED) -> bool:
    """Say whether `signature` is that of the prepared `message` under `key` (RFC 9474 §4.5: RSASSA-PSS, RFC 8017)."""
    if len(signature) != key.size:
        return False
    scheme = padding.PSS(mgf=padding.MGF1(SHA384()), salt_length=variant.salt_length)
    try:
        key.loaded.verify(signature, message, scheme, SHA384())
    except InvalidSignature:
        return False
    return True


def pss_encode(message: bytes, bits: int, salt: bytes) -> bytes:
    """Return EMSA-PSS-ENCODE of `message` for `bits` bits with SHA-384 and MGF1 (RFC 8017 §9.1.1)."""
    size = (bits + 7) // 8
    digest = hashlib.sha384(message).digest()
    hashed = hashlib.sha384(bytes(8) + digest + salt).digest()
    block = b"\x01".rjust(size - len(salt) - _HASH_LENGTH - 1, b"\0") + salt
    masked = int.from_bytes(block, "big") ^ int.from_bytes(_mgf1(hashed, len(block)), "big")
    masked &= (1 << (bits - 8 * (size - len(block)))) - 1  # clear the bits that a number of `bits` bits lacks
    return masked.to_bytes(len(block), "big") + hashed + b"\xbc"


def _mgf1(seed: bytes, length: int) -> bytes:
    """RFC 8017 §B.2.1 with SHA-384."""
    blocks = (hashlib.sha384(seed + count.to_bytes(4, "big")).digest() for count in range(-(-length // _HASH_LENGTH)))
    return b"".join(blocks)[:length]


def _private_operation(key: PrivateKey, number: int) -> int:
    """Return number^d mod n by the Chinese remainder theorem (RFC 8017 §5.1.2), in constant time per prime."""
    left = modular.secret_power(number % key.p, key.dp, key.p)
    right = modular.secret_power(number % key.q, key.dq, key.q)
    return right + (left - right) * key.q_inverse % key.p * key.q


def _units(key: PublicKey, seed: bytes, purpose: bytes) -> Iterator[tuple[int, int]]:
    """Yield uniform numbers that have an inverse modulo n, with it; all but the first are hardly ever needed.

    The inverse is taken of a masked number, since the inversion is not constant-time.
    """
    for attempt in range(256):
        half = key.size + _EXTRA
        wide = derive(seed, purpose + b"factor" + bytes((attempt,)), 2 * half)
        factor, mask = (int.from_bytes(part, "big") % key.n for part in (wide[:half], wide[half:]))
        product = factor * mask % key.n
        if modular.coprime(product, key.n):
            yield factor, modular.inverse(product, key.n) * mask % key.n
    raise PeerDeviated("SIG_KEY_WEAK", "cannot blind under this RSA key: too few numbers have an inverse")


def _octets(number: int, key: PublicKey) -> bytes:
    return number.to_bytes(key.size, "big")

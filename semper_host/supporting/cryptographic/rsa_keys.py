"""RSA keys for blind signatures: a bank's key pair for one denomination, and its public half.

The public half is deterministic CBOR {0: modulus, 1: exponent}, so that the same key has one spelling and one
digest; the private half is PKCS #8.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cached_property

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from semper_host.model.encoding import MalformedEncoding, Record, encode
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.supporting.cryptographic import modular

EXPONENT = 65537
LEAST_BITS, MOST_BITS = 2048, 4096


@dataclass(frozen=True)
class PublicKey:
    """An RSA public key: modulus `n` (2048 to 4096 bits) and exponent `e` (65537)."""

    n: int
    e: int = EXPONENT

    def __post_init__(self) -> None:
        """Refuse keys under which blinding could fail or signatures mean little (RFC 9474 §7). Raises PeerDeviated."""
        bits = self.n.bit_length()
        if not LEAST_BITS <= bits <= MOST_BITS or bits % 8 or self.n % 2 == 0 or self.e != EXPONENT:
            message = "cannot accept the RSA key: it needs an odd modulus of 2048 to 4096 bits and exponent 65537"
            raise PeerDeviated("SIG_KEY_WEAK", message)
        if not modular.coprime(self.n, modular.SMALL_PRIMES) or modular.is_square(self.n):
            message = "cannot accept the RSA key: its modulus is no product of two large primes"
            raise PeerDeviated("SIG_KEY_WEAK", message)

    @property
    def size(self) -> int:
        """Bytes of the modulus, and so of a signature."""
        return self.n.bit_length() // 8

    def encode(self) -> bytes:
        """Return the one encoding of this key."""
        return self._encoded

    @classmethod
    def decode(cls, data: bytes) -> PublicKey:
        """Return the key that `data` encodes. Raises PeerDeviated (SIG_KEY_WEAK) or MalformedEncoding."""
        fields = _PublicFields.decode(data)
        if fields.n[:1] == b"\0":
            raise MalformedEncoding("ENCODING_INVALID", "cannot read the RSA key: its modulus has leading zeros")
        return cls(int.from_bytes(fields.n, "big"), fields.e)

    @property
    def digest(self) -> bytes:
        """SHA-256 of the encoding: the key's short name."""
        return hashlib.sha256(self._encoded).digest()

    @cached_property
    def loaded(self) -> rsa.RSAPublicKey:
        """The key as the cryptographic library wants it."""
        return rsa.RSAPublicNumbers(self.e, self.n).public_key()

    @cached_property
    def _encoded(self) -> bytes:
        return encode(_PublicFields(self.n.to_bytes(self.size, "big"), self.e))


class PrivateKey:
    """An RSA private key with what the Chinese remainder theorem needs; `public` is its public half."""

    __slots__ = ("_private", "dp", "dq", "p", "public", "q", "q_inverse")

    def __init__(self, private: rsa.RSAPrivateKey) -> None:
        numbers = private.private_numbers()
        self._private = private
        self.public = PublicKey(numbers.public_numbers.n, numbers.public_numbers.e)
        self.p, self.q = numbers.p, numbers.q
        self.dp, self.dq = numbers.dmp1, numbers.dmq1
        self.q_inverse = numbers.iqmp

    @classmethod
    def from_der(cls, data: bytes) -> PrivateKey:
        """Return the key of a PKCS #8 `data`, unencrypted. Raises UsageError (KEYRING_INVALID).

        Its primes are not tested again (30 ms a key): the keyring authenticates what it stores, and each signature
        is verified before it is given out.
        """
        try:
            private = serialization.load_der_private_key(data, password=None, unsafe_skip_rsa_key_validation=True)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise UsageError("KEYRING_INVALID", "cannot read the private key: it is not PKCS #8 in DER") from None
        if not isinstance(private, rsa.RSAPrivateKey):
            raise UsageError("KEYRING_INVALID", "cannot use the private key: it is not an RSA key")
        return cls(private)

    def to_der(self) -> bytes:
        """Return the key as unencrypted PKCS #8; store it encrypted only."""
        return self._private.private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )

    def __repr__(self) -> str:
        return f"PrivateKey(public={self.public.digest.hex()})"


def generate(bits: int = LEAST_BITS) -> PrivateKey:
    """Return a new key of `bits` bits, from the operating system's randomness (in `cryptography`)."""
    return PrivateKey(rsa.generate_private_key(public_exponent=EXPONENT, key_size=bits))


class _PublicFields(Record, frozen=True):
    n: bytes
    e: int

"""ECDSA on P-256 with SHA-256 (ES256, RFC 9053 §2.1), in one spelling, and deterministic (RFC 6979) except in tokens.

For every ECDSA signature (r, s) there is a second, (r, n - s). Evidence must not have two spellings, so
we sign with s <= n / 2 and refuse the other.
"""

from __future__ import annotations

import hashlib

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature

from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic.secret import derive

SIGNATURE_LENGTH = 64
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_DETERMINISTIC = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
_VERIFYING = ec.ECDSA(hashes.SHA256())
_DER, _SPKI = serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo


class P256Key:
    """A private P-256 key, in memory or in a token (`pkcs11`); `public` is its SubjectPublicKeyInfo (DER)."""

    __slots__ = ("private", "public")

    def __init__(self, private: ec.EllipticCurvePrivateKey) -> None:
        if not isinstance(private.curve, ec.SECP256R1):
            raise UsageError("KEYRING_INVALID", "cannot use the private key: it is not a P-256 key")
        self.private = private
        self.public: bytes = private.public_key().public_bytes(_DER, _SPKI)

    @classmethod
    def from_seed(cls, seed: bytes) -> P256Key:
        """Return the key of the `seed` (32 bytes or more), by extra random bits (FIPS 186-5 A.2.1)."""
        if len(seed) < 32:
            raise ValueError("cannot make a P-256 key: its seed has at least 32 bytes")
        wide = int.from_bytes(derive(seed, b"semper/p256-key/1", 48), "big")
        return cls(ec.derive_private_key(wide % (_ORDER - 1) + 1, ec.SECP256R1()))

    @classmethod
    def from_der(cls, data: bytes) -> P256Key:
        """Return the key of a PKCS #8 `data`, unencrypted. Raises UsageError (KEYRING_INVALID)."""
        try:
            private = serialization.load_der_private_key(data, password=None)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            raise UsageError("KEYRING_INVALID", "cannot read the private key: it is not PKCS #8 in DER") from None
        if not isinstance(private, ec.EllipticCurvePrivateKey):
            raise UsageError("KEYRING_INVALID", "cannot use the private key: it is not a P-256 key")
        return cls(private)

    def to_der(self) -> bytes:
        """Return the key as unencrypted PKCS #8; store it encrypted only. Raises KEYRING_INVALID for one in a token."""
        return self.private.private_bytes(_DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the public key's SubjectPublicKeyInfo."""
        return hashlib.sha256(self.public).digest()

    def sign(self, data: bytes) -> bytes:
        """Return the signature r ‖ s of `data`, 64 bytes, s in the lower half."""
        r, s = decode_dss_signature(self.private.sign(data, _DETERMINISTIC))
        return r.to_bytes(32, "big") + lower_half(s).to_bytes(32, "big")

    def __repr__(self) -> str:
        return f"P256Key(fingerprint={self.fingerprint.hex()})"


def lower_half(s: int) -> int:
    """Return the one of the two spellings of a signature's second number that is at most n / 2."""
    return min(s, _ORDER - s)


def parse_public(data: bytes) -> ec.EllipticCurvePublicKey | None:
    """Return the P-256 key of a SubjectPublicKeyInfo (DER), or None if it is not one."""
    try:
        key = serialization.load_der_public_key(data)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return None
    return key if isinstance(key, ec.EllipticCurvePublicKey) and isinstance(key.curve, ec.SECP256R1) else None


def verify(public: ec.EllipticCurvePublicKey, signature: bytes, data: bytes) -> bool:
    """Say whether `signature` (r ‖ s, 64 bytes, s in the lower half) is that of `data` under `public`."""
    if len(signature) != SIGNATURE_LENGTH:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    if not 0 < s <= _ORDER // 2:
        return False
    try:
        public.verify(encode_dss_signature(r, s), data, _VERIFYING)
    except InvalidSignature:
        return False
    return True

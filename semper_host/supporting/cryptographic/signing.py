"""Ed25519 (RFC 8032), strict: cofactorless verification, weak and non-canonical public keys refused.

A public key of small order makes one signature fit many messages, so a signer could deny what it signed
("Taming the many EdDSAs", 2020). Such keys, and second spellings of a point, are refused when first seen.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from semper_host.model.errors import PeerDeviated

PUBLIC_LENGTH = 32
SIGNATURE_LENGTH = 64

_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_SIGN_BIT = 1 << 255

# The y coordinates of the eight points of small order; x and -x share one, so the sign bit does not matter.
_ORDER_8 = int.from_bytes(bytes.fromhex("26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05"), "little")
_SMALL_ORDER_Y = frozenset({0, 1, _P - 1, _ORDER_8, _P - _ORDER_8})


class SigningKey:
    """A private Ed25519 key; `public` is its 32-byte public key."""

    __slots__ = ("_private", "public")

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private
        self.public: bytes = private.public_key().public_bytes_raw()

    @classmethod
    def from_seed(cls, seed: bytes) -> SigningKey:
        """Return the key that the 32-byte `seed` stands for (RFC 8032 §5.1.5)."""
        if len(seed) != PUBLIC_LENGTH:
            raise ValueError("cannot make a signing key: its seed has 32 bytes")
        return cls(Ed25519PrivateKey.from_private_bytes(seed))

    def sign(self, data: bytes) -> bytes:
        """Return the 64-byte signature of `data`."""
        return self._private.sign(data)

    def __repr__(self) -> str:
        return f"SigningKey(public={self.public.hex()})"


def verify(public: bytes, signature: bytes, data: bytes) -> bool:
    """Say whether `signature` is that of `data` under `public`. Raises PeerDeviated (SIG_KEY_WEAK) for a weak key."""
    if len(signature) != SIGNATURE_LENGTH:
        return False
    try:
        _parsed(public).verify(signature, data)
    except InvalidSignature:
        return False
    return True


def check_public(public: bytes) -> None:
    """Raise PeerDeviated (SIG_KEY_WEAK) unless `public` canonically encodes a point that is not of small order."""
    _parsed(public)


@lru_cache(maxsize=4096)
def _parsed(public: bytes) -> Ed25519PublicKey:
    why = _weakness(public)
    if why:
        raise PeerDeviated("SIG_KEY_WEAK", f"cannot accept the public key {public[:40].hex()}: {why}", evidence=public)
    return Ed25519PublicKey.from_public_bytes(public)


def _weakness(public: bytes) -> str:
    """Return why `public` is no acceptable Ed25519 key, or ""."""
    if len(public) != PUBLIC_LENGTH:
        return "it does not have 32 bytes"
    y = int.from_bytes(public, "little") & ~_SIGN_BIT
    if y >= _P:
        return "it is not in canonical form"
    if y in _SMALL_ORDER_Y:
        return "its point is of small order"
    return "" if _on_curve(y) else "it is not a point of the curve"


def _on_curve(y: int) -> bool:
    """Say whether some x has -x² + y² = 1 + d·x²·y²: whether (y² - 1)·(d·y² + 1) is a square (RFC 8032 §5.1.3)."""
    square = y * y % _P
    return pow((square - 1) * (_D * square + 1), (_P - 1) // 2, _P) == 1

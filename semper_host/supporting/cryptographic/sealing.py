"""Sealing to one recipient: HPKE base mode (RFC 9180), DHKEM(X25519), HKDF-SHA256, AES-256-GCM, single shot.

A sealed message is enc ‖ ciphertext. `info` names protocol, purpose and recipient; both sides must say the same.
Nothing here says who sealed: sign inside.
"""

from __future__ import annotations

from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic.secret import derive

PUBLIC_LENGTH = 32
OVERHEAD = 32 + 16
"""Bytes by which `seal` lengthens a plaintext."""

_SUITE = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_P = 2**255 - 19

# u of the points of small order on curve and twist: the shared secret would be zero (RFC 7748 §6.1).
_ORDER_8 = (
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
)
_SMALL_ORDER_U = frozenset({0, 1, _P - 1, *_ORDER_8})


class SealingKey:
    """A private X25519 key; `public` is its 32-byte public key."""

    __slots__ = ("_private", "public")

    def __init__(self, private: X25519PrivateKey) -> None:
        self._private = private
        self.public: bytes = private.public_key().public_bytes_raw()

    @classmethod
    def from_seed(cls, seed: bytes) -> SealingKey:
        """Return the key that the 32-byte `seed` stands for."""
        if len(seed) != PUBLIC_LENGTH:
            raise ValueError("cannot make a sealing key: its seed has 32 bytes")
        return cls(X25519PrivateKey.from_private_bytes(seed))

    def open(self, sealed: bytes, info: bytes) -> bytes:
        """Return what was sealed to this key under `info`. Raises PeerDeviated (SIG_INVALID)."""
        try:
            return _SUITE.decrypt(sealed, self._private, info)
        except (InvalidTag, ValueError):
            message = "cannot open the sealed message: it was changed, or sealed to another key or for another purpose"
            raise PeerDeviated("SIG_INVALID", message, evidence=sealed) from None

    def agree(self, public: bytes, info: bytes, length: int) -> bytes:
        """Return secret bytes that only this key's holder and that of `public` can make (X25519, HKDF-SHA256).

        `info` sets them apart from those for another purpose. Raises PeerDeviated (SIG_KEY_WEAK) as `seal` does.
        """
        return derive(self._private.exchange(_parsed(public)), info, length)

    def __repr__(self) -> str:
        return f"SealingKey(public={self.public.hex()})"


def seal(public: bytes, plaintext: bytes, info: bytes) -> bytes:
    """Return `plaintext` sealed so that only the holder of `public` opens it, under the same `info`.

    Raises PeerDeviated (SIG_KEY_WEAK) if `public` is malformed or of small order.
    """
    return _SUITE.encrypt(plaintext, _parsed(public), info)


def check_public(public: bytes) -> None:
    """Raise PeerDeviated (SIG_KEY_WEAK) unless `public` is a canonical X25519 key that is not of small order."""
    _parsed(public)


@lru_cache(maxsize=1024)
def _parsed(public: bytes) -> X25519PublicKey:
    u = int.from_bytes(public, "little")
    if len(public) != PUBLIC_LENGTH or u >= _P or u in _SMALL_ORDER_U:
        message = f"cannot seal to the public key {public[:40].hex()}: it is malformed or of small order"
        raise PeerDeviated("SIG_KEY_WEAK", message, evidence=public)
    return X25519PublicKey.from_public_bytes(public)

"""Secrets at rest: authenticated encryption, key derivation, passphrase stretching.

Encryption is AES-256-GCM-SIV (RFC 8452) under random 96-bit nonces: should a nonce ever repeat, only the
equality of two identical plaintexts shows, so one journal key safely covers billions of entries.
"""

from __future__ import annotations

import unicodedata

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from semper_host.model.encoding import Record
from semper_host.model.errors import Unavailable
from semper_host.supporting.cryptographic.entropy import fresh

KEY_LENGTH = 32
_FORMAT = b"\x01"
_NONCE = 12
_TAG = 16
OVERHEAD = len(_FORMAT) + _NONCE + _TAG
"""Bytes by which `encrypt` lengthens a plaintext."""


class Box:
    """`encrypt` and `decrypt` under one 32-byte key, prepared once: for journals, where every microsecond counts."""

    __slots__ = ("_cipher",)

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_LENGTH:
            raise ValueError("cannot encrypt: the key must have 32 bytes")
        self._cipher = AESGCMSIV(key)

    def encrypt(self, plaintext: bytes, context: bytes) -> bytes:
        """Return format byte ‖ nonce ‖ ciphertext ‖ tag. It opens only under the same `context`."""
        nonce = fresh(_NONCE)
        return _FORMAT + nonce + self._cipher.encrypt(nonce, plaintext, _FORMAT + context)

    def decrypt(self, sealed: bytes, context: bytes) -> bytes:
        """Return what was encrypted under this key for `context`. Raises Unavailable (STORAGE_CORRUPT)."""
        if len(sealed) >= OVERHEAD and sealed.startswith(_FORMAT):
            try:
                return self._cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], _FORMAT + context)
            except InvalidTag:
                pass
        message = "cannot decrypt stored data: it was changed, moved, or is under another key"
        raise Unavailable("STORAGE_CORRUPT", message)


def encrypt(key: bytes, plaintext: bytes, context: bytes) -> bytes:
    """Return `plaintext` encrypted under the 32-byte `key`; it opens only with the same `context`."""
    return Box(key).encrypt(plaintext, context)


def decrypt(key: bytes, sealed: bytes, context: bytes) -> bytes:
    """Return what `encrypt` sealed under `key` for `context`. Raises Unavailable (STORAGE_CORRUPT)."""
    return Box(key).decrypt(sealed, context)


def derive(secret: bytes, info: bytes, length: int = KEY_LENGTH) -> bytes:
    """Return `length` bytes that only `secret` gives and that `info` sets apart (HKDF-SHA256, RFC 5869)."""
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=info).derive(secret)


class Stretching(Record, frozen=True):
    """How a passphrase was stretched: scrypt (RFC 7914), cost n, block size r, parallelism p. Uses 128·n·r bytes."""

    salt: bytes
    n: int = 2**15
    r: int = 8
    p: int = 1

    def acceptable(self) -> bool:
        """Say whether these parameters are neither too weak to protect nor large enough to stall the machine."""
        power_of_two = self.n > 0 and self.n & (self.n - 1) == 0
        bounded = 2**14 <= self.n <= 2**20 and self.r == 8 and 1 <= self.p <= 4
        return power_of_two and bounded and 16 <= len(self.salt) <= 64


def stretch(passphrase: str, stretching: Stretching) -> bytes:
    """Return the 32-byte key of `passphrase` (NFC, as in RFC 8265), slow to guess: some 70 ms and 32 MiB by default."""
    if not stretching.acceptable():
        raise ValueError("cannot stretch a passphrase: the parameters are outside the accepted range")
    normal = unicodedata.normalize("NFC", passphrase).encode()
    kdf = Scrypt(salt=stretching.salt, length=KEY_LENGTH, n=stretching.n, r=stretching.r, p=stretching.p)
    return kdf.derive(normal)

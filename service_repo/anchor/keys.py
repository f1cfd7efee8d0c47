"""Keys of an anchor: how python-tuf signs with ours, and root keys in files of their own, each under a passphrase.

A root key belongs on a stick in a drawer, not in the repository's home: whoever takes over the machine that serves
must not be able to say which log and which witnesses count.
"""

from __future__ import annotations

import os
from hashlib import sha256
from pathlib import Path
from typing import Any, NoReturn

from securesystemslib.signer import Key, Signature, Signer, SSlibKey

from semper_host.model.encoding import MalformedEncoding, Record, encode
from semper_host.model.errors import Unavailable, UsageError
from semper_host.supporting.cryptographic import secret
from semper_host.supporting.cryptographic.entropy import fresh, fresh_seed
from semper_host.supporting.cryptographic.secret import Stretching
from semper_host.supporting.cryptographic.signing import SigningKey

_CONTEXT = b"semper anchor root key"
_SALT = 16
_ID_LENGTH = 32
_MOST = 4096


class KeyFile(Record, frozen=True):
    """A root key at rest: its public key, and its seed encrypted under a stretched passphrase."""

    format: int
    public: bytes
    stretching: Stretching
    sealed: bytes


class AnchorSigner(Signer):
    """Signs TUF metadata with one of our Ed25519 keys."""

    def __init__(self, key: SigningKey) -> None:
        self._key, self._public = key, public_key(key.public)

    @classmethod
    def from_priv_key_uri(cls, priv_key_uri: str, public_key: Key, secrets_handler: Any = None) -> NoReturn:
        """Refuse: keys come as arguments here, never by address."""
        raise NotImplementedError(priv_key_uri)

    @property
    def public_key(self) -> Key:
        """The public half, as metadata names it."""
        return self._public

    def sign(self, payload: bytes) -> Signature:
        """Return the signature of `payload`."""
        return Signature(self._public.keyid, self._key.sign(payload).hex())


def public_key(public: bytes) -> SSlibKey:
    """Return an Ed25519 key (32 bytes) as metadata names it; its id is short, for it travels in every staple."""
    return SSlibKey(key_id(public), "ed25519", "ed25519", {"public": public.hex()})


def key_id(public: bytes) -> str:
    """Return the id that metadata gives a key."""
    return sha256(public).hexdigest()[:_ID_LENGTH]


def make_key_file(path: Path, passphrase: str) -> bytes:
    """Make a root key in a new file that its owner alone can read; return its public key. Raises UsageError."""
    key_seed, stretching = fresh_seed(), Stretching(fresh(_SALT))
    public = SigningKey.from_seed(key_seed).public
    sealed = secret.encrypt(secret.stretch(passphrase, stretching), key_seed, _CONTEXT + public)
    try:
        descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(encode(KeyFile(1, public, stretching, sealed)))
            file.flush()
            os.fsync(descriptor)
    except OSError as error:
        raise UsageError("USAGE_INVALID", f"cannot make a root key in {path}: {error.strerror}") from None
    return public


def open_key_file(path: Path, passphrase: str) -> SigningKey:
    """Return the root key in a file. Raises UsageError USAGE_INVALID, PASSPHRASE_WRONG."""
    kept = _read(path)
    try:
        seed = secret.decrypt(secret.stretch(passphrase, kept.stretching), kept.sealed, _CONTEXT + kept.public)
    except (Unavailable, ValueError):
        raise UsageError("PASSPHRASE_WRONG", f"cannot open the root key in {path}: the passphrase is wrong") from None
    return SigningKey.from_seed(seed)


def public_of(path: Path) -> bytes:
    """Return the public key in a root key's file. Raises UsageError USAGE_INVALID."""
    return _read(path).public


def _read(path: Path) -> KeyFile:
    try:
        with path.open("rb") as file:
            return KeyFile.decode(file.read(_MOST))
    except OSError as error:
        raise UsageError("USAGE_INVALID", f"cannot read the root key {path}: {error.strerror}") from None
    except MalformedEncoding:
        raise UsageError("USAGE_INVALID", f"cannot read {path}: it is not the file of a root key") from None

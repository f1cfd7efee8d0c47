"""Signed notes (C2SP signed-note): a text and under it one line a signature, each by a named key.

A key signs the text itself (Ed25519), or, as a witness, the text and when it saw it (C2SP tlog-cosignature,
"cosignature/v1"). Signatures of keys that the reader does not know are left alone.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from collections.abc import Iterable
from hashlib import sha256
from typing import NamedTuple

from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic.signing import SigningKey, verify

ED25519, COSIGNATURE = 1, 4
"""Kinds of keys in a key id."""
MAX_NOTE = 64 * 1024
MAX_SIGNATURES = 64
"""The most bytes and signatures that a note may have."""
_ID_LENGTH, _TIME_LENGTH = 4, 8
_DASH = "— "
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_NAME = re.compile(r"[^\s+\x00-\x1f]+")
_COSIGNED = "cosignature/v1\ntime {time}\n"


class NoteSignature(NamedTuple):
    """One line under a note: who claims to have signed, the id of the key, and the signature after the id."""

    name: str
    key_id: bytes  # 4 bytes
    signature: bytes


class Note(NamedTuple):
    """A text, which ends with a line break, and the signatures under it; nothing of it verified."""

    text: str
    signatures: tuple[NoteSignature, ...] = ()

    def encode(self) -> bytes:
        """Return the bytes of the note."""
        lines = [f"{_DASH}{s.name} {b64encode(s.key_id + s.signature).decode()}\n" for s in self.signatures]
        return f"{self.text}\n{''.join(lines)}".encode()

    def signed_by(self, name: str, public: bytes) -> bool:
        """Say whether the Ed25519 key `public` named `name` signed the text."""
        wanted, text = key_id(name, ED25519, public), self.text.encode()
        return any(verify(public, each.signature, text) for each in self._by(name, wanted))

    def cosigned_at(self, witnesses: Iterable[tuple[str, bytes]], quorum: int) -> tuple[int, ...]:
        """Return when the first `quorum` of `witnesses` (name, Ed25519 key) saw the text, in seconds, earliest first.

        Fewer where fewer cosigned it. One key is one witness. Signatures are verified in the order of the times they
        claim, and no more of them than it takes.
        """
        claimed = [
            (int.from_bytes(each.signature[:_TIME_LENGTH], "big"), public, each.signature[_TIME_LENGTH:])
            for name, public in witnesses
            for each in self._by(name, key_id(name, COSIGNATURE, public))
        ]
        seen: dict[bytes, int] = {}
        for time, public, signature in sorted(claimed):
            if len(seen) < quorum and public not in seen:
                said = (_COSIGNED.format(time=time) + self.text).encode()
                if _holds(public, signature, said):
                    seen[public] = time
        return tuple(seen.values())

    def _by(self, name: str, wanted: bytes) -> Iterable[NoteSignature]:
        return (each for each in self.signatures if each.name == name and each.key_id == wanted)


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """Return the id (4 bytes) of the key `public` of `kind` named `name`."""
    return sha256(name.encode() + b"\n" + bytes((kind,)) + public).digest()[:_ID_LENGTH]


def verifier_key(name: str, kind: int, public: bytes) -> str:
    """Return the key as people hand it over: NAME+HEX ID+BASE64."""
    return f"{name}+{key_id(name, kind, public).hex()}+{b64encode(bytes((kind,)) + public).decode()}"


def sign(text: str, name: str, key: SigningKey) -> NoteSignature:
    """Return the signature of `text` by `key` under its name. Raises ValueError for a name or text no note can have."""
    _checked(text, name)
    return NoteSignature(name, key_id(name, ED25519, key.public), key.sign(text.encode()))


def cosign(text: str, name: str, key: SigningKey, at: int) -> NoteSignature:
    """Return the witness `name`'s word that it saw `text` at the time `at` (seconds since 1970). Raises ValueError."""
    _checked(text, name)
    signature = key.sign((_COSIGNED.format(time=at) + text).encode())
    return NoteSignature(name, key_id(name, COSIGNATURE, key.public), at.to_bytes(_TIME_LENGTH, "big") + signature)


def parse(data: bytes) -> Note:
    """Return the note in `data`, its signatures not verified. Raises PeerDeviated LOG_INVALID."""
    if len(data) > MAX_NOTE:
        raise _malformed(data[:0], f"it has more than {MAX_NOTE} bytes")
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed(data, "it is not UTF-8") from None
    if _CONTROL.search(whole):
        raise _malformed(data, "it holds control characters")
    at = whole.rfind("\n\n")
    text, lines = whole[: at + 1], whole[at + 2 :]
    if at < 1 or not lines.endswith("\n"):
        raise _malformed(data, "it has no signatures")
    found = lines[:-1].split("\n")
    if len(found) > MAX_SIGNATURES:
        raise _malformed(data, f"it has more than {MAX_SIGNATURES} signatures")
    return Note(text, tuple(_signature(line, data) for line in found))


def _holds(public: bytes, signature: bytes, said: bytes) -> bool:
    try:
        return verify(public, signature, said)
    except PeerDeviated:  # a weak key signs for anybody, so it is nobody's witness
        return False


def _signature(line: str, data: bytes) -> NoteSignature:
    name, _, encoded = line.removeprefix(_DASH).partition(" ")
    try:
        raw = b64decode(encoded, validate=True)
    except (NotBase64, ValueError):
        raw = b""
    spelled = b64encode(raw).decode() == encoded  # one spelling: no stray bits after the last byte
    if not line.startswith(_DASH) or not _is_name(name) or len(raw) <= _ID_LENGTH or not spelled:
        raise _malformed(data, "a signature line is malformed")
    return NoteSignature(name, raw[:_ID_LENGTH], raw[_ID_LENGTH:])


def _is_name(name: str) -> bool:
    return _NAME.fullmatch(name) is not None


def _checked(text: str, name: str) -> None:
    if not _is_name(name) or not text.endswith("\n") or _CONTROL.search(text):
        raise ValueError(f"cannot sign a note as {name!r}: its text or its name has not the form of a note")


def _malformed(data: bytes, why: str) -> PeerDeviated:
    return PeerDeviated("LOG_INVALID", f"cannot read the signed note: {why}", evidence=data)

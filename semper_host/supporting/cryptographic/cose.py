"""Signed statements: COSE_Sign1 (RFC 9052 §4.2), an untagged array in deterministic form, one spelling each.

The protected header holds the algorithm, the content type "application/semper.KIND+cbor" and either the
signer's Ed25519 key as `kid` or a certificate chain as `x5chain` (RFC 9360); the unprotected header is empty.
So nothing of a statement can be changed, and no statement passes for one of another kind.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from semper_host.model.encoding import MalformedEncoding, Record, decode, encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic import p256
from semper_host.supporting.cryptographic.signing import PUBLIC_LENGTH, SIGNATURE_LENGTH, SigningKey, verify
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose, TrustedRoot
from semper_host.supporting.cryptographic.x509_chain import root_signer, verify_chain

_ALG, _CONTENT_TYPE, _KID, _X5CHAIN = 1, 3, 4, 33
_EDDSA, _ES256 = -8, -7
_KIND = re.compile(r"[a-z0-9]+(?:[.-][a-z0-9]+)*")
_TYPE = re.compile(rf"application/semper\.({_KIND.pattern})\+cbor")

_ARRAY_OF_4 = b"\x84"
_EMPTY_MAP = b"\xa0"
_SIGNATURE_HEAD = b"\x58\x40"  # a byte string of 64 bytes
_TAIL = len(_SIGNATURE_HEAD) + SIGNATURE_LENGTH
_CONTEXT = b"\x84\x6aSignature1"  # Sig_structure's first elements (RFC 9052 §4.4)
_NO_EXTERNAL = b"\x40"
_WIDTHS = {0x58: 1, 0x59: 2, 0x5A: 4, 0x5B: 8}  # how many bytes of length follow the first of a byte string


class Certified(Record, frozen=True):
    """What a statement says and who, certified under the trusted root `root`, signed it."""

    payload: bytes
    name: str  # the subject's common name
    uri: str  # such as "semper:merchant/eurocom"
    fingerprint: bytes  # SHA-256 of the signer's SubjectPublicKeyInfo
    root: str
    issuers: tuple[bytes, ...] = ()  # the same of each certificate above the signer's, the root's last


class Peeked(NamedTuple):
    """What a statement claims, nothing of it verified: `kid` or `chain` (DER, leaf first) is empty."""

    kind: str
    payload: bytes
    kid: bytes
    chain: tuple[bytes, ...]


def sign1(payload: bytes, kind: str, key: SigningKey) -> bytes:
    """Return the statement `payload` of `kind` (such as "hold.held"), signed with `key`."""
    start, context = _frame(kind, key.public)
    body = _string(payload)
    return start + body + _SIGNATURE_HEAD + key.sign(context + body)


def open1(data: bytes, kind: str, public: bytes) -> bytes:
    """Return the payload of the statement `data` if the holder of `public` signed it as `kind`.

    Raises PeerDeviated (SIG_INVALID, SIG_KEY_WEAK), with `data` as evidence.
    """
    start, context = _frame(kind, public)
    # All but payload and signature is known beforehand, so comparing it is parsing it.
    if not data.startswith(start):
        raise _refused(data, f"it is no {kind} statement of the expected signer")
    end = len(data) - _TAIL
    first = _content_start(data, len(start), end)
    if first < 0 or data[end : end + 2] != _SIGNATURE_HEAD:
        raise _refused(data, "it is not in deterministic form")
    if not verify(public, data[end + 2 :], context + data[len(start) : end]):
        raise _refused(data, "the signature does not fit")
    return data[first:end]


def sign1_certified(payload: bytes, kind: str, key: CertifiedKey) -> bytes:
    """Return the statement `payload` of `kind`, signed with a certified key, its chain in the protected header."""
    chain = key.chain[0] if len(key.chain) == 1 else list(key.chain)
    protected = encode({_ALG: _ES256, _CONTENT_TYPE: _content_type(kind), _X5CHAIN: chain})
    start, context = _around(protected)
    body = _string(payload)
    return start + body + _SIGNATURE_HEAD + key.sign(context + body)


def open1_certified(data: bytes, kind: str, purpose: Purpose, roots: Sequence[TrustedRoot], at: int) -> Certified:
    """Return payload and signer of the statement `data` if a key certified for `purpose` signed it as `kind`.

    The certificates are judged at time `at` (seconds since 1970). Raises PeerDeviated (SIG_INVALID),
    AdmissionRefused (CHAIN_UNTRUSTED, CHAIN_PURPOSE, CHAIN_EXPIRED). Revocation is the caller's to check.
    """
    header, protected, payload, signature = _parse(data)
    chain = _chain(header.get(_X5CHAIN), data)
    if header != {_ALG: _ES256, _CONTENT_TYPE: _content_type(kind), _X5CHAIN: header[_X5CHAIN]}:
        raise _refused(data, f"it is no {kind} statement under a certificate")
    signer = verify_chain(chain, purpose, roots, at)
    if not p256.verify(signer.key, signature, _around(protected)[1] + _string(payload)):
        raise _refused(data, "the signature does not fit")
    return Certified(payload, signer.name, signer.uri, signer.fingerprint, signer.root, signer.issuers)


def open1_by_root(data: bytes, kind: str, roots: Sequence[TrustedRoot]) -> Certified:
    """Return payload and signer of the statement `data` if one of `roots` itself signed it as `kind`.

    For what a root says of the certificates below it. Raises PeerDeviated (SIG_INVALID), AdmissionRefused CHAIN_*.
    """
    header, protected, payload, signature = _parse(data)
    chain = _chain(header.get(_X5CHAIN), data)
    if header != {_ALG: _ES256, _CONTENT_TYPE: _content_type(kind), _X5CHAIN: header[_X5CHAIN]}:
        raise _refused(data, f"it is no {kind} statement under a certificate")
    signer = root_signer(chain, roots)
    if not p256.verify(signer.key, signature, _around(protected)[1] + _string(payload)):
        raise _refused(data, "the signature does not fit")
    return Certified(payload, signer.name, signer.uri, signer.fingerprint, signer.root)


def peek(data: bytes) -> Peeked:
    """Return what `data` claims to be, unverified: to find the key or the rules by which to open it.

    Raises PeerDeviated (SIG_INVALID).
    """
    header, _, payload, _ = _parse(data)
    content_type = header.get(_CONTENT_TYPE)
    match = _TYPE.fullmatch(content_type) if type(content_type) is str else None
    if match is None:
        raise _refused(data, "its content type is not one of ours")
    if header.keys() == {_ALG, _CONTENT_TYPE, _KID} and header[_ALG] == _EDDSA:
        kid = header[_KID]
        if type(kid) is bytes and len(kid) == PUBLIC_LENGTH:
            return Peeked(match[1], payload, kid, ())
    elif header.keys() == {_ALG, _CONTENT_TYPE, _X5CHAIN} and header[_ALG] == _ES256:
        return Peeked(match[1], payload, b"", _chain(header[_X5CHAIN], data))
    raise _refused(data, "its header is not one of ours")


def signer_of(data: bytes) -> bytes:
    """Return the Ed25519 key (32 bytes) that `data` claims as its signer, unverified. Raises SIG_INVALID."""
    kid = peek(data).kid
    if not kid:
        raise _refused(data, "it is signed under a certificate, not under a bare key")
    return kid


@lru_cache(maxsize=4096)
def _frame(kind: str, public: bytes) -> tuple[bytes, bytes]:
    """Return what precedes the payload in a statement, and in what is signed, for `kind` and an Ed25519 key."""
    return _around(encode({_ALG: _EDDSA, _CONTENT_TYPE: _content_type(kind), _KID: public}))


def _around(protected: bytes) -> tuple[bytes, bytes]:
    header = _string(protected)
    return _ARRAY_OF_4 + header + _EMPTY_MAP, _CONTEXT + header + _NO_EXTERNAL


def _content_type(kind: str) -> str:
    if not _KIND.fullmatch(kind):
        raise ValueError(f"cannot sign or open a statement of kind {kind!r}")
    return f"application/semper.{kind}+cbor"


def _string(content: bytes) -> bytes:
    """Return `content` as a CBOR byte string."""
    return _head(len(content)) + content


def _head(size: int) -> bytes:
    """Return the shortest head of a CBOR byte string of `size` bytes (RFC 8949 §3.1, §4.2.1)."""
    if size < 24:
        return bytes((0x40 | size,))
    if size < 0x100:
        return bytes((0x58, size))
    width, initial = (2, b"\x59") if size < 0x10000 else (4, b"\x5a") if size < 0x100000000 else (8, b"\x5b")
    return initial + size.to_bytes(width, "big")


def _content_start(data: bytes, at: int, end: int) -> int:
    """Return where the content of the byte string data[at:end] begins, or -1 if it is not one in the shortest form."""
    whole = end - at
    width = 1 if whole < 25 else 2 if whole < 0x102 else 3 if whole < 0x10003 else 5 if whole < 0x100000005 else 9
    if whole < width:
        return -1
    head = _head(whole - width)
    return at + width if len(head) == width and data.startswith(head, at) else -1


def _parse(data: bytes) -> tuple[dict[int, Any], bytes, bytes, bytes]:
    """Return the protected header (decoded, and as bytes), payload and signature of `data`; its form is checked.

    The array is read here, byte by byte, so that its parts are not decoded and encoded again to see their form.
    """
    protected, at = _part(data, len(_ARRAY_OF_4))
    if data[: len(_ARRAY_OF_4)] != _ARRAY_OF_4 or data[at : at + 1] != _EMPTY_MAP:
        raise _refused(data, "it is not an array of four with an empty unprotected header")
    payload, at = _part(data, at + 1)
    signature, at = _part(data, at)
    if at != len(data) or len(signature) != SIGNATURE_LENGTH:
        raise _refused(data, "its signature is malformed, or something follows it")
    try:
        header = decode(protected)
    except MalformedEncoding:
        raise _refused(data, "its header is not in deterministic form") from None
    if type(header) is not dict:
        raise _refused(data, "its header is malformed")
    return header, protected, payload, signature


def _part(data: bytes, at: int) -> tuple[bytes, int]:
    """Return the byte string at `at`, whose head must be the shortest (RFC 8949 §4.2.1), and where it ends."""
    initial = data[at] if at < len(data) else 0
    width = _WIDTHS.get(initial, 0)
    size = int.from_bytes(data[at + 1 : at + 1 + width], "big") if width else initial - 0x40
    start = at + 1 + width
    if not 0x40 <= initial <= 0x5B or start + size > len(data) or data[at:start] != _head(size):
        raise _refused(data, "its parts are not byte strings in deterministic form")
    return data[start : start + size], start + size


def _chain(value: Any, data: bytes) -> tuple[bytes, ...]:
    """Return the certificates of an x5chain value: one byte string, or an array of two or more (RFC 9360 §2)."""
    if type(value) is bytes:
        return (value,)
    if type(value) is list and len(value) >= 2 and all(type(item) is bytes for item in value):
        return tuple(value)
    raise _refused(data, "it carries no certificate chain")


def _refused(data: bytes, why: str) -> PeerDeviated:
    return PeerDeviated("SIG_INVALID", f"cannot accept the signed statement: {why}", evidence=data)

"""Certificates as no library would make them: DER taken apart, changed and signed again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

SEQUENCE, INTEGER, BIT_STRING, OCTET_STRING, BOOLEAN, OID = 0x30, 0x02, 0x03, 0x04, 0x01, 0x06
VERSION, EXTENSIONS = 0xA0, 0xA3
TRUE = b"\x01\x01\xff"
Parts = list[bytes]


def tlv(tag: int, *content: bytes) -> bytes:
    """Return one value in DER (X.690 §8.1, §10.1)."""
    body = b"".join(content)
    if len(body) < 0x80:
        return bytes([tag, len(body)]) + body
    size = len(body).to_bytes((len(body).bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(size)]) + size + body


def parts(data: bytes) -> Parts:
    """Return the values inside a constructed value, each with its tag and length."""
    found, rest = [], content(data)
    while rest:
        size = _size(rest)
        found.append(rest[:size])
        rest = rest[size:]
    return found


def content(data: bytes) -> bytes:
    """Return what stands in a value."""
    head = 2 if data[1] < 0x80 else 2 + (data[1] & 0x7F)
    return data[head:]


def resigned(certificate: bytes, change: Callable[[Parts], Sequence[bytes]], key: Any) -> bytes:
    """Return the certificate with the fields of its TBSCertificate changed, and signed anew (ES256)."""
    tbs, algorithm, _ = parts(certificate)
    said = tlv(SEQUENCE, *change(parts(tbs)))
    signature = key.sign(said, ec.ECDSA(hashes.SHA256()))
    return tlv(SEQUENCE, said, algorithm, tlv(BIT_STRING, b"\0", signature))


def with_extensions(change: Callable[[Parts], Sequence[bytes]]) -> Callable[[Parts], Sequence[bytes]]:
    """Return the change of a TBSCertificate that changes its list of extensions."""

    def changed(fields: Parts) -> Sequence[bytes]:
        *others, last = fields
        [listed] = parts(last)
        return [*others, tlv(EXTENSIONS, tlv(SEQUENCE, *change(parts(listed))))]

    return changed


def extension(dotted: bytes, value: bytes, *, critical: bool = False) -> bytes:
    """Return an extension; `dotted` is the content of its OID."""
    return tlv(SEQUENCE, tlv(OID, dotted), TRUE if critical else b"", tlv(OCTET_STRING, value))


def _size(data: bytes) -> int:
    if data[1] < 0x80:
        return 2 + data[1]
    octets = data[1] & 0x7F
    return 2 + octets + int.from_bytes(data[2 : 2 + octets], "big")

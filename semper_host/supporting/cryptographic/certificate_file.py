"""Certificates in files: PEM (RFC 7468) or DER in, PEM out; and what a certificate says, for people to compare."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding

from semper_host.model.errors import AdmissionRefused, UsageError
from semper_host.supporting.cryptographic.x509 import (
    MAX_CERTIFICATE,
    Purpose,
    common_name,
    purposes_of,
    spki_digest,
    uris_of,
)
from semper_host.supporting.cryptographic.x509_chain import MAX_CHAIN

_PEM = b"-----BEGIN CERTIFICATE-----"
MAX_FILE = 2 * MAX_CHAIN * MAX_CERTIFICATE
"""Bytes of a file of certificates at most: a chain in PEM with some text around it."""


class Said(NamedTuple):
    """What a certificate says; nothing of it is verified. Times in seconds since 1970, both included."""

    name: str
    purposes: frozenset[Purpose]
    uris: tuple[str, ...]
    is_root: bool  # a certification authority that signed itself
    not_before: int
    not_after: int
    key: bytes  # SHA-256 of its SubjectPublicKeyInfo
    digest: bytes  # SHA-256 of the certificate


def read_certificates(data: bytes) -> tuple[bytes, ...]:
    """Return the certificates (DER) of a file, in its order. Raises UsageError USAGE_INVALID where there is none."""
    if len(data) > MAX_FILE:
        raise _unreadable(f"the file is larger than {MAX_FILE} bytes")
    try:
        loaded = x509.load_pem_x509_certificates(data) if _PEM in data else [x509.load_der_x509_certificate(data)]
        return tuple(certificate.public_bytes(Encoding.DER) for certificate in loaded)
    except (ValueError, TypeError, x509.InvalidVersion):
        raise _unreadable("the file holds no certificate in PEM or DER") from None


def write_pem(chain: Sequence[bytes]) -> bytes:
    """Return the certificates (DER) as one PEM text, in their order."""
    return b"".join(x509.load_der_x509_certificate(data).public_bytes(Encoding.PEM) for data in chain)


def said(certificate: bytes) -> Said:
    """Return what the certificate (DER) says. Raises UsageError USAGE_INVALID where it is malformed."""
    try:
        loaded = x509.load_der_x509_certificate(certificate)
        return Said(
            name=common_name(loaded),
            purposes=purposes_of(loaded) or frozenset(),
            uris=uris_of(loaded),
            is_root=_is_root(loaded),
            not_before=int(loaded.not_valid_before_utc.timestamp()),
            not_after=int(loaded.not_valid_after_utc.timestamp()),
            key=spki_digest(loaded),
            digest=hashlib.sha256(certificate).digest(),
        )
    except AdmissionRefused as error:
        raise _unreadable(error.message.removeprefix("cannot trust the certificate chain: ")) from None
    except (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        raise _unreadable("it is malformed") from None


def _is_root(certificate: x509.Certificate) -> bool:
    try:
        limits = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
        certificate.verify_directly_issued_by(certificate)
    except (x509.ExtensionNotFound, InvalidSignature, ValueError, TypeError, UnsupportedAlgorithm):
        return False
    return limits.ca


def _unreadable(cause: str) -> UsageError:
    return UsageError("USAGE_INVALID", f"cannot read the certificate: {cause}")

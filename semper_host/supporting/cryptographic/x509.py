"""Certificates (RFC 5280): what one says, and in which words. Which chain to trust, `x509_chain` judges.

Purposes are extended key usages under the arc of our own UUID. A leaf has a URI "semper:PURPOSE/NAME" for each of its
purposes; an authority that has URIs itself certifies only names at or below them.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, NamedTuple, NoReturn

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.utils import CryptographyDeprecationWarning

from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic.p256 import P256Key

ARC = "2.25.269548178730769944539108156786794372707"
"""UUID cac91744-633f-44bc-b3bf-6b8357791e63, chosen for this project (ITU-T X.667): ARC.1.N are the purposes below."""

MAX_CERTIFICATE = 8192
"""Bytes of one certificate at most."""
MAX_SERIAL_BITS = 8 * 20 - 1  # RFC 5280 §4.1.2.2: 20 octets, the sign among them
END_OF_TIME = 253402300799  # 9999-12-31T23:59:59Z
warnings.filterwarnings("ignore", "Parsed a serial number", CryptographyDeprecationWarning)  # refused below instead
_URI = re.compile(r"semper:([a-z]+)((?:/[a-z0-9]+(?:[._-][a-z0-9]+)*){1,8})")


class Purpose(StrEnum):
    """What a certified key is for. The order is part of the format: the n-th has the extended key usage ARC.1.n."""

    EVALUATE = "evaluate"
    MERCHANT = "merchant"
    BANK = "bank"
    TRUSTEE = "trustee"
    ARBITER = "arbiter"
    PUBLISHER = "publisher"

    @property
    def oid(self) -> x509.ObjectIdentifier:
        """The extended key usage of this purpose."""
        return _OIDS[self]


_OIDS = {purpose: x509.ObjectIdentifier(f"{ARC}.1.{n}") for n, purpose in enumerate(Purpose, start=1)}


class TrustedRoot(NamedTuple):
    """A root certificate (DER) that the user trusts, under the user's name for it, for `purposes` only."""

    name: str
    certificate: bytes
    purposes: frozenset[Purpose]


@dataclass(frozen=True, slots=True)
class CertifiedKey:
    """A private P-256 key and its certificate chain: DER, leaf first, without the root (a root's: itself)."""

    key: P256Key
    chain: tuple[bytes, ...]

    def sign(self, data: bytes) -> bytes:
        """Return the ES256 signature of `data`, 64 bytes."""
        return self.key.sign(data)

    @property
    def fingerprint(self) -> bytes:
        """SHA-256 of the public key's SubjectPublicKeyInfo."""
        return self.key.fingerprint


def common_name(certificate: x509.Certificate) -> str:
    """Return the subject's one common name, printable. Raises AdmissionRefused (CHAIN_UNTRUSTED)."""
    names = certificate.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    value = names[0].value if len(names) == 1 else b""
    if not isinstance(value, str) or not value.isprintable() or not value.strip():
        _refuse("CHAIN_UNTRUSTED", "a certificate has not one printable common name")
    return value


def spki_digest(certificate: x509.Certificate) -> bytes:
    """Return the SHA-256 of the certificate's SubjectPublicKeyInfo."""
    try:
        key = certificate.public_key()
    except (ValueError, UnsupportedAlgorithm):
        _refuse("CHAIN_UNTRUSTED", "a certified key is of an unknown kind")
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()


def fingerprint_of(data: bytes) -> bytes:
    """Return the SHA-256 of the SubjectPublicKeyInfo in a DER certificate. Raises CHAIN_UNTRUSTED."""
    return spki_digest(load(data))


def purposes_of(certificate: x509.Certificate) -> frozenset[Purpose] | None:
    """Return the purposes that the certificate names, or None where it has no extended key usage at all."""
    return purposes_in(extensions(certificate))


def purposes_in(said: Mapping[type, Any]) -> frozenset[Purpose] | None:
    """Return the same from a certificate's extensions."""
    usage = said.get(x509.ExtendedKeyUsage)
    return None if usage is None else frozenset(purpose for purpose, oid in _OIDS.items() if oid in usage)


def uris_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the URIs among the subject's alternative names."""
    return uris_in(extensions(certificate))


def uris_in(said: Mapping[type, Any]) -> tuple[str, ...]:
    """Return the same from a certificate's extensions."""
    names = said.get(x509.SubjectAlternativeName)
    return () if names is None else tuple(names.get_values_for_type(x509.UniformResourceIdentifier))


def uri_purpose(uri: str) -> str:
    """Return the purpose in "semper:PURPOSE/NAME", or "" if `uri` is not of this form."""
    match = _URI.fullmatch(uri)
    return match[1] if match and len(uri) <= 200 else ""


def covers(scope: str, uri: str) -> bool:
    """Say whether `uri` is at or below `scope`: "semper:merchant/eurocom" covers "semper:merchant/eurocom/books"."""
    return uri == scope or uri.startswith(scope + "/")


@lru_cache(maxsize=256)
def load(data: bytes) -> x509.Certificate:
    """Return the certificate in the DER `data`, every extension of it read. Raises AdmissionRefused CHAIN_UNTRUSTED."""
    if len(data) > MAX_CERTIFICATE:
        _refuse("CHAIN_UNTRUSTED", f"a certificate exceeds {MAX_CERTIFICATE} bytes")
    try:
        certificate = x509.load_der_x509_certificate(data)
        _ = certificate.extensions  # parsed lazily: duplicates and malformed ones show here
    except (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        _refuse("CHAIN_UNTRUSTED", "a certificate is malformed")
    if not data.endswith(b"\0" + certificate.signature):  # a bit string of whole bytes: nothing else is read otherwise
        _refuse("CHAIN_UNTRUSTED", "a certificate's signature is not whole bytes")
    if not 0 < certificate.serial_number < 1 << MAX_SERIAL_BITS:
        _refuse("CHAIN_UNTRUSTED", "a certificate has no positive serial number of at most 20 bytes")
    return certificate


def extensions(certificate: x509.Certificate) -> dict[type, Any]:
    """Return what the certificate's extensions say, by kind; a certificate has none twice (RFC 5280 §4.2)."""
    return {type(each.value): each.value for each in certificate.extensions}


def _refuse(code: str, why: str) -> NoReturn:
    raise AdmissionRefused(code, f"cannot trust the certificate chain: {why}")

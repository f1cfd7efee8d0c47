"""Asking an authority for a certificate: a name, a P-256 key, and proof that the asker holds the private key."""

from __future__ import annotations

from cryptography import x509

from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic import p256
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.x509 import spki_digest


class CertificateRequest(Record, frozen=True):
    """The name to certify, the key (SubjectPublicKeyInfo, DER), and the key's own signature over both."""

    name: str
    public: bytes
    signature: bytes


def make_request(name: str, key: P256Key) -> bytes:
    """Return the encoded request of the holder of `key` to be certified as `name`."""
    return encode(CertificateRequest(name, key.public, key.sign(_asked(name, key.public))))


def read_request(data: bytes) -> CertificateRequest:
    """Return the request if its maker holds the key. Raises PeerDeviated SIG_INVALID, MalformedEncoding."""
    asked = CertificateRequest.decode(data)
    public = p256.parse_public(asked.public)
    if public is None or not p256.verify(public, asked.signature, _asked(asked.name, asked.public)):
        message = "cannot certify: the request was not made by the holder of its key"
        raise PeerDeviated("SIG_INVALID", message, evidence=data)
    return asked


def certifies(certificate: bytes, key: P256Key) -> bool:
    """Say whether the certificate (DER) is for `key`."""
    try:
        return spki_digest(x509.load_der_x509_certificate(certificate)) == key.fingerprint
    except ValueError:
        return False


def _asked(name: str, public: bytes) -> bytes:
    return encode(["semper/certificate-request/1", name, public])

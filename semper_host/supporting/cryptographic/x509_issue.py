"""Issuing certificates: what an authority does with its key. Pure: the same inputs give the same bytes.

Serial numbers derive from the content, signatures are deterministic (RFC 6979). What would not verify later
is not issued.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import NamedTuple, NoReturn

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from semper_host.model.encoding import encode
from semper_host.model.errors import UsageError
from semper_host.supporting.cryptographic.p256 import P256Key, parse_public
from semper_host.supporting.cryptographic.x509 import (
    END_OF_TIME,
    CertifiedKey,
    Purpose,
    covers,
    purposes_of,
    uri_purpose,
    uris_of,
)


class Validity(NamedTuple):
    """From when to when a certificate is valid, both included, in seconds since 1970."""

    not_before: int
    not_after: int


class Applicant(NamedTuple):
    """Who is to be certified, with one URI "semper:PURPOSE/NAME" a purpose; `public` is a P-256 SPKI in DER."""

    name: str
    public: bytes
    purposes: frozenset[Purpose]
    uris: tuple[str, ...] = ()


def issue_root(
    name: str, key: P256Key, purposes: Iterable[Purpose], validity: Validity, *, path_length: int = 1
) -> CertifiedKey:
    """Return `key` with a root certificate of its own for `purposes`; `path_length` intermediates may follow it."""
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, _checked_name(name))])
    builder = _begin(name, key.public, validity, issuer)
    builder = _as_authority(builder, key, _sorted(purposes), (), path_length)
    return CertifiedKey(key, (_sign(builder, key),))


def issue_intermediate(applicant: Applicant, validity: Validity, issuer: CertifiedKey) -> tuple[bytes, ...]:
    """Return the chain in which `issuer` lets the applicant certify others, only at or below its URIs if it has any."""
    wanted = _sorted(applicant.purposes)
    if any(uri_purpose(uri) not in wanted for uri in applicant.uris):
        _refuse("a name in its scope is not of the form semper:PURPOSE/NAME, for one of its purposes")
    parent = _checked_issuer(issuer, applicant, validity)
    builder = _begin(applicant.name, applicant.public, validity, parent.subject)
    builder = _as_authority(builder, issuer.key, wanted, applicant.uris, 0)
    return (_sign(builder, issuer.key), *_upwards(issuer, parent))


def issue_leaf(applicant: Applicant, validity: Validity, issuer: CertifiedKey) -> tuple[bytes, ...]:
    """Return the chain (DER, leaf first, root left out) in which `issuer` certifies the applicant's key.

    The caller must know that the applicant holds the private key. Raises UsageError (USAGE_INVALID).
    """
    wanted = _sorted(applicant.purposes)
    if sorted(uri_purpose(uri) for uri in applicant.uris) != sorted(wanted):
        _refuse("each purpose needs one URI of the form semper:PURPOSE/NAME, in small letters, digits and . _ -")
    parent = _checked_issuer(issuer, applicant, validity)
    builder = _begin(applicant.name, applicant.public, validity, parent.subject)
    builder = builder.add_extension(x509.BasicConstraints(False, None), critical=True)
    builder = _with_usage(builder, signs_certificates=False)
    builder = builder.add_extension(_alternative_names(applicant.uris), critical=False)
    builder = builder.add_extension(_extended_usage(wanted), critical=True)
    builder = builder.add_extension(_authority_identifier(issuer.key), critical=False)
    return (_sign(builder, issuer.key), *_upwards(issuer, parent))


def _begin(name: str, public: bytes, validity: Validity, issuer: x509.Name) -> x509.CertificateBuilder:
    """Return a certificate for `name` and its key, still without authority or purpose."""
    if not 0 <= validity.not_before < validity.not_after <= END_OF_TIME:
        _refuse("its validity ends before it begins")
    subject = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, _checked_name(name))])
    key = _loaded(public)
    content = encode([subject.public_bytes(), issuer.public_bytes(), public, validity.not_before, validity.not_after])
    serial = int.from_bytes(hashlib.sha256(b"semper/serial/1" + content).digest()[:16], "big") >> 1 | 1
    builder = x509.CertificateBuilder(issuer_name=issuer, subject_name=subject, public_key=key, serial_number=serial)
    builder = builder.not_valid_before(_time(validity.not_before)).not_valid_after(_time(validity.not_after))
    return builder.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


def _as_authority(
    builder: x509.CertificateBuilder,
    issuing_key: P256Key,
    purposes: list[Purpose],
    scopes: tuple[str, ...],
    path_length: int,
) -> x509.CertificateBuilder:
    builder = builder.add_extension(x509.BasicConstraints(True, path_length), critical=True)
    builder = _with_usage(builder, signs_certificates=True)
    builder = builder.add_extension(_extended_usage(purposes), critical=True)
    if scopes:
        builder = builder.add_extension(_alternative_names(scopes), critical=False)
    return builder.add_extension(_authority_identifier(issuing_key), critical=False)


def _with_usage(builder: x509.CertificateBuilder, *, signs_certificates: bool) -> x509.CertificateBuilder:
    usage = x509.KeyUsage(
        digital_signature=not signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_certificates,
        crl_sign=False,
        encipher_only=False,
        decipher_only=False,
    )
    return builder.add_extension(usage, critical=True)


def _extended_usage(purposes: list[Purpose]) -> x509.ExtendedKeyUsage:
    return x509.ExtendedKeyUsage([purpose.oid for purpose in purposes])


def _alternative_names(uris: tuple[str, ...]) -> x509.SubjectAlternativeName:
    return x509.SubjectAlternativeName([x509.UniformResourceIdentifier(uri) for uri in uris])


def _authority_identifier(key: P256Key) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.private.public_key())


def _sign(builder: x509.CertificateBuilder, key: P256Key) -> bytes:
    certificate = builder.sign(key.private, hashes.SHA256(), ecdsa_deterministic=True)
    return certificate.public_bytes(serialization.Encoding.DER)


def _upwards(issuer: CertifiedKey, parent: x509.Certificate) -> tuple[bytes, ...]:
    """Return what follows a certificate in its chain: the issuer's chain, unless that is a root, which is left out."""
    try:
        parent.verify_directly_issued_by(parent)
    except (ValueError, TypeError, InvalidSignature):
        return issuer.chain
    return ()


def _checked_issuer(issuer: CertifiedKey, applicant: Applicant, validity: Validity) -> x509.Certificate:
    """Return the issuer's certificate if it allows what is to be issued."""
    parent = x509.load_der_x509_certificate(issuer.chain[0])
    allowed, scopes = purposes_of(parent), uris_of(parent)
    if parent.public_key() != issuer.key.private.public_key():
        _refuse("the issuer's key and certificate do not belong together")
    purposes, uris = applicant.purposes, applicant.uris
    if not purposes or (allowed is not None and not allowed >= purposes):
        _refuse("the issuer may not certify for these purposes")
    if scopes and not (uris and all(any(covers(scope, uri) for scope in scopes) for uri in uris)):
        _refuse("the issuer may not certify these names")
    starts, ends = parent.not_valid_before_utc.timestamp(), parent.not_valid_after_utc.timestamp()
    if not starts <= validity.not_before or not validity.not_after <= ends:
        _refuse("it would be valid longer than its issuer")
    return parent


def _loaded(public: bytes) -> ec.EllipticCurvePublicKey:
    key = parse_public(public)
    if key is None:
        _refuse("the public key is not a P-256 key in a SubjectPublicKeyInfo")
    return key


def _checked_name(name: str) -> str:
    if not name.strip() or not name.isprintable() or len(name) > 64:
        _refuse("a name has 1 to 64 printable characters")
    return name


def _sorted(purposes: Iterable[Purpose]) -> list[Purpose]:
    order = list(Purpose)
    return sorted(set(purposes), key=order.index)


def _time(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _refuse(why: str) -> NoReturn:
    raise UsageError("USAGE_INVALID", f"cannot issue the certificate: {why}")

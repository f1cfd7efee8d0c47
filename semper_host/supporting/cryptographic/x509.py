"""Certificate chains (RFC 5280): which key, certified by whom, may do what.

`cryptography.x509.verification` finds the path and checks signatures, names, validity, basic constraints and
critical extensions. It knows only server and client certificates, so both extension policies are our own,
and what it leaves out is checked here on the path it found: purposes and their nesting, the URI and its
scope, key usage, path length, and that the path is exactly the chain presented. Revocation is admission's.

Rules. Purposes are extended key usages under the arc of our own UUID. Every intermediate names its purposes
(a root may), and a chain serves only a purpose that every certificate in it names, and that the user trusts
the root for. A leaf has a URI "semper:PURPOSE/NAME" for each of its purposes; a CA that has URIs itself
certifies only names at or below them.
"""

from __future__ import annotations

import hashlib
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import NamedTuple, NoReturn, TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes
from cryptography.utils import CryptographyDeprecationWarning
from cryptography.x509 import verification

from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic.p256 import P256Key

ARC = "2.25.269548178730769944539108156786794372707"
"""UUID cac91744-633f-44bc-b3bf-6b8357791e63, chosen for this project (ITU-T X.667): ARC.1.N are the purposes below."""

MAX_CHAIN = 3
"""Leaf and at most two intermediates."""
MAX_CERTIFICATE = 8192
"""Bytes of one certificate at most."""
END_OF_TIME = 253402300799  # 9999-12-31T23:59:59Z
E = TypeVar("E", bound=x509.ExtensionType)
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


class Signer(NamedTuple):
    """Whom a verified chain certifies, and under which trusted root (the user's name for it)."""

    name: str
    uri: str
    fingerprint: bytes
    root: str
    key: ec.EllipticCurvePublicKey


def verify_chain(chain: Sequence[bytes], purpose: Purpose, roots: Sequence[TrustedRoot], at: int) -> Signer:
    """Return whom `chain` (DER, leaf first, root left out) certifies for `purpose` at time `at` (seconds since 1970).

    Raises AdmissionRefused: CHAIN_UNTRUSTED (no path to a trusted root, or malformed), CHAIN_PURPOSE (a path, but
    not for this purpose), CHAIN_EXPIRED (a path that is good at another time).
    """
    presented = [_load(data) for data in _bounded(chain)]
    anchors = [(root, _load(root.certificate)) for root in roots if purpose in root.purposes]
    fit = [anchor for _, anchor in anchors]
    try:
        path = _path(presented, fit, at)
    except verification.VerificationError as error:
        _explain(presented, [_load(root.certificate) for root in roots], fit, at, error)
    if path[:-1] != presented:
        _refuse("CHAIN_UNTRUSTED", "its certificates are not in order, leaf first")
    _check_authorities(path, purpose)
    key = _checked_key(presented[0], purpose)
    uri = _uri_for(presented[0], purpose)
    _check_scopes(path[1:], uri)
    root = next(root for root, anchor in anchors if anchor == path[-1])
    return Signer(common_name(presented[0]), uri, _digest_of(key), root.name, key)


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
    return _digest_of(key)


def purposes_of(certificate: x509.Certificate) -> frozenset[Purpose] | None:
    """Return the purposes that the certificate names, or None where it has no extended key usage at all."""
    usage = _extension(certificate, x509.ExtendedKeyUsage)
    return None if usage is None else frozenset(purpose for purpose, oid in _OIDS.items() if oid in usage)


def uris_of(certificate: x509.Certificate) -> tuple[str, ...]:
    """Return the URIs among the subject's alternative names."""
    names = _extension(certificate, x509.SubjectAlternativeName)
    return () if names is None else tuple(names.get_values_for_type(x509.UniformResourceIdentifier))


def uri_purpose(uri: str) -> str:
    """Return the purpose in "semper:PURPOSE/NAME", or "" if `uri` is not of this form."""
    match = _URI.fullmatch(uri)
    return match[1] if match and len(uri) <= 200 else ""


def covers(scope: str, uri: str) -> bool:
    """Say whether `uri` is at or below `scope`: "semper:merchant/eurocom" covers "semper:merchant/eurocom/books"."""
    return uri == scope or uri.startswith(scope + "/")


def _digest_of(key: CertificatePublicKeyTypes) -> bytes:
    spki = key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    return hashlib.sha256(spki).digest()


def _bounded(chain: Sequence[bytes]) -> Iterator[bytes]:
    if not 1 <= len(chain) <= MAX_CHAIN:
        _refuse("CHAIN_UNTRUSTED", f"it has {len(chain)} certificates; 1 to {MAX_CHAIN} are accepted")
    yield from chain


def _load(data: bytes) -> x509.Certificate:
    if len(data) > MAX_CERTIFICATE:
        _refuse("CHAIN_UNTRUSTED", f"a certificate exceeds {MAX_CERTIFICATE} bytes")
    try:
        certificate = x509.load_der_x509_certificate(data)
        _ = certificate.extensions  # parsed lazily: duplicates and malformed ones show here
    except (ValueError, TypeError, x509.InvalidVersion, x509.DuplicateExtension, x509.UnsupportedGeneralNameType):
        _refuse("CHAIN_UNTRUSTED", "a certificate is malformed")
    if certificate.serial_number <= 0:
        _refuse("CHAIN_UNTRUSTED", "a certificate has no positive serial number")
    return certificate


def _path(presented: list[x509.Certificate], anchors: list[x509.Certificate], at: int) -> list[x509.Certificate]:
    """Return the path from the leaf to one of `anchors`, both included, valid at `at`. Raises VerificationError."""
    if not anchors or not 0 <= at <= END_OF_TIME:
        raise verification.VerificationError("no root is trusted for it")
    critical = verification.Criticality.CRITICAL
    authority = verification.ExtensionPolicy.permit_all()
    authority = authority.require_present(x509.BasicConstraints, critical, None)
    authority = authority.require_present(x509.KeyUsage, critical, None)
    builder = verification.PolicyBuilder().store(verification.Store(anchors)).max_chain_depth(MAX_CHAIN - 1)
    builder = builder.time(datetime.fromtimestamp(at, UTC).replace(tzinfo=None))
    builder = builder.extension_policies(ca_policy=authority, ee_policy=verification.ExtensionPolicy.permit_all())
    try:
        return builder.build_client_verifier().verify(presented[0], presented[1:]).chain
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise verification.VerificationError(f"a certificate is malformed: {error}") from None


def _explain(
    presented: list[x509.Certificate],
    anchors: list[x509.Certificate],
    fit: list[x509.Certificate],
    at: int,
    error: Exception,
) -> NoReturn:
    """Refuse with the most telling code: is there a path at another time, or to a root trusted for something else?"""
    if any(_leads(presented, [anchor], _common_time([*presented, anchor])) for anchor in fit):
        _refuse("CHAIN_EXPIRED", "a certificate is not valid at the time in question")
    if _leads(presented, anchors, at):
        _refuse("CHAIN_PURPOSE", "its root is not trusted for this purpose")
    _refuse("CHAIN_UNTRUSTED", f"no path leads to a trusted root: {str(error).partition(' (encountered')[0]}")


def _leads(presented: list[x509.Certificate], anchors: list[x509.Certificate], at: int) -> bool:
    try:
        return bool(_path(presented, anchors, at))
    except verification.VerificationError:
        return False


def _common_time(certificates: list[x509.Certificate]) -> int:
    """Return a time at which all are valid, if there is any: when the last of them begins."""
    return max(int(certificate.not_valid_before_utc.timestamp()) for certificate in certificates)


def _check_authorities(path: list[x509.Certificate], purpose: Purpose) -> None:
    """Check each CA of `path`: CA bit, path length, certificate signing, and that it may certify for `purpose`."""
    for depth, certificate in enumerate(path[1:]):
        limits, usage = _extension(certificate, x509.BasicConstraints), _extension(certificate, x509.KeyUsage)
        if limits is None or not limits.ca or usage is None or not usage.key_cert_sign:
            _refuse("CHAIN_UNTRUSTED", "an issuer is not a certification authority")
        if limits.path_length is not None and depth > limits.path_length:
            _refuse("CHAIN_UNTRUSTED", "it is longer than an issuer allows")
        purposes = purposes_of(certificate)
        is_root = depth == len(path) - 2
        if (purposes is None and not is_root) or (purposes is not None and purpose not in purposes):
            _refuse("CHAIN_PURPOSE", f"an issuer may not certify for the purpose {purpose}")


def _checked_key(leaf: x509.Certificate, purpose: Purpose) -> ec.EllipticCurvePublicKey:
    """Return the leaf's P-256 key, if it is an end entity's that may sign for `purpose`."""
    limits, usage = _extension(leaf, x509.BasicConstraints), _extension(leaf, x509.KeyUsage)
    if (limits is not None and limits.ca) or usage is None or not usage.digital_signature or usage.key_cert_sign:
        _refuse("CHAIN_PURPOSE", "it is not a certificate for signing statements")
    if purpose not in (purposes_of(leaf) or ()):
        _refuse("CHAIN_PURPOSE", f"the certificate is not for the purpose {purpose}")
    try:
        key = leaf.public_key()
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        _refuse("CHAIN_UNTRUSTED", "the certified key is not a P-256 key")
    return key


def _uri_for(leaf: x509.Certificate, purpose: Purpose) -> str:
    """Return the leaf's one URI for `purpose`."""
    fitting = [uri for uri in uris_of(leaf) if uri_purpose(uri) == purpose]
    if len(fitting) != 1:
        _refuse("CHAIN_PURPOSE", f"the certificate has not one URI of the form semper:{purpose}/NAME")
    return fitting[0]


def _check_scopes(authorities: list[x509.Certificate], uri: str) -> None:
    """Check that `uri` lies within the URIs of every authority that has any."""
    for certificate in authorities:
        scopes = uris_of(certificate)
        if scopes and not any(covers(scope, uri) for scope in scopes):
            _refuse("CHAIN_PURPOSE", f"an issuer may not certify the name {uri}")


def _extension(certificate: x509.Certificate, kind: type[E]) -> E | None:
    for extension in certificate.extensions:
        if type(extension.value) is kind:
            return extension.value
    return None


def _refuse(code: str, why: str) -> NoReturn:
    raise AdmissionRefused(code, f"cannot trust the certificate chain: {why}")

"""Certificate chains (RFC 5280): which key, certified by whom, may do what.

`cryptography.x509.verification` finds the path and checks signatures, names, validity, basic constraints and
critical extensions. It knows only server and client certificates, so both extension policies are our own,
and what it leaves out is checked here on the path it found: purposes and their nesting, the URI and its
scope, key usage, path length, and that the path is exactly the chain presented. Revocation is admission's.

A chain serves only a purpose that every certificate in it names (a root may name none), and that the user trusts
the root for. The leaf has one URI "semper:PURPOSE/NAME" for it, within the URIs of every authority above that has any.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, NoReturn

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509 import verification

from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic.x509 import (
    END_OF_TIME,
    Purpose,
    TrustedRoot,
    common_name,
    covers,
    extensions,
    load,
    purposes_in,
    spki_digest,
    uri_purpose,
    uris_in,
)

MAX_CHAIN = 3
"""Leaf and at most two intermediates."""
_ANYBODY = verification.ExtensionPolicy.permit_all()
_AUTHORITY = _ANYBODY.require_present(
    x509.BasicConstraints, verification.Criticality.CRITICAL, None
).require_present(x509.KeyUsage, verification.Criticality.CRITICAL, None)


_BUILDER = (
    verification.PolicyBuilder()
    .max_chain_depth(MAX_CHAIN - 1)
    .extension_policies(ca_policy=_AUTHORITY, ee_policy=_ANYBODY)
)


class Signer(NamedTuple):
    """Whom a verified chain certifies, and under which trusted root (the user's name for it)."""

    name: str
    uri: str
    fingerprint: bytes
    root: str
    key: ec.EllipticCurvePublicKey
    issuers: tuple[bytes, ...] = ()  # the fingerprints above it, the root's last


def verify_chain(chain: Sequence[bytes], purpose: Purpose, roots: Sequence[TrustedRoot], at: int) -> Signer:
    """Return whom `chain` (DER, leaf first, root left out) certifies for `purpose` at time `at` (seconds since 1970).

    Raises AdmissionRefused: CHAIN_UNTRUSTED (no path to a trusted root, or malformed), CHAIN_PURPOSE (a path, but
    not for this purpose), CHAIN_EXPIRED (a path that is good at another time).
    """
    presented = [load(data) for data in _bounded(chain)]
    anchors = [(root, load(root.certificate)) for root in roots if purpose in root.purposes]
    fit = [anchor for _, anchor in anchors]
    try:
        path = _path(presented, fit, at)
    except verification.VerificationError as error:
        _explain(presented, [load(root.certificate) for root in roots], fit, at, error)
    if path[:-1] != presented:
        _refuse("CHAIN_UNTRUSTED", "its certificates are not in order, leaf first")
    said, *above = [extensions(certificate) for certificate in path]
    _check_authorities(above, purpose)
    key = _checked_key(presented[0], said, purpose)
    uri = _uri_for(said, purpose)
    _check_scopes(above, uri)
    root = next(root for root, anchor in anchors if anchor == path[-1])
    issuers = tuple(spki_digest(certificate) for certificate in path[1:])
    return Signer(common_name(presented[0]), uri, spki_digest(presented[0]), root.name, key, issuers)


def root_signer(chain: Sequence[bytes], roots: Sequence[TrustedRoot]) -> Signer:
    """Return the trusted root that `chain` consists of, as the signer of a statement. Raises CHAIN_UNTRUSTED."""
    name = next((root.name for root in roots if list(chain) == [root.certificate]), None)
    key = load(chain[0]).public_key() if name is not None else None
    if name is None or not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        _refuse("CHAIN_UNTRUSTED", "it is not one of the trusted roots, with a P-256 key")
    return Signer(common_name(load(chain[0])), "", spki_digest(load(chain[0])), name, key)


def _bounded(chain: Sequence[bytes]) -> Iterator[bytes]:
    if not 1 <= len(chain) <= MAX_CHAIN:
        _refuse("CHAIN_UNTRUSTED", f"it has {len(chain)} certificates; 1 to {MAX_CHAIN} are accepted")
    yield from chain


def _path(presented: list[x509.Certificate], anchors: list[x509.Certificate], at: int) -> list[x509.Certificate]:
    """Return the path from the leaf to one of `anchors`, both included, valid at `at`. Raises VerificationError."""
    if not anchors or not 0 <= at <= END_OF_TIME:
        raise verification.VerificationError("no root is trusted for it")
    time = datetime.fromtimestamp(at, UTC).replace(tzinfo=None)
    builder = _BUILDER.store(verification.Store(anchors)).time(time)
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


def _check_authorities(above: Sequence[Mapping[type, Any]], purpose: Purpose) -> None:
    """Check each CA `above`, the root last, by its extensions: CA bit, path length, certificate signing, and that it
    may certify for `purpose`.
    """
    for depth, said in enumerate(above):
        limits, usage = said.get(x509.BasicConstraints), said.get(x509.KeyUsage)
        if limits is None or not limits.ca or usage is None or not usage.key_cert_sign:
            _refuse("CHAIN_UNTRUSTED", "an issuer is not a certification authority")
        if limits.path_length is not None and depth > limits.path_length:
            _refuse("CHAIN_UNTRUSTED", "it is longer than an issuer allows")
        if x509.NameConstraints in said:  # the library judges some kinds of names, and only where it is critical
            _refuse("CHAIN_UNTRUSTED", "an issuer constrains names in a way that is not judged here")
        purposes = purposes_in(said)
        is_root = depth == len(above) - 1
        if (purposes is None and not is_root) or (purposes is not None and purpose not in purposes):
            _refuse("CHAIN_PURPOSE", f"an issuer may not certify for the purpose {purpose}")


def _checked_key(leaf: x509.Certificate, said: Mapping[type, Any], purpose: Purpose) -> ec.EllipticCurvePublicKey:
    """Return the leaf's P-256 key, if it is an end entity's that may sign for `purpose`."""
    limits, usage = said.get(x509.BasicConstraints), said.get(x509.KeyUsage)
    if (limits is not None and limits.ca) or usage is None or not usage.digital_signature or usage.key_cert_sign:
        _refuse("CHAIN_PURPOSE", "it is not a certificate for signing statements")
    if purpose not in (purposes_in(said) or ()):
        _refuse("CHAIN_PURPOSE", f"the certificate is not for the purpose {purpose}")
    try:
        key = leaf.public_key()
    except (ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        _refuse("CHAIN_UNTRUSTED", "the certified key is not a P-256 key")
    return key


def _uri_for(said: Mapping[type, Any], purpose: Purpose) -> str:
    """Return the leaf's one URI for `purpose`."""
    fitting = [uri for uri in uris_in(said) if uri_purpose(uri) == purpose]
    if len(fitting) != 1:
        _refuse("CHAIN_PURPOSE", f"the certificate has not one URI of the form semper:{purpose}/NAME")
    return fitting[0]


def _check_scopes(above: Sequence[Mapping[type, Any]], uri: str) -> None:
    """Check that `uri` lies within the URIs of every authority that has any."""
    for said in above:
        scopes = uris_in(said)
        if scopes and not any(covers(scope, uri) for scope in scopes):
            _refuse("CHAIN_PURPOSE", f"an issuer may not certify the name {uri}")


def _refuse(code: str, why: str) -> NoReturn:
    raise AdmissionRefused(code, f"cannot trust the certificate chain: {why}")

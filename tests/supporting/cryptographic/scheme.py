"""A small certification scheme for the tests: made from fixed seeds, valid in a fixed time."""

from __future__ import annotations

from typing import NamedTuple

from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose, TrustedRoot
from semper_host.supporting.cryptographic.x509_issue import (
    Applicant,
    Validity,
    issue_intermediate,
    issue_leaf,
    issue_root,
)

NOW = 1_800_000_000
YEAR = 365 * 86_400
URI = "semper:merchant/eurocom"


class Scheme(NamedTuple):
    """A registration authority's root, an intermediate below it, and a merchant certified by each."""

    root: CertifiedKey
    middle: CertifiedKey
    merchant: CertifiedKey
    remote: CertifiedKey
    trusted: tuple[TrustedRoot, ...]


def make_scheme() -> Scheme:
    """Return the scheme; the same every time."""
    validity = Validity(NOW - YEAR, NOW + YEAR)
    purposes = frozenset({Purpose.MERCHANT, Purpose.BANK})
    root = issue_root("Registry", P256Key.from_seed(b"r" * 32), purposes, validity)
    middle_key, key = P256Key.from_seed(b"i" * 32), P256Key.from_seed(b"m" * 32)
    chamber = Applicant("Chamber", middle_key.public, purposes)
    middle = CertifiedKey(middle_key, issue_intermediate(chamber, validity, root))
    applicant = Applicant("EUROCOM", key.public, frozenset({Purpose.MERCHANT}), (URI,))
    merchant, remote = (CertifiedKey(key, issue_leaf(applicant, validity, issuer)) for issuer in (root, middle))
    return Scheme(root, middle, merchant, remote, (TrustedRoot("registry", root.chain[0], purposes),))

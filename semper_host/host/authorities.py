"""Being an authority: this home's root, the certificates it issues, and the evaluations it signs.

A registration authority certifies merchants, banks, trustees and arbiters; an evaluating one certifies itself to
evaluate and signs what it found. Both are homes like any other; nothing here is special to who ships this program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from semper_host.admission.admit import CLOCK_SKEW
from semper_host.admission.manifest import Manifest
from semper_host.admission.statements import Evaluation, digest, sign_evaluation
from semper_host.host import identity
from semper_host.host.home import Home
from semper_host.model.encoding import MalformedEncoding
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.model.grants import Capability, Grant
from semper_host.model.money import parse as parse_money
from semper_host.supporting.cryptographic import certificate_file, durable_file
from semper_host.supporting.cryptographic.certificate_file import Said
from semper_host.supporting.cryptographic.certificate_request import read_request
from semper_host.supporting.cryptographic.p256 import P256Key
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose
from semper_host.supporting.cryptographic.x509_issue import Applicant, Validity, issue_leaf, issue_root

ROOT_FILE = "root.crt"
POLICY = "semper/automatic-checks/1"
"""The policy that an evaluation names unless the authority has one of its own: the checks of `evaluating`."""
DAY = 86_400
ROOT_DAYS, LEAF_DAYS = 3650, 365
CERTIFIED_ROLES = ("merchant", "bank", "trustee")
_ROOT, _EVALUATOR = "authority.root", "authority.evaluator"


class Issued(NamedTuple):
    """A chain (PEM, leaf first, without the root) and what its leaf says."""

    chain: bytes
    leaf: Said


def make_root(home: Home, purposes: Iterable[Purpose], now: int) -> Said:
    """Make this home's root certificate for `purposes`, show it as public/root.crt, and return what it says.

    For the purpose evaluate the home also gets a key of its own to evaluate with. Raises UsageError USAGE_INVALID
    where the home has a root: whoever trusts that one would not know another.
    """
    if home.keyring.load_certified(_ROOT) is not None:
        raise UsageError("USAGE_INVALID", f"cannot make a root: this home has one, {home.public / ROOT_FILE}")
    wanted = frozenset(purposes)
    validity = Validity(now - CLOCK_SKEW, now + ROOT_DAYS * DAY)
    root = issue_root(home.config.name, P256Key.from_seed(home.keyring.seed(_ROOT)), wanted, validity)
    if Purpose.EVALUATE in wanted:
        _certify_evaluator(home, root, now)
    durable_file.replace(home.public / ROOT_FILE, certificate_file.write_pem(root.chain), 0o644)
    # COMMIT POINT: the home is an authority once its root is kept
    home.keyring.store_certified(_ROOT, root)
    return certificate_file.said(root.chain[0])


def issue(home: Home, request: bytes, purposes: Sequence[Purpose], uris: Sequence[str], days: int, now: int) -> Issued:
    """Certify the maker of `request` for `purposes`, valid for `days`. The caller must know who that is.

    A purpose without a URI "semper:PURPOSE/NAME" among `uris` gets one made of the name. Raises UsageError.
    """
    root = _root(home)
    try:
        asked = read_request(request)
    except (MalformedEncoding, PeerDeviated) as error:
        cause = f"cannot issue a certificate: this is no request of `semper authority request` ({error.message})"
        raise UsageError("USAGE_INVALID", cause) from None
    given = {uri.removeprefix("semper:").partition("/")[0] for uri in uris}
    derived = tuple(f"semper:{purpose}/{slug(asked.name)}" for purpose in purposes if purpose not in given)
    applicant = Applicant(asked.name, asked.public, frozenset(purposes), (*uris, *derived))
    chain = issue_leaf(applicant, _within(root, now, days), root)
    return Issued(certificate_file.write_pem(chain), certificate_file.said(chain[0]))


def request(home: Home) -> bytes:
    """Return this home's certificate request. Raises UsageError in a home whose role nobody certifies."""
    if home.config.role not in CERTIFIED_ROLES:
        roles = ", ".join(CERTIFIED_ROLES)
        cause = f"cannot ask for a certificate: a {home.config.role} needs none; it is for {roles}"
        raise UsageError("USAGE_INVALID", cause)
    return identity.request(home)


def accept(home: Home, data: bytes) -> Said:
    """Keep the chain (PEM or DER) issued for this home.

    Raises UsageError where it is not for its key, role and name.
    """
    chain = certificate_file.read_certificates(data)
    leaf = certificate_file.said(chain[0])
    cause = ""
    if home.config.role not in leaf.purposes:
        cause = f"it is for {_listed(leaf.purposes)}, and this home is a {home.config.role}"
    elif home.config.name not in (leaf.name, *leaf.uris):
        cause = f"it names {leaf.name!r}, and this home is {home.config.name!r}"
    if cause:
        raise UsageError("USAGE_INVALID", f"cannot accept the certificate: {cause}")
    identity.accept(home, chain)
    return leaf


def certify(
    home: Home, archive: bytes, manifest: Manifest, grants: Sequence[str], conditions: Sequence[str], seconds: int,
    now: int, policy: str = POLICY,
) -> tuple[bytes, Evaluation]:  # fmt: skip
    """Return the signed evaluation of an archive for `seconds` from now on, and what it says.

    `grants` are as `read_grants` takes them. The caller has run the checks. Raises UsageError.
    """
    root = _root(home)
    key = home.keyring.load_certified(_EVALUATOR)
    if key is None:
        cause = "cannot certify: this home's root is not for the purpose evaluate; make an authority that is"
        raise UsageError("USAGE_INVALID", cause)
    if certificate_file.said(key.chain[0]).not_after < now + seconds:
        key = _certify_evaluator(home, root, now, seconds)
    granted = read_grants(manifest, grants)
    evaluation = Evaluation(
        digest(archive), policy, granted, tuple(conditions), now - CLOCK_SKEW, now + seconds, now
    )
    return sign_evaluation(evaluation, key), evaluation


def read_grants(manifest: Manifest, texts: Sequence[str]) -> tuple[Grant, ...]:
    """Return the grants that `texts` name ("money.pay", or "money.pay=50.00 EUR" for less); none: all it requests.

    Raises UsageError for what the manifest does not request.
    """
    asked = {requested.capability.value: requested.grant for requested in manifest.requests}
    if not texts:
        return tuple(asked.values())
    found = []
    for text in texts:
        name, _, most = text.partition("=")
        if name not in asked:
            known = ", ".join(asked) or "nothing"
            raise UsageError("USAGE_INVALID", f"cannot grant {name[:40]!r}: {manifest.name} requests {known}")
        grant = asked[name]
        found.append(Grant(Capability(name), parse_money(most) if most else grant.most, grant.calls))
    return tuple(found)


def slug(name: str) -> str:
    """Return a name in small letters and digits for URIs and file names: "Mr. Bean & Co" is "mr-bean-co"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"


def _certify_evaluator(home: Home, root: CertifiedKey, now: int, seconds: int = 0) -> CertifiedKey:
    """Certify this home's evaluating key for a year, or for as long as an evaluation of `seconds` needs."""
    key = P256Key.from_seed(home.keyring.seed(_EVALUATOR))
    uris = (f"semper:{Purpose.EVALUATE}/{slug(home.config.name)}",)
    applicant = Applicant(home.config.name, key.public, frozenset({Purpose.EVALUATE}), uris)
    days = max(LEAF_DAYS, -(-seconds // DAY))
    certified = CertifiedKey(key, issue_leaf(applicant, _within(root, now, days), root))
    home.keyring.store_certified(_EVALUATOR, certified)
    return certified


def _within(root: CertifiedKey, now: int, days: int) -> Validity:
    """Return the validity of a certificate for `days` from now on: it began a little ago, for clocks that are slow."""
    limits = certificate_file.said(root.chain[0])
    if now + days * DAY > limits.not_after:
        left = (limits.not_after - now) // DAY
        cause = f"cannot certify for {days} days: this home's root ends in {max(left, 0)} days"
        raise UsageError("USAGE_INVALID", cause)
    return Validity(max(limits.not_before, now - CLOCK_SKEW), now + days * DAY)


def _root(home: Home) -> CertifiedKey:
    root = home.keyring.load_certified(_ROOT)
    if root is None:
        raise UsageError("USAGE_INVALID", "cannot act as an authority: this home has no root; `semper authority init`")
    return root


def _listed(purposes: Iterable[Purpose]) -> str:
    return ", ".join(sorted(purposes)) or "nothing"

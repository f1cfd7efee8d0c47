"""Being an authority: this home's root, the certificates it issues, and the evaluations it signs.

A registration authority certifies merchants, banks, trustees and arbiters; an evaluating one certifies itself to
evaluate and signs what it found. Both are homes like any other; nothing here is special to who ships this program.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from semper_host.admission.admit import CLOCK_SKEW
from semper_host.admission.manifest import Manifest
from semper_host.admission.statements import Evaluation, RotationApproval, digest, sign, sign_evaluation
from semper_host.host import authority_keys, identity
from semper_host.host.authority_keys import EVALUATOR, ROOT, Pin, Token, no_pin
from semper_host.host.evaluating import Report
from semper_host.host.home import Home
from semper_host.model.encoding import MalformedEncoding
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.model.grants import Capability, Grant
from semper_host.model.money import parse as parse_money
from semper_host.supporting.cryptographic import certificate_file, durable_file
from semper_host.supporting.cryptographic.certificate_file import Said
from semper_host.supporting.cryptographic.certificate_request import read_request
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose
from semper_host.supporting.cryptographic.x509_issue import Applicant, Validity, issue_leaf, issue_root

ROOT_FILE = "root.crt"
POLICY = "semper/automatic-checks/1"
"""The policy that an evaluation names unless the authority has one of its own: the checks of `evaluating`."""
MOST_CONDITION = 400
DAY = 86_400
ROOT_DAYS, LEAF_DAYS = 3650, 365
CERTIFIED_ROLES = ("merchant", "bank", "trustee")


class Issued(NamedTuple):
    """A chain (PEM, leaf first, without the root) and what its leaf says."""

    chain: bytes
    leaf: Said


def make_root(home: Home, purposes: Iterable[Purpose], now: int, token: Token | None = None, pin: Pin = no_pin) -> Said:
    """Make this home's root certificate for `purposes`, show it as public/root.crt, and return what it says.

    For the purpose evaluate the home also gets a key of its own to evaluate with. Both keys are made inside `token`
    if one is given. Raises UsageError USAGE_INVALID where the home has a root: whoever trusts that one would not know
    another.
    """
    if authority_keys.chain(home, ROOT):
        raise UsageError("USAGE_INVALID", f"cannot make a root: this home has one, {home.public / ROOT_FILE}")
    wanted = frozenset(purposes)
    validity = Validity(now - CLOCK_SKEW, now + ROOT_DAYS * DAY)
    key, place = authority_keys.make(home, ROOT, token, pin)
    root = issue_root(home.config.name, key, wanted, validity)
    if Purpose.EVALUATE in wanted:
        _certify_evaluator(home, root, now, token, pin)
    durable_file.replace(home.public / ROOT_FILE, certificate_file.write_pem(root.chain), 0o644)
    # COMMIT POINT: the home is an authority once its root is kept
    authority_keys.keep(home, ROOT, root, place)
    return certificate_file.said(root.chain[0])


def issue(
    home: Home, request: bytes, purposes: Sequence[Purpose], uris: Sequence[str], days: int, now: int,
    pin: Pin = no_pin,
) -> Issued:  # fmt: skip
    """Certify the maker of `request` for `purposes`, valid for `days`. The caller must know who that is.

    A purpose without a URI "semper:PURPOSE/NAME" among `uris` gets one made of the name. Raises UsageError.
    """
    root = open_root(home, pin)
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
    now: int, policy: str = POLICY, pin: Pin = no_pin,
) -> tuple[bytes, Evaluation]:  # fmt: skip
    """Return the signed evaluation of an archive for `seconds` from now on, and what it says.

    `grants` are as `read_grants` takes them. The caller has run the checks. Raises UsageError.
    """
    granted = read_grants(manifest, grants)
    _check_conditions(conditions)
    chain = authority_keys.chain(home, EVALUATOR)
    _require_root(home)
    if not chain:
        cause = "cannot certify: this home's root is not for the purpose evaluate; make an authority that is"
        raise UsageError("USAGE_INVALID", cause)
    if certificate_file.said(chain[0]).not_after < now + seconds:
        token = authority_keys.token_of(home, EVALUATOR)
        key: CertifiedKey | None = _certify_evaluator(home, open_root(home, pin), now, token, pin, seconds)
    else:
        key = authority_keys.load(home, EVALUATOR, pin)
    assert key is not None
    evaluation = Evaluation(digest(archive), policy, granted, tuple(conditions), now - CLOCK_SKEW, now + seconds, now)
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


def approve(home: Home, rotation: bytes, now: int, pin: Pin = no_pin) -> bytes:
    """Return this authority's word that the signed rotation of a namespace's key is in order."""
    key = authority_keys.load(home, EVALUATOR, pin)
    if key is None:
        raise UsageError("USAGE_INVALID", "cannot approve the rotation: this home does not evaluate")
    return sign(RotationApproval(digest(rotation), now), key)


def excused(report: Report, why: Mapping[str, str]) -> list[str]:
    """Return the conditions that say which checks failed and why the bundle is certified all the same.

    `why` gives the reason by the check's name. Raises UsageError for a check that did not fail: nobody excuses in
    advance.
    """
    failed = {each.name: each for each in report.failures}
    for name in why:
        if name not in failed:
            known = ", ".join(each.name for each in report.checks)
            cause = f"the check {name[:40]!r} did not fail; the checks are: {known}"
            raise UsageError("USAGE_INVALID", f"cannot certify despite it: {cause}")
    return [
        f"Certified although the check {name!r} failed ({each.refusal.code}): {why[name]}"
        for name, each in failed.items()
        if each.refusal is not None
    ]


def slug(name: str) -> str:
    """Return a name in small letters and digits for URIs and file names: "Mr. Bean & Co" is "mr-bean-co"."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "unnamed"


def open_root(home: Home, pin: Pin = no_pin) -> CertifiedKey:
    """Return this home's root. Raises UsageError where it has none; TOKEN_MISSING, PIN_WRONG for one in a token."""
    _require_root(home)
    root = authority_keys.load(home, ROOT, pin)
    assert root is not None
    return root


def _check_conditions(conditions: Sequence[str]) -> None:
    """Refuse what could not be shown to people before they use the bundle."""
    for text in conditions:
        if not text.strip() or not text.isprintable() or len(text) > MOST_CONDITION:
            cause = f"a condition or reason has 1 to {MOST_CONDITION} printable characters"
            raise UsageError("USAGE_INVALID", f"cannot certify: {cause}")


def _require_root(home: Home) -> None:
    if not authority_keys.chain(home, ROOT):
        raise UsageError("USAGE_INVALID", "cannot act as an authority: this home has no root; `semper authority init`")


def _certify_evaluator(
    home: Home, root: CertifiedKey, now: int, token: Token | None, pin: Pin, seconds: int = 0
) -> CertifiedKey:
    """Certify this home's evaluating key for a year, or for as long as an evaluation of `seconds` needs."""
    key, place = authority_keys.again(home, EVALUATOR, token, pin)
    uris = (f"semper:{Purpose.EVALUATE}/{slug(home.config.name)}",)
    applicant = Applicant(home.config.name, key.public, frozenset({Purpose.EVALUATE}), uris)
    days = max(LEAF_DAYS, -(-seconds // DAY))
    certified = CertifiedKey(key, issue_leaf(applicant, _within(root, now, days), root))
    authority_keys.keep(home, EVALUATOR, certified, place)
    return certified


def _within(root: CertifiedKey, now: int, days: int) -> Validity:
    """Return the validity of a certificate for `days` from now on: it began a little ago, for clocks that are slow."""
    limits = certificate_file.said(root.chain[0])
    if now + days * DAY > limits.not_after:
        left = (limits.not_after - now) // DAY
        cause = f"cannot certify for {days} days: this home's root ends in {max(left, 0)} days"
        raise UsageError("USAGE_INVALID", cause)
    return Validity(max(limits.not_before, now - CLOCK_SKEW), now + days * DAY)


def _listed(purposes: Iterable[Purpose]) -> str:
    return ", ".join(sorted(purposes)) or "nothing"

"""The user's trust policy: which authorities may certify whom, what each may vouch for, and what is never allowed.

policy.yaml is in the user's hands; it pins every root certificate by its SHA-256. As shipped it names nobody.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from hashlib import sha256
from typing import Final, Literal, NoReturn

import msgspec

from semper_host.admission import strict_yaml
from semper_host.admission.standing import DAY, FRESHNESS, Freshness
from semper_host.model.errors import AdmissionRefused
from semper_host.model.grants import Capability
from semper_host.model.learning import convert
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot

SCHEMA: Final = "semper.trust-policy/1"
POLICY = "policy.yaml"
_FILE = re.compile(r"authorities/[A-Za-z0-9_][A-Za-z0-9_-]{0,60}\.(der|crt|cer)")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ANCHOR = re.compile(r"anchors/[A-Za-z0-9_][A-Za-z0-9_-]{0,60}\.root\.json")
_URL = re.compile(r"(https?://[!-~]{1,500})?")
_DURATION = re.compile(r"P(?:([0-9]{1,4})D)?(?:T(?:([0-9]{1,6})H)?(?:([0-9]{1,6})M)?)?")
_FRESH = ("default", "max_staleness", "payment-system", "item-manager", "commerce-service")
NAME_LENGTH = 80
"""The most characters of a name."""


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class TrustedAuthority(_Strict, frozen=True, kw_only=True):
    """An authority: its root certificate (file, hex SHA-256 of the DER), whom it certifies, what it may vouch for."""

    name: str
    root: str
    sha256: str
    purposes: tuple[Purpose, ...]
    grants: tuple[Capability, ...] = ()


class TrustedRepository(_Strict, frozen=True, kw_only=True):
    """A repository whose log and list of revocations count: the root of its anchor (file, hex SHA-256).

    `url` is where its head is asked for when what came stapled is too old; "": nowhere.
    """

    name: str
    anchor: str
    sha256: str
    url: str = ""


class Quorum(_Strict, frozen=True, kw_only=True):
    """How many of `authorities` must vouch for certain `grants`, or for all that bundles of certain `kinds` get."""

    grants: tuple[Capability, ...] = ()
    kinds: tuple[Literal["payment-system", "item-manager", "commerce-service"], ...] = ()
    authorities: tuple[str, ...]
    needed: int


class TrustPolicy(_Strict, frozen=True, kw_only=True):
    """policy.yaml, checked. `deny`, and a revocation by one of `vetoes`, win over everything that anybody vouches for.

    `freshness` says for how long a repository's word on revocations counts: ISO 8601 durations like PT24H, by kind of
    bundle, or for "default", and "max_staleness" while this host is off line.
    """

    schema: Literal["semper.trust-policy/1"] = SCHEMA
    authorities: tuple[TrustedAuthority, ...] = ()
    deny: tuple[Capability, ...] = ()
    repositories: tuple[TrustedRepository, ...] = ()
    quorums: tuple[Quorum, ...] = ()
    vetoes: tuple[str, ...] = ()
    freshness: dict[str, str] = {}

    def allowance(self, root: str) -> frozenset[Capability]:
        """Return what the authority whose root is named `root` may vouch for: nothing, if the policy knows none."""
        granted = (capability for known in self.authorities if known.name == root for capability in known.grants)
        return frozenset(granted) - frozenset(self.deny)

    def quorums_for(self, kind: str, capability: Capability) -> tuple[Quorum, ...]:
        """Return the quorums that a bundle of `kind` needs for `capability`."""
        return tuple(each for each in self.quorums if capability in each.grants or kind in each.kinds)

    @property
    def staleness(self) -> Freshness:
        """For how long a repository's status counts."""
        given = {name: duration(text) for name, text in self.freshness.items()}
        default, most = given.pop("default", FRESHNESS.default), given.pop("max_staleness", None)
        return Freshness(default, tuple({**dict(FRESHNESS.kinds), **given}.items()), most)


NOBODY = TrustPolicy()
"""The policy as shipped: no authority."""


@lru_cache(maxsize=16)
def parse_policy(data: bytes) -> TrustPolicy:
    """Return the policy that policy.yaml states. Raises AdmissionRefused TRUST_POLICY_INVALID, naming line or field."""
    plain = strict_yaml.load(data, POLICY, "TRUST_POLICY_INVALID")
    try:
        policy = convert(plain, TrustPolicy)
    except msgspec.ValidationError as error:
        _refuse(str(error))
    if type(plain) is not dict or "schema" not in plain:
        _refuse(f"`schema` must be {SCHEMA}")
    check(policy)
    return policy


def duration(text: str) -> int:
    """Return the seconds of an ISO 8601 duration of days, hours, minutes: "P2D", "PT24H". Raises ValueError."""
    match = _DURATION.fullmatch(text)
    if match is None or not any(match.groups()):
        raise ValueError(f"{text[:40]!r} is not a duration like PT24H or P2D")
    days, hours, minutes = (int(number or 0) for number in match.groups())
    return days * DAY + hours * 3600 + minutes * 60


def check(policy: TrustPolicy) -> None:
    """Refuse a policy that contradicts itself. Raises AdmissionRefused TRUST_POLICY_INVALID, naming the field."""
    _check_authorities(policy)
    _check_log_rules(policy)


def roots(policy: TrustPolicy, certificates: Mapping[str, bytes]) -> tuple[TrustedRoot, ...]:
    """Return the trust roots; `certificates` are the DER files by the name that `root` gives.

    Raises AdmissionRefused TRUST_POLICY_INVALID where a file is missing or is not the one that was trusted.
    """
    found = []
    for authority in policy.authorities:
        certificate = certificates.get(authority.root)
        if certificate is None:
            _refuse(f"the root certificate {authority.root} of {authority.name!r} is missing")
        if sha256(certificate).hexdigest() != authority.sha256:
            _refuse(f"{authority.root} is not the root certificate of {authority.name!r} that you trusted")
        found.append(TrustedRoot(authority.name, certificate, frozenset(authority.purposes)))
    return tuple(found)


def _check_log_rules(policy: TrustPolicy) -> None:
    names, pins = [r.name for r in policy.repositories], [r.sha256 for r in policy.repositories]
    if len(set(names)) != len(names) or len(set(pins)) != len(pins):
        _refuse("two repositories have the same name or the same anchor")
    for repository in policy.repositories:
        where = f"repository {repository.name[:NAME_LENGTH]!r}"
        if not 0 < len(repository.name) <= NAME_LENGTH or not repository.name.isprintable():
            _refuse(f"{where}: `name` must be 1 to {NAME_LENGTH} printable characters")
        if not _ANCHOR.fullmatch(repository.anchor):
            _refuse(f"{where}: `anchor` must be like anchors/name.root.json")
        if not _URL.fullmatch(repository.url):
            _refuse(f"{where}: `url` must be an address like https://repository.example")
        if not _DIGEST.fullmatch(repository.sha256):
            _refuse(f"{where}: `sha256` must be 64 lower-case hex digits in quotes")
    _check_quorums(policy)
    _check_freshness(policy)


def _check_quorums(policy: TrustPolicy) -> None:
    known = {authority.name for authority in policy.authorities}
    for name in (*policy.vetoes, *(name for quorum in policy.quorums for name in quorum.authorities)):
        if name not in known:
            _refuse(f"a quorum or a veto names {name[:NAME_LENGTH]!r}, who is not among the authorities")
    for quorum in policy.quorums:
        if not 1 <= quorum.needed <= len(set(quorum.authorities)) or not (quorum.grants or quorum.kinds):
            _refuse("a quorum must name `grants` or `kinds`, and need one or more of its `authorities`")


def _check_freshness(policy: TrustPolicy) -> None:
    for name, text in policy.freshness.items():
        if name not in _FRESH:
            _refuse(f"`freshness` must be for one of {', '.join(_FRESH)}, not {name[:NAME_LENGTH]!r}")
        try:
            duration(text)
        except ValueError as error:
            _refuse(f"`freshness.{name}`: {error}")


def _check_authorities(policy: TrustPolicy) -> None:
    names, pins = [a.name for a in policy.authorities], [a.sha256 for a in policy.authorities]
    if len(set(names)) != len(names) or len(set(pins)) != len(pins):
        _refuse("two authorities have the same name or the same root")
    for authority in policy.authorities:
        where = f"authority {authority.name[:NAME_LENGTH]!r}"
        if not 0 < len(authority.name) <= NAME_LENGTH or not authority.name.isprintable():
            _refuse(f"{where}: `name` must be 1 to {NAME_LENGTH} printable characters")
        if not _FILE.fullmatch(authority.root):
            _refuse(f"{where}: `root` must be like authorities/name.der")
        if not _DIGEST.fullmatch(authority.sha256):
            _refuse(f"{where}: `sha256` must be 64 lower-case hex digits in quotes")
        if not authority.purposes:
            _refuse(f"{where}: `purposes` is empty, so trusting it would mean nothing")
        if authority.grants and Purpose.EVALUATE not in authority.purposes:
            _refuse(f"{where}: `grants` needs the purpose evaluate")


def _refuse(cause: str) -> NoReturn:
    raise AdmissionRefused("TRUST_POLICY_INVALID", f"cannot use the trust policy: {cause}")

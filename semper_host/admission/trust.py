"""The user's trust policy: which authorities may certify whom, what each may vouch for, and what is never allowed.

policy.yaml is in the user's hands; it pins every root certificate by its SHA-256. As shipped it names nobody.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from typing import Final, Literal, NoReturn

import msgspec

from semper_host.admission import strict_yaml
from semper_host.model.errors import AdmissionRefused
from semper_host.model.grants import Capability
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot

SCHEMA: Final = "semper.trust-policy/1"
POLICY = "policy.yaml"
_FILE = re.compile(r"authorities/[A-Za-z0-9_][A-Za-z0-9_-]{0,60}\.(der|crt|cer)")
_DIGEST = re.compile(r"[0-9a-f]{64}")
_NAME_LENGTH = 80
_HEADER = "# Whom this home trusts, and for what. `semper trust explain` tells what follows from it."


class _Strict(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    pass


class TrustedAuthority(_Strict, frozen=True, kw_only=True):
    """An authority: its root certificate (file, hex SHA-256 of the DER), whom it certifies, what it may vouch for."""

    name: str
    root: str
    sha256: str
    purposes: tuple[Purpose, ...]
    grants: tuple[Capability, ...] = ()


class TrustPolicy(_Strict, frozen=True, kw_only=True):
    """policy.yaml, checked. `deny` wins over everything that anybody vouches for."""

    schema: Literal["semper.trust-policy/1"] = SCHEMA
    authorities: tuple[TrustedAuthority, ...] = ()
    deny: tuple[Capability, ...] = ()

    def allowance(self, root: str) -> frozenset[Capability]:
        """Return what the authority whose root is named `root` may vouch for: nothing, if the policy knows none."""
        granted = (capability for known in self.authorities if known.name == root for capability in known.grants)
        return frozenset(granted) - frozenset(self.deny)


NOBODY = TrustPolicy()
"""The policy as shipped: no authority."""


def parse_policy(data: bytes) -> TrustPolicy:
    """Return the policy that policy.yaml states. Raises AdmissionRefused TRUST_POLICY_INVALID, naming line or field."""
    plain = strict_yaml.load(data, POLICY, "TRUST_POLICY_INVALID")
    try:
        policy = msgspec.convert(plain, TrustPolicy, strict=True)
    except msgspec.ValidationError as error:
        _refuse(str(error))
    if type(plain) is not dict or "schema" not in plain:
        _refuse(f"`schema` must be {SCHEMA}")
    _check(policy)
    return policy


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


def add_authority(
    policy: TrustPolicy, name: str, certificate: bytes, purposes: Iterable[Purpose], grants: Iterable[Capability] = ()
) -> tuple[TrustPolicy, str]:
    """Return the policy with one more authority, and the file beside policy.yaml to keep its DER `certificate` in.

    Raises AdmissionRefused TRUST_POLICY_INVALID where the name or the root is there already.
    """
    pin = sha256(certificate).hexdigest()
    file = f"authorities/{re.sub('[^A-Za-z0-9]+', '-', name).strip('-')[:40] or 'authority'}-{pin[:12]}.der"
    added = TrustedAuthority(
        name=name, root=file, sha256=pin, purposes=tuple(sorted(set(purposes))), grants=tuple(sorted(set(grants)))
    )
    changed = msgspec.structs.replace(policy, authorities=(*policy.authorities, added))
    _check(changed)
    return changed, file


def remove_authority(policy: TrustPolicy, name: str) -> TrustPolicy:
    """Return the policy without the authority `name`. Raises AdmissionRefused TRUST_POLICY_INVALID if it has none."""
    left = tuple(authority for authority in policy.authorities if authority.name != name)
    if len(left) == len(policy.authorities):
        _refuse(f"it names no authority {name[:_NAME_LENGTH]!r}")
    return msgspec.structs.replace(policy, authorities=left)


def render(policy: TrustPolicy) -> str:
    """Return the text of policy.yaml; `parse_policy` reads it back to an equal policy."""
    lines = [_HEADER, f"schema: {policy.schema}"]
    lines.append("authorities:" if policy.authorities else "authorities: []")
    for authority in policy.authorities:
        lines += [
            f"  - name: {_quoted(authority.name)}",
            f"    root: {_quoted(authority.root)}",
            f"    sha256: {_quoted(authority.sha256)}",
            f"    purposes: [{', '.join(authority.purposes)}]",
            f"    grants: [{', '.join(authority.grants)}]",
        ]
    lines.append(f"deny: [{', '.join(policy.deny)}]")
    return "\n".join(lines) + "\n"


def _check(policy: TrustPolicy) -> None:
    names, pins = [a.name for a in policy.authorities], [a.sha256 for a in policy.authorities]
    if len(set(names)) != len(names) or len(set(pins)) != len(pins):
        _refuse("two authorities have the same name or the same root")
    for authority in policy.authorities:
        where = f"authority {authority.name[:_NAME_LENGTH]!r}"
        if not 0 < len(authority.name) <= _NAME_LENGTH or not authority.name.isprintable():
            _refuse(f"{where}: `name` must be 1 to {_NAME_LENGTH} printable characters")
        if not _FILE.fullmatch(authority.root):
            _refuse(f"{where}: `root` must be like authorities/name.der")
        if not _DIGEST.fullmatch(authority.sha256):
            _refuse(f"{where}: `sha256` must be 64 lower-case hex digits in quotes")
        if not authority.purposes:
            _refuse(f"{where}: `purposes` is empty, so trusting it would mean nothing")
        if authority.grants and Purpose.EVALUATE not in authority.purposes:
            _refuse(f"{where}: `grants` needs the purpose evaluate")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _refuse(cause: str) -> NoReturn:
    raise AdmissionRefused("TRUST_POLICY_INVALID", f"cannot use the trust policy: {cause}")

"""Changing a trust policy and writing it down: policy.yaml as `semper trust` leaves it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from hashlib import sha256
from typing import NoReturn

import msgspec

from semper_host.admission.trust import NAME_LENGTH, TrustedAuthority, TrustedRepository, TrustPolicy, check
from semper_host.model.errors import AdmissionRefused
from semper_host.model.grants import Capability
from semper_host.supporting.cryptographic.x509 import Purpose

_HEADER = "# Whom this home trusts, and for what. `semper trust explain` tells what follows from it."


def add_authority(
    policy: TrustPolicy, name: str, certificate: bytes, purposes: Iterable[Purpose], grants: Iterable[Capability] = ()
) -> tuple[TrustPolicy, str]:
    """Return the policy with one more authority, and the file beside policy.yaml to keep its DER `certificate` in.

    Raises AdmissionRefused TRUST_POLICY_INVALID where the name or the root is there already.
    """
    pin = sha256(certificate).hexdigest()
    file = f"authorities/{_slug(name) or 'authority'}-{pin[:12]}.der"
    added = TrustedAuthority(
        name=name, root=file, sha256=pin, purposes=tuple(sorted(set(purposes))), grants=tuple(sorted(set(grants)))
    )
    changed = msgspec.structs.replace(policy, authorities=(*policy.authorities, added))
    check(changed)
    return changed, file


def add_repository(policy: TrustPolicy, name: str, anchor: bytes, url: str = "") -> tuple[TrustPolicy, str]:
    """Return the policy with one more repository, and the file beside policy.yaml to keep its anchor's root in.

    Raises AdmissionRefused TRUST_POLICY_INVALID where the name or the anchor is there already.
    """
    pin = sha256(anchor).hexdigest()
    file = f"anchors/{_slug(name) or 'repository'}-{pin[:12]}.root.json"
    added = TrustedRepository(name=name, anchor=file, sha256=pin, url=url)
    changed = msgspec.structs.replace(policy, repositories=(*policy.repositories, added))
    check(changed)
    return changed, file


def remove_repository(policy: TrustPolicy, name: str) -> TrustPolicy:
    """Return the policy without the repository `name`. Raises TRUST_POLICY_INVALID if it has none."""
    left = tuple(repository for repository in policy.repositories if repository.name != name)
    if len(left) == len(policy.repositories):
        _refuse(f"it names no repository {name[:NAME_LENGTH]!r}")
    return msgspec.structs.replace(policy, repositories=left)


def remove_authority(policy: TrustPolicy, name: str) -> TrustPolicy:
    """Return the policy without the authority `name`. Raises AdmissionRefused TRUST_POLICY_INVALID if it has none."""
    left = tuple(authority for authority in policy.authorities if authority.name != name)
    if len(left) == len(policy.authorities):
        _refuse(f"it names no authority {name[:NAME_LENGTH]!r}")
    changed = msgspec.structs.replace(policy, authorities=left)
    check(changed)  # a quorum or a veto that rests on it must go first
    return changed


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
    lines += _rendered_log_rules(policy)
    return "\n".join(lines) + "\n"


def _rendered_log_rules(policy: TrustPolicy) -> list[str]:
    lines = ["repositories:"] if policy.repositories else []
    for known in policy.repositories:
        lines += [f"  - name: {_quoted(known.name)}", f"    anchor: {_quoted(known.anchor)}"]
        lines.append(f"    sha256: {_quoted(known.sha256)}")
        lines += [f"    url: {_quoted(known.url)}"] if known.url else []
    lines += ["quorums:"] if policy.quorums else []
    for quorum in policy.quorums:
        lines.append(f"  - authorities: {_list(quorum.authorities)}")
        lines.append(f"    needed: {quorum.needed}")
        lines += [f"    grants: [{', '.join(quorum.grants)}]"] if quorum.grants else []
        lines += [f"    kinds: [{', '.join(quorum.kinds)}]"] if quorum.kinds else []
    lines += [f"vetoes: {_list(policy.vetoes)}"] if policy.vetoes else []
    lines += ["freshness:"] if policy.freshness else []
    return [*lines, *(f"  {name}: {_quoted(text)}" for name, text in policy.freshness.items())]


def _list(names: Iterable[str]) -> str:
    return f"[{', '.join(map(_quoted, names))}]"


def _slug(name: str) -> str:
    return re.sub("[^A-Za-z0-9]+", "-", name).strip("-")[:40]


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _refuse(cause: str) -> NoReturn:
    raise AdmissionRefused("TRUST_POLICY_INVALID", f"cannot use the trust policy: {cause}")

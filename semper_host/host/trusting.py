"""Whom this home trusts: policy.yaml and the root certificates that it pins."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from semper_host.admission import trust
from semper_host.admission.trust import POLICY, TrustPolicy
from semper_host.model.errors import AdmissionRefused
from semper_host.model.grants import Capability
from semper_host.supporting.cryptographic.durable_file import replace
from semper_host.supporting.cryptographic.x509 import Purpose, TrustedRoot


@dataclass(frozen=True)
class Trust:
    """The policy, and the roots it names."""

    policy: TrustPolicy
    roots: tuple[TrustedRoot, ...]


def load(directory: Path) -> Trust:
    """Return what the trust directory of a home says. Raises AdmissionRefused TRUST_POLICY_INVALID."""
    policy = _policy(directory)
    files = {authority.root: _certificate(directory / authority.root) for authority in policy.authorities}
    return Trust(policy, trust.roots(policy, files))


def add(
    directory: Path, name: str, certificate: bytes, purposes: Iterable[Purpose], grants: Iterable[Capability]
) -> None:
    """Trust the authority with this root certificate (DER) for `purposes`, to vouch for `grants`."""
    policy, file = trust.add_authority(_policy(directory), name, certificate, purposes, grants)
    (directory / "authorities").mkdir(exist_ok=True)
    replace(directory / file, certificate)
    # COMMIT POINT: the policy names the certificate only once it is there
    replace(directory / POLICY, trust.render(policy).encode())


def remove(directory: Path, name: str) -> None:
    """Trust the authority `name` no longer. Raises TRUST_POLICY_INVALID where the policy names none such."""
    replace(directory / POLICY, trust.render(trust.remove_authority(_policy(directory), name)).encode())


def _policy(directory: Path) -> TrustPolicy:
    try:
        return trust.parse_policy((directory / POLICY).read_bytes())
    except OSError as error:
        raise AdmissionRefused("TRUST_POLICY_INVALID", f"cannot read the trust policy: {error.strerror}") from None


def _certificate(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise AdmissionRefused(
            "TRUST_POLICY_INVALID", f"cannot read the root certificate {file.name}: {error.strerror}"
        ) from None

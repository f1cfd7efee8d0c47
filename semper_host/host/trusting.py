"""Whom this home trusts: policy.yaml and the root certificates that it pins."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from semper_host.admission import trust
from semper_host.admission.trust import POLICY, TrustPolicy
from semper_host.host import policy_editing
from semper_host.model.encoding import Record
from semper_host.model.errors import AdmissionRefused
from semper_host.model.grants import Capability
from semper_host.supporting.anchor.files import check_claimed_root
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
    place = str(directory)  # read at each decision: joining paths would take longer than reading
    files = {authority.root: _certificate(f"{place}/{authority.root}") for authority in policy.authorities}
    return Trust(policy, trust.roots(policy, files))


class Snapshot(Record, frozen=True):
    """What a trust directory said at one moment: its policy, and the certificates that this names, by file."""

    policy: bytes
    files: tuple[tuple[str, bytes], ...]

    @property
    def trust(self) -> Trust:
        """What follows from it."""
        policy = trust.parse_policy(self.policy)
        return Trust(policy, trust.roots(policy, dict(self.files)))


def snapshot(directory: Path) -> Snapshot:
    """Return what the trust directory says now, for what begins now to go on with. Raises TRUST_POLICY_INVALID."""
    policy = _policy(directory)
    files = tuple((each.root, _certificate(f"{directory}/{each.root}")) for each in policy.authorities)
    return Snapshot(policy_editing.render(policy).encode(), files)


def add(
    directory: Path, name: str, certificate: bytes, purposes: Iterable[Purpose], grants: Iterable[Capability]
) -> None:
    """Trust the authority with this root certificate (DER) for `purposes`, to vouch for `grants`."""
    policy, file = policy_editing.add_authority(_policy(directory), name, certificate, purposes, grants)
    (directory / "authorities").mkdir(exist_ok=True)
    replace(directory / file, certificate)
    # COMMIT POINT: the policy names the certificate only once it is there
    replace(directory / POLICY, policy_editing.render(policy).encode())


def add_repository(directory: Path, name: str, root: bytes, url: str = "", *, fingerprint: str = "") -> None:
    """Trust the repository with this root of its anchor; its head is asked for at `url`, if at all.

    `fingerprint` is the root's SHA-256 in hex, as the user knows it from elsewhere. Raises TRUST_POLICY_INVALID,
    ANCHOR_INVALID where the root is another one or none.
    """
    policy, file = policy_editing.add_repository(_policy(directory), name, root, url)
    check_claimed_root(root, fingerprint or sha256(root).hexdigest())
    (directory / "anchors").mkdir(exist_ok=True)
    replace(directory / file, root)
    # COMMIT POINT: the policy names the root only once it is there
    replace(directory / POLICY, policy_editing.render(policy).encode())


def remove_repository(directory: Path, name: str) -> None:
    """Trust the repository `name` no longer. Raises TRUST_POLICY_INVALID where the policy names none such."""
    change(directory, lambda policy: policy_editing.remove_repository(policy, name))


def change(directory: Path, changed: Callable[[TrustPolicy], TrustPolicy]) -> None:
    """Replace the policy by what `changed` makes of it. Raises TRUST_POLICY_INVALID."""
    policy = trust.parse_policy(policy_editing.render(changed(_policy(directory))).encode())
    replace(directory / POLICY, policy_editing.render(policy).encode())


def remove(directory: Path, name: str) -> None:
    """Trust the authority `name` no longer. Raises TRUST_POLICY_INVALID where the policy names none such."""
    changed = policy_editing.remove_authority(_policy(directory), name)
    replace(directory / POLICY, policy_editing.render(changed).encode())


def _policy(directory: Path) -> TrustPolicy:
    try:
        return trust.parse_policy(_content(f"{directory}/{POLICY}"))
    except OSError as error:
        raise AdmissionRefused("TRUST_POLICY_INVALID", f"cannot read the trust policy: {error.strerror}") from None


def _certificate(file: str) -> bytes:
    try:
        return _content(file)
    except OSError as error:
        raise AdmissionRefused(
            "TRUST_POLICY_INVALID", f"cannot read the root certificate {Path(file).name}: {error.strerror}"
        ) from None


def _content(file: str) -> bytes:
    descriptor, content = os.open(file, os.O_RDONLY), b""  # no file object is made to be asked for its size and place
    try:
        while piece := os.read(descriptor, 65_536):
            content += piece
        return content
    finally:
        os.close(descriptor)

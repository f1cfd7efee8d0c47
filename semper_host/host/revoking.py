"""Taking something back: what an authority or a publisher says of evaluations, certificates, keys and bundles.

Who may say it is admission's to judge (`admission.revoked`); here is who says it: an authority's root about
certificates, its evaluating key about evaluations and bundles, a publisher's key about itself and its bundles.
"""

from __future__ import annotations

from typing import NamedTuple

from semper_host.admission.pack import read_pack
from semper_host.admission.statements import (
    BUNDLE_TARGET,
    CERTIFICATE_TARGET,
    EVALUATION,
    EVALUATION_TARGET,
    KEY_TARGET,
    Revocation,
    digest,
    sign,
)
from semper_host.host import authorities, authority_keys
from semper_host.host.authority_keys import EVALUATOR, Pin, no_pin
from semper_host.host.home import Home
from semper_host.model.errors import SemperError, UsageError
from semper_host.supporting.cryptographic import certificate_file, cose

TARGETS = (EVALUATION_TARGET, CERTIFICATE_TARGET, KEY_TARGET, BUNDLE_TARGET)
_LENGTH = 32
_MOST_REASON = 200


class Target(NamedTuple):
    """What is taken back: its kind, and what names it (32 bytes; see `statements.Revocation`)."""

    kind: str
    digest: bytes


def target_of(data: bytes) -> Target:
    """Return what a file stands for: an evaluation, a certificate (the first of a chain), an archive or a pack's.

    Raises UsageError USAGE_INVALID for anything else.
    """
    if data.startswith(b"PK"):
        return Target(BUNDLE_TARGET, digest(data))
    try:
        if cose.peek(data).kind == EVALUATION:
            return Target(EVALUATION_TARGET, digest(data))
    except SemperError:
        pass
    try:
        return Target(BUNDLE_TARGET, digest(read_pack(data).archive))
    except SemperError:
        pass
    try:
        return Target(CERTIFICATE_TARGET, certificate_file.said(certificate_file.read_certificates(data)[0]).key)
    except SemperError:
        cause = "it is no evaluation, certificate, archive or pack"
        raise UsageError("USAGE_INVALID", f"cannot tell what to revoke: {cause}") from None


def target_named(text: str) -> Target:
    """Return what "KIND:HEX" names, like "evaluation:3f…". Raises UsageError USAGE_INVALID."""
    kind, _, name = text.partition(":")
    try:
        found = bytes.fromhex(name)
    except ValueError:
        found = b""
    if kind not in TARGETS or len(found) != _LENGTH:
        kinds = ", ".join(TARGETS)
        cause = f"{text[:80]!r} is neither a file nor KIND:HEX with a digest of 64 digits (kinds: {kinds})"
        raise UsageError("USAGE_INVALID", f"cannot tell what to revoke: {cause}")
    return Target(kind, found)


def revocation(target: Target, reason: str, since: int, now: int) -> Revocation:
    """Return the statement to sign. Raises UsageError USAGE_INVALID for a reason that says nothing or too much."""
    if not 0 < len(reason.strip()) <= _MOST_REASON or not reason.isprintable():
        cause = f"the reason has 1 to {_MOST_REASON} printable characters"
        raise UsageError("USAGE_INVALID", f"cannot revoke it: {cause}")
    return Revocation(target.kind, target.digest, since, reason.strip(), now)


def by_authority(home: Home, said: Revocation, pin: Pin = no_pin) -> bytes:
    """Return the revocation signed by this authority: by its root if it is about a certificate.

    About a publisher's key or bundle it counts only where a policy gives this authority a veto. Raises UsageError in a
    home that does not evaluate.
    """
    if said.target == CERTIFICATE_TARGET:
        return sign(said, authorities.open_root(home, pin))
    if not authority_keys.chain(home, EVALUATOR):
        cause = "this home does not evaluate; only who evaluated a bundle takes its word back"
        raise UsageError("USAGE_INVALID", f"cannot revoke this {said.target}: {cause}")
    key = authority_keys.load(home, EVALUATOR, pin)
    assert key is not None
    return sign(said, key)

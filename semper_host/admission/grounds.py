"""What a bundle stands on: whether its release is in the log of a repository that the user trusts, witnessed and fresh.

Without that ground nobody's word on it counts, and it gets nothing beyond the baseline. What its publisher, the
namespace's owner or an authority with a veto took back is refused outright, ground or not.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import semper_host
from semper_host.admission import versions
from semper_host.admission.lineage import check_owner, namespace_of
from semper_host.admission.log_evidence import Logged, Staple, of_its_log, origin_of, verify_staple
from semper_host.admission.manifest import Manifest
from semper_host.admission.revoked import Negative
from semper_host.admission.standing import Standing
from semper_host.admission.statements import RELEASE, Release, digest, open_release
from semper_host.admission.trust import TrustPolicy
from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic.x509 import TrustedRoot


class About(Protocol):
    """The bundle in question, as `admit.Examined` has it."""

    @property
    def digest(self) -> bytes: ...
    @property
    def manifest(self) -> Manifest: ...
    @property
    def release(self) -> Release: ...
    @property
    def statement(self) -> bytes: ...


class Entered(NamedTuple):
    """How the log must have entered a statement; the fields are those of LogEntry."""

    id: str
    kind: str
    subject: bytes
    signer: bytes


class Grounds(NamedTuple):
    """What a bundle stands on: what is `logged`, or why nothing beyond the baseline can be given (`lacking`)."""

    negative: Negative
    logged: Logged | None = None
    lacking: AdmissionRefused | None = None
    repository: str = ""  # the user's name for it
    fresh_until: int = 0  # seconds since 1970
    newest: Release | None = None  # what its publisher released last

    def logged_at(self, data: bytes, otherwise: int) -> int:
        """Return when a quorum had first seen the signed statement; `otherwise` where no log is asked.

        Raises AdmissionRefused LOG_MISSING.
        """
        if self.logged is None:
            return otherwise
        found = self.logged.times.get(digest(data))
        if found is None:
            cause = "cannot rely on the evaluation: the pack has no proof that it is in the log"
            raise AdmissionRefused("LOG_MISSING", cause)
        return found

    def check_logged(self, data: bytes, entered: Entered) -> None:
        """Refuse a signed statement that the log does not hold as what it is. Raises LOG_MISSING, LOG_INVALID."""
        if self.logged is not None:
            _check_logged(self.logged, data, entered)


UNLOGGED = Grounds(Negative((), ()))
"""The grounds where no log is asked: as bundles were admitted before there was one."""


def ground(
    bundle: About,
    policy: TrustPolicy,
    roots: Sequence[TrustedRoot],
    standings: Sequence[Standing],
    staple: Staple | None,
    now: int,
    offline: bool = False,
) -> Grounds:
    """Return what a bundle stands on at `now`. Only standings of repositories that the policy trusts count.

    Raises AdmissionRefused for what was taken back (REVOKED_BUNDLE, REVOKED_KEY, WITHDRAWN, GRANT_VETOED), for a
    release of another than the namespace's owner (NAMESPACE_OWNER) and for a host that is too old.
    """
    trusted = tuple(each for each in standings if each.repository in {known.name for known in policy.repositories})
    fitting = of_its_log(staple, trusted, lambda standing: standing.log) if staple is not None else []
    negative = Negative(trusted, roots, frozenset(policy.vetoes), frozenset(each.repository for each in fitting))
    grounds = _stand(bundle, policy, negative, staple, now, offline)
    _check_taken_back(bundle, grounds, now)
    return grounds


def _stand(
    bundle: About, policy: TrustPolicy, negative: Negative, staple: Staple | None, now: int, offline: bool
) -> Grounds:
    try:
        if not negative.standings:
            cause = "you trust no repository whose log says that it was published, or none is known yet"
            raise AdmissionRefused("ANCHOR_MISSING", f"cannot grant it: {cause}")
        if staple is None:
            raise AdmissionRefused("LOG_MISSING", "cannot grant it: it carries no proof from a log")
        standing = _standing_of(staple, negative.standings)
        fresh_until = standing.fresh_until(bundle.manifest.kind, policy.staleness, offline)
        if now >= fresh_until:
            age = f"{(now - standing.at) // 3600} hours old" if standing.at else "not of its log as witnesses saw it"
            cause = f"what {standing.repository} last said of revocations is {age}"
            raise AdmissionRefused("STATUS_STALE", f"cannot grant it: {cause}")
        logged = verify_staple(staple, standing.log)
        entered = Entered(bundle.manifest.id, RELEASE, bundle.digest, bundle.manifest.publisher_key)
        _check_logged(logged, bundle.statement, entered)
        newest = _newest(bundle, staple, logged)
    except AdmissionRefused as error:
        return Grounds(negative, lacking=error)
    return Grounds(negative, logged, None, standing.repository, fresh_until, newest)


def _standing_of(staple: Staple, standings: Sequence[Standing]) -> Standing:
    """Return the freshest standing of the log that the staple is from."""
    fitting = of_its_log(staple, standings, lambda standing: standing.log)
    if not fitting:
        cause = f"its proof is from the log {origin_of(staple)[:80]}, and you trust no repository with this one"
        raise AdmissionRefused("ANCHOR_MISSING", f"cannot grant it: {cause}")
    return max(fitting, key=lambda standing: standing.at)


def _newest(bundle: About, staple: Staple, logged: Logged) -> Release:
    """Return the publisher's head: the newest release that the staple shows, logged, this one or a later one.

    Raises AdmissionRefused LOG_MISSING, LOG_INVALID, LOG_CHAIN, RELEASE_INVALID.
    """
    manifest, release = bundle.manifest, bundle.release
    if staple.head in (b"", bundle.statement):
        return release
    head = open_release(staple.head, manifest.publisher_key)
    _check_logged(logged, staple.head, Entered(manifest.id, RELEASE, head.subject, manifest.publisher_key))
    if head.id != manifest.id or head.sequence <= release.sequence:
        cause = "its publisher's word on what it released last does not fit this release"
        raise AdmissionRefused("LOG_CHAIN", f"cannot grant it: {cause}", evidence=staple.head)
    return head


def _check_logged(logged: Logged, data: bytes, entered: Entered) -> None:
    entry = logged.statements.get(digest(data))
    if entry is None:
        cause = f"cannot rely on the {entered.kind}: the pack has no proof that it is in the log"
        raise AdmissionRefused("LOG_MISSING", cause)
    if Entered(entry.id, entry.kind, entry.subject, entry.signer) != entered:
        cause = f"cannot rely on the {entered.kind}: the log has it as something else"
        raise AdmissionRefused("LOG_INVALID", cause, evidence=entry.leaf)


def _check_taken_back(bundle: About, grounds: Grounds, now: int) -> None:
    """Refuse what somebody who may took back, another's namespace, and a host older than a repository lets be."""
    manifest, negative = bundle.manifest, grounds.negative
    namespace, key = namespace_of(manifest.id), manifest.publisher_key
    logged = grounds.logged_at(bundle.statement, now)
    negative.check_bundle(bundle.digest, key, namespace, now)
    negative.check_key(key, namespace, logged, now)
    lineage = negative.lineage(namespace, logged)
    if lineage is not None:
        check_owner(namespace, key, lineage, bundle.statement)
    for standing in [each for each in negative.standings if each.repository in negative.owning]:
        if not versions.is_version(standing.minimum_host):
            cause = f"cannot admit {manifest.name}: what {standing.repository} says of the oldest host is no version"
            raise AdmissionRefused("ANCHOR_INVALID", cause, evidence=standing.minimum_host.encode())
        if versions.order(standing.minimum_host) > versions.order(semper_host.__version__):
            cause = f"{standing.repository} asks for host {standing.minimum_host}, this is {semper_host.__version__}"
            raise AdmissionRefused("VERSION_UNSUPPORTED", f"cannot admit {manifest.name}: {cause}")

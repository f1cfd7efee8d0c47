"""The decision: may this bundle run here, and with which rights? (bytes, roots, now) -> Admitted, or a refusal.

`examine` needs only the bundle and its publisher's release; `decide` weighs who vouches for it. `admit` does both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import semper_host
from semper_host.admission import versions
from semper_host.admission.archive_format import unpack
from semper_host.admission.ceiling import CEILING
from semper_host.admission.grounds import UNLOGGED, Grounds, ground
from semper_host.admission.log_evidence import Staple
from semper_host.admission.manifest import COMMERCE, MANIFEST, Manifest, check_files, parse_manifest
from semper_host.admission.rights import asks, shortfall
from semper_host.admission.standing import Standing
from semper_host.admission.statements import Release, digest, open_release
from semper_host.admission.trust import TrustPolicy
from semper_host.admission.weighing import Vouched, Weighed, weigh
from semper_host.model.errors import AdmissionRefused
from semper_host.model.grants import Capability, Grants
from semper_host.supporting.cryptographic.cose import Certified
from semper_host.supporting.cryptographic.x509 import TrustedRoot

DIGEST_BYTES = 32
CLOCK_SKEW = 300
"""Seconds by which a release may be dated ahead of our clock."""


@dataclass(frozen=True)
class Examined:
    """A bundle that is what its publisher says; nothing is said yet on whether it may run."""

    digest: bytes
    manifest: Manifest
    files: Mapping[str, bytes]
    release: Release
    statement: bytes  # the signed release


@dataclass(frozen=True)
class Admitted:
    """A bundle that may run with `grants` and no more. `vouched` holds the evaluations that stand behind it."""

    digest: bytes
    manifest: Manifest
    files: Mapping[str, bytes]
    grants: Grants
    vouched: tuple[Vouched, ...]
    release: Release
    grounds: Grounds = UNLOGGED

    @property
    def evaluated_by(self) -> Certified | None:
        """Who vouches for the bundle; the first one where there are several."""
        return self.vouched[0].by if self.vouched else None

    @property
    def conditions(self) -> tuple[str, ...]:
        """The evaluators' conditions, for people, each once."""
        return tuple(dict.fromkeys(c for each in self.vouched for c in each.evaluation.conditions))


Needed = frozenset[Capability] | Callable[[Examined], frozenset[Capability]]
"""What a commerce service's terms make necessary, as commerce.check derives it, or how to derive it."""


def admit(
    archive: bytes,
    release: bytes,
    evaluations: Iterable[bytes],
    policy: TrustPolicy,
    roots: Sequence[TrustedRoot],
    now: int,
    *,
    standings: Sequence[Standing] | None = (),
    staple: Staple | None = None,
    needed: Needed | None = None,
    ceiling: Mapping[str, frozenset[Capability]] = CEILING,
    offline: bool = False,
) -> Admitted:
    """Admit a bundle with exactly the rights that its request, its evaluators, the user and this host agree on.

    `now` is in seconds since 1970. `standings` are what the host knows of its repositories, `staple` what one proves of
    this bundle: without them nothing is granted beyond the baseline. None asks no log: only to repeat what was decided
    before, when a deal goes on or is judged. `offline` says that the host tried to refresh its standings and reached
    nobody. For a commerce service `needed` must be given.

    Raises AdmissionRefused (ARCHIVE_*, MANIFEST_*, RELEASE_*, VERSION_UNSUPPORTED, TERMS_EXPIRED, EVAL_*, CHAIN_*,
    REVOKED_*, WITHDRAWN, STATUS_STALE, LOG_*, ANCHOR_MISSING, NAMESPACE_OWNER, GRANT_*).
    """
    examined = examine(archive, release, now)
    return decide(
        examined, evaluations, policy, roots, now,
        standings=standings, staple=staple, needed=needed, ceiling=ceiling, offline=offline,
    )  # fmt: skip


def examine(archive: bytes, release: bytes, now: int) -> Examined:
    """Return what the archive holds if it is well formed and released by the publisher it names. Raises as `admit`."""
    try:
        files = unpack(archive)
        if MANIFEST not in files:
            raise AdmissionRefused("MANIFEST_FILES", f"cannot accept the bundle: it has no {MANIFEST}")
        manifest = parse_manifest(files[MANIFEST])
        check_files(manifest, files)
    except AdmissionRefused as error:
        raise error.shown_by(archive) from None
    subject = digest(archive)
    return Examined(subject, manifest, files, _released(manifest, subject, release, now), release)


def decide(
    examined: Examined,
    evaluations: Iterable[bytes],
    policy: TrustPolicy,
    roots: Sequence[TrustedRoot],
    now: int,
    *,
    standings: Sequence[Standing] | None = (),
    staple: Staple | None = None,
    needed: Needed | None = None,
    ceiling: Mapping[str, frozenset[Capability]] = CEILING,
    offline: bool = False,
) -> Admitted:
    """Grant an examined bundle what everybody asked agrees on, or refuse it. Raises as `admit`."""
    manifest = examined.manifest
    try:
        _check_host(manifest)
        _check_terms(examined, needed, now)
    except AdmissionRefused as error:
        raise error.shown_by(examined.files[MANIFEST]) from None
    grounds = UNLOGGED
    if standings is not None:
        grounds = ground(examined, policy, roots, standings, staple, now, offline)
    weighed = weigh(manifest, examined.digest, evaluations, policy, roots, now, ceiling, grounds)
    _demand(manifest, weighed, grounds.lacking)
    items = tuple(grant for ruling in weighed.rulings for grant in ruling.granted)
    grants = Grants(items, evaluated=bool(weighed.vouched))
    return Admitted(examined.digest, manifest, examined.files, grants, weighed.vouched, examined.release, grounds)


def _released(manifest: Manifest, subject: bytes, data: bytes, now: int) -> Release:
    """Return the release if the manifest's publisher signed it for exactly this archive."""
    release = open_release(data, manifest.publisher_key)
    cause = ""
    if release.subject != subject:
        cause = "is about another archive"
    elif (release.id, release.version, release.kind) != (manifest.id, manifest.version, manifest.kind):
        cause = f"names {release.id} {release.version}, a {release.kind}"
    elif release.at > now + CLOCK_SKEW:
        cause = "is dated in the future; check your clock"
    elif release.sequence < 0 or len(release.previous) != (DIGEST_BYTES if release.sequence else 0):
        cause = "does not say which release came before it"
    if cause:
        raise AdmissionRefused("RELEASE_INVALID", f"cannot accept {manifest.name}: its release {cause}", evidence=data)
    return release


def _check_host(manifest: Manifest) -> None:
    if versions.order(manifest.min_host) > versions.order(semper_host.__version__):
        raise AdmissionRefused(
            "VERSION_UNSUPPORTED",
            f"cannot admit {manifest.name}: it needs host {manifest.min_host}, this is {semper_host.__version__}",
        )


def _check_terms(examined: Examined, needed: Needed | None, now: int) -> None:
    """Refuse terms out of their time, and a commerce service that does not ask for exactly what its terms need."""
    manifest = examined.manifest
    if manifest.terms is None:
        return
    if not manifest.terms.begins <= now < manifest.terms.ends:
        raise AdmissionRefused("TERMS_EXPIRED", f"cannot admit {manifest.name}: its terms are not valid now")
    try:
        necessary = needed(examined) if callable(needed) else needed
    except AdmissionRefused as error:
        raise error.shown_by(examined.files[manifest.terms.flow]) from None
    if manifest.kind == COMMERCE and necessary != manifest.capabilities:
        asked = _listed(manifest.capabilities)
        cause = f"its terms need {_listed(necessary)}, its manifest asks for {asked}"
        raise AdmissionRefused("MANIFEST_REQUESTS", f"cannot admit {manifest.name}: {cause}")


def _demand(manifest: Manifest, weighed: Weighed, lacking: AdmissionRefused | None) -> None:
    """Refuse a bundle that lacks something it can't do without, with the cause that somebody can act on first."""
    missing = [ruling for ruling in weighed.rulings if not ruling.granted and not ruling.asked.optional]
    if not missing:
        return
    if weighed.vouched:
        short = "; and to ".join(shortfall(ruling) for ruling in missing)
        code = min(ruling.code for ruling in missing)  # GRANT_DENIED first: no quorum mends that
        raise AdmissionRefused(code, f"cannot admit {manifest.name}: it needs to {short}")
    asked = f"cannot admit {manifest.name}: it asks to {asks(manifest)}"
    if lacking is not None:
        cause = lacking.message.removeprefix("cannot ")
        raise AdmissionRefused(lacking.code, f"{asked}, and this host cannot {cause}", evidence=lacking.evidence)
    if not weighed.rejected:
        raise AdmissionRefused("EVAL_MISSING", f"{asked}, and nobody has evaluated it")
    first = min(weighed.rejected, key=lambda error: (error.code != "EVAL_EXPIRED", error.code))
    raise AdmissionRefused(first.code, f"{asked}, and no evaluation holds: {first.message}", evidence=first.evidence)


def _listed(capabilities: frozenset[Capability] | None) -> str:
    return "what nobody derived" if capabilities is None else ", ".join(sorted(capabilities)) or "nothing"

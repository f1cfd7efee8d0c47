"""The bundles of a home: obtained as packs, kept as they came, admitted anew whenever they are used.

Admission is cheap and pure, so nothing that was decided before is believed: when trust is withdrawn or an
evaluation ends, the next use is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from semper_host.admission.admit import Admitted, Examined, admit, examine
from semper_host.admission.pack import Pack, read_pack, write_pack
from semper_host.admission.statements import digest
from semper_host.commerce.service_terms import needed_by, terms_of
from semper_host.host import trusting
from semper_host.host.home import Home
from semper_host.model.errors import AdmissionRefused, SemperError, Unavailable, UsageError

__all__ = ["Fetch", "admit_pack", "current", "ids", "install", "keep", "needed_by", "obtain", "pack_of", "terms_of"]

Fetch = Callable[[bytes], Pack]
"""Where packs come from: returns the pack of the archive with this digest (32 bytes), or raises SemperError."""

_SCOPE = b"installed"


def admit_pack(home: Home, pack: Pack, now: int) -> Admitted:
    """Decide on a bundle by this home's trust, at `now`.

    A commerce service's terms are checked first. Raises AdmissionRefused.
    """
    trust = trusting.load(home.trust)
    return admit(pack.archive, pack.release, pack.evaluations, trust.policy, trust.roots, now, needed=needed_by)


def obtain(home: Home, subject: bytes, sources: Sequence[Fetch], now: int) -> Admitted:
    """Return the bundle with archive digest `subject`, from this home or the first source that has it, admitted and
    kept.

    Raises the last source's refusal (ARCHIVE_DIGEST, PEER_UNREACHABLE, …) where none delivers, else as `admit_pack`.
    """
    kept = home.archive.recall(_SCOPE, subject.hex())
    if kept is not None:
        return admit_pack(home, read_pack(kept), now)
    refusal: SemperError = Unavailable("OFFER_SERVICE_UNKNOWN", "cannot obtain the terms: no source is known")
    for fetch in sources:
        try:
            pack = fetch(subject)
            if digest(pack.archive) != subject:
                raise AdmissionRefused(
                    "ARCHIVE_DIGEST", "cannot use the bundle that was handed over: it is another one"
                )
            return install(home, pack, now)
        except Unavailable as error:
            refusal = error
        except AdmissionRefused as error:
            if error.code != "ARCHIVE_DIGEST":
                raise
            refusal = error
    raise refusal


def install(home: Home, pack: Pack, now: int) -> Admitted:
    """Admit a pack and keep it, also as the current bundle of its id. Raises AdmissionRefused; then nothing is kept."""
    admitted = admit_pack(home, pack, now)
    data = write_pack(pack)

    def work(tx: object) -> None:
        home.archive.keep(tx, _SCOPE, admitted.digest.hex(), data)  # type: ignore[arg-type]
        home.archive.keep(tx, _SCOPE, admitted.manifest.id, admitted.digest)  # type: ignore[arg-type]

    home.archive.commit(work)
    return admitted


def keep(home: Home, pack: Pack, now: int) -> Examined:
    """Keep a pack that this home hands out without running it: well formed and released, whoever vouches for it or
    nobody.
    """
    examined = examine(pack.archive, pack.release, now)
    home.archive.commit(lambda tx: home.archive.keep(tx, _SCOPE, examined.digest.hex(), write_pack(pack)))
    return examined


def pack_of(home: Home, subject: bytes) -> Pack:
    """Return the kept pack of an archive digest. Raises UsageError BUNDLE_UNKNOWN."""
    kept = home.archive.recall(_SCOPE, subject.hex())
    if kept is None:
        raise UsageError("BUNDLE_UNKNOWN", f"cannot find the bundle {subject.hex()[:16]}: it was never admitted here")
    return read_pack(kept)


def current(home: Home, bundle: str) -> bytes:
    """Return the archive digest of the bundle last admitted under an id ("semper/ecash").

    Raises UsageError BUNDLE_UNKNOWN.
    """
    subject = home.archive.recall(_SCOPE, bundle)
    if subject is None:
        raise UsageError("BUNDLE_UNKNOWN", f"cannot find {bundle}: `semper bundle install` obtains and admits it")
    return subject


def ids(home: Home) -> list[str]:
    """Return the ids of the bundles admitted in this home, sorted."""
    return [name for name in home.archive.kept_names(_SCOPE) if "/" in name]

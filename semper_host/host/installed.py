"""The bundles of a home: obtained as packs, kept as they came, admitted anew whenever they are used.

Admission is cheap and pure, so nothing that was decided before is believed: when trust is withdrawn or an
evaluation ends, the next use is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from semper_host.admission.admit import Admitted, Examined, admit, examine
from semper_host.admission.pack import Pack, read_pack, write_pack
from semper_host.admission.statements import digest
from semper_host.commerce.service_terms import needed_by, terms_of
from semper_host.host import standing, trusting
from semper_host.host.heads import Heads
from semper_host.host.home import Home
from semper_host.host.standing import Learnt
from semper_host.host.trusting import Snapshot, Trust
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import AdmissionRefused, SemperError, Unavailable, UsageError
from semper_host.supporting.archive.store import Transaction
from semper_host.supporting.communication.refusal import RefusedByPeer
from semper_host.supporting.cryptographic import cose

__all__ = [
    "Decided", "Fetch", "admit_pack", "as_decided", "current", "decided", "ids", "install", "keep", "needed_by",
    "obtain", "pack_of", "terms_of", "trust_of",
]  # fmt: skip

Fetch = Callable[[bytes], Pack]
"""Where packs come from: returns the pack of the archive with this digest (32 bytes), or raises SemperError."""

_SCOPE = b"installed"
_STALE = ("STATUS_STALE", "ANCHOR_MISSING")


class Decided(Record, frozen=True):
    """That the bundle with archive digest `subject` was admitted at `at`, by evaluations with these digests.

    `trust` names the document that says whom the home trusted then.
    """

    subject: bytes
    evaluations: tuple[bytes, ...]
    at: int
    trust: bytes | None = None


def admit_pack(home: Home, pack: Pack, now: int, heads: Heads | None = None) -> Admitted:
    """Decide on a bundle by this home's trust, at `now`, having learnt what its staple says, which is kept.

    Without `heads` nobody is asked. A commerce service's terms are checked first. Raises AdmissionRefused.
    """
    trust = trusting.load(home.trust)
    learnt = (heads or Heads(home)).meet(trust.policy, pack, now)
    if learnt.rows:
        home.archive.commit(lambda tx: learnt.keep(home, tx))
    return _admitted(home, trust, pack, now, learnt)


def decided(home: Home, bundles: Iterable[Admitted], now: int) -> tuple[Decided, ...]:
    """Return what was decided on these bundles of this home, for `as_decided` to repeat."""
    trusted = encode(trusting.snapshot(home.trust))
    named = sha256(trusted).digest()
    if home.archive.document(named) is None:
        home.archive.commit(lambda tx: home.archive.put_document(tx, trusted))
    return tuple(_decided(home, bundle, now, named) for bundle in {each.digest: each for each in bundles}.values())


def trust_of(home: Home, earlier: Iterable[Decided]) -> Trust:
    """Return whom this home trusted when it decided on `earlier`; whom it trusts now, where that was not kept."""
    named = next((each.trust for each in earlier if each.trust is not None), None)
    kept = None if named is None else home.archive.document(named)
    return trusting.load(home.trust) if kept is None else Snapshot.decode(kept).trust


def as_decided(
    home: Home, subject: bytes, earlier: Iterable[Decided], now: int, heads: Heads | None = None
) -> Admitted:
    """Return the bundle as it was decided on `earlier`: what was said of it since changes nothing. Else decide now.

    Raises AdmissionRefused, UsageError BUNDLE_UNKNOWN.
    """
    pack = pack_of(home, subject)
    before = next((each for each in earlier if each.subject == subject), None)
    if before is None:
        return admit_pack(home, pack, now, heads)
    trust = trust_of(home, [before])
    counted = [each for each in pack.evaluations if digest(each) in before.evaluations]
    return admit(
        pack.archive, pack.release, counted, trust.policy, trust.roots, before.at, standings=None, needed=needed_by
    )


def obtain(
    home: Home,
    subject: bytes,
    stapled: Sequence[Fetch],
    now: int,
    heads: Heads | None = None,
    elsewhere: Sequence[Fetch] = (),
) -> Admitted:
    """Return the bundle with archive digest `subject`, admitted and kept: from this home; else from those who hand it
    over `stapled`, so that nobody else is asked; else, once the head is known, from `elsewhere`.

    Raises the last source's refusal (ARCHIVE_DIGEST, PEER_UNREACHABLE, …) where none delivers, else as `admit_pack`.
    """
    kept = home.archive.recall(_SCOPE, subject.hex())
    if kept is not None:
        return _again(home, read_pack(kept), stapled, now, heads)
    found = _fetched(subject, stapled)
    if isinstance(found, SemperError) and elsewhere:
        if heads is not None:
            heads.refresh(now)
        found = _fetched(subject, elsewhere)
    if isinstance(found, SemperError):
        raise found
    return install(home, found, now, heads)


def install(home: Home, pack: Pack, now: int, heads: Heads | None = None) -> Admitted:
    """Admit a pack and keep it, also as the current bundle of its id. Raises AdmissionRefused; then nothing of it is
    kept, but what its staple taught, or `heads` when asked, is.
    """
    return _install(home, pack, now, heads, current=True)


def _again(home: Home, pack: Pack, stapled: Sequence[Fetch], now: int, heads: Heads | None) -> Admitted:
    """Admit what this home keeps; where that is too old or does not hold any more, what is handed over instead.

    The evaluations may have been renewed since, or the log's witnesses changed. Raises as `obtain`.
    """
    policy, refusal = trusting.load(home.trust).policy, None
    if heads is None or not policy.repositories or standing.is_fresh(standing.rows(home, policy), policy, pack, now):
        try:
            return admit_pack(home, pack, now)
        except AdmissionRefused as error:
            refusal = error
    renewed = _fetched(digest(pack.archive), stapled) if heads is not None else pack
    if refusal is not None and (isinstance(renewed, SemperError) or renewed == pack):
        raise refusal
    return _install(home, pack if isinstance(renewed, SemperError) else renewed, now, heads, current=False)


def _install(home: Home, pack: Pack, now: int, heads: Heads | None, *, current: bool) -> Admitted:
    trust = trusting.load(home.trust)
    learnt = (heads or Heads(home)).meet(trust.policy, pack, now)
    try:
        admitted = _admitted(home, trust, pack, now, learnt)
    except AdmissionRefused:
        if learnt.rows:
            home.archive.commit(lambda tx: learnt.keep(home, tx))
        raise
    data = write_pack(pack)

    def work(tx: Transaction) -> None:
        learnt.keep(home, tx)
        home.archive.keep(tx, _SCOPE, admitted.digest.hex(), data)
        if current:
            home.archive.keep(tx, _SCOPE, admitted.manifest.id, admitted.digest)

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


def _admitted(home: Home, trust: Trust, pack: Pack, now: int, learnt: Learnt) -> Admitted:
    """Decide by what is known, and what was just learnt. Raises AdmissionRefused."""
    known = standing.known_to(home, trust.policy, learnt)
    staple = standing.staple_of(pack.staple) if pack.staple else None
    standing.check_undisputed(known, staple)
    try:
        return admit(
            pack.archive,
            pack.release,
            pack.evaluations,
            trust.policy,
            trust.roots,
            now,
            standings=standing.standings(known),
            staple=staple,
            needed=needed_by,
            offline=True,
        )
    except AdmissionRefused as error:
        raise _why(error, learnt) from None


def _why(error: AdmissionRefused, learnt: Learnt) -> AdmissionRefused:
    """Return the refusal that says why nothing fresher is known, where that is what is wrong."""
    if error.code not in _STALE or not learnt.refusals:
        return error
    asked = learnt.refusals[-1]
    if isinstance(asked, AdmissionRefused):
        return asked
    cause = f"cannot tell what was revoked: what came with the bundle is too old, and {asked.message}"
    return AdmissionRefused("STATUS_STALE", cause)


def _fetched(subject: bytes, sources: Sequence[Fetch]) -> Pack | SemperError:
    """Return the pack from the first source that has it, or the last source's refusal."""
    refusal: SemperError = Unavailable("OFFER_SERVICE_UNKNOWN", "cannot obtain the terms: no source is known")
    for fetch in sources:
        try:
            pack = fetch(subject)
            if digest(pack.archive) != subject:
                cause = "cannot use the bundle that was handed over: it is another one"
                raise AdmissionRefused("ARCHIVE_DIGEST", cause)
            return pack
        except Unavailable as error:
            refusal = error
        except RefusedByPeer as error:  # the code is of the other side's choice
            refusal = Unavailable("PEER_RESPONSE", error.message)
        except AdmissionRefused as error:
            if error.code != "ARCHIVE_DIGEST":
                raise
            refusal = error
    return refusal


def _decided(home: Home, bundle: Admitted, now: int, trusted: bytes) -> Decided:
    """Return which evaluations among those kept with the bundle counted."""
    counted = {encode(vouched.evaluation) for vouched in bundle.vouched}
    kept = [(digest(data), cose.peek(data).payload) for data in pack_of(home, bundle.digest).evaluations]
    return Decided(bundle.digest, tuple(name for name, said in kept if said in counted), now, trusted)

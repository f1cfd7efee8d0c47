"""A merchant's packs, stapled anew: the newest proofs and the newest head, so that its buyers need to ask nobody.

The merchant asks its repository about its own terms; that tells nothing about any buyer.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from msgspec.structs import replace as with_changes

from semper_host.admission.admit import examine
from semper_host.admission.log_evidence import AnchorFile, Staple, origin_of, read_staple, verify_staple
from semper_host.admission.pack import MAX_PACK, Pack, open_pack, read_pack, write_pack
from semper_host.admission.statements import digest
from semper_host.admission.trust import TrustedRepository
from semper_host.host import installed, known_heads, trusting
from semper_host.host.heads import Heads
from semper_host.host.home import Home
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, SemperError
from semper_host.supporting.anchor.state import STATUS
from semper_host.supporting.cryptographic.durable_file import replace

PACKS = "packs"


def restapled(heads: Heads, pack: Pack, now: int) -> Pack:
    """Return the pack with what its repository proves of it now. A repository that can't be reached changes nothing."""
    home = heads.home
    for repository in trusting.load(home.trust).policy.repositories:
        if not repository.url or heads.client is None or not _is_of(home, pack, repository):
            continue
        try:
            files, _ = heads.head(repository)
            return _with_head(_newest(heads, pack, repository), files)
        except SemperError:
            continue
    return pack


def restaple(heads: Heads, now: int) -> int:
    """Staple anew every pack that this home shows to buyers; return how many changed."""
    changed = 0
    for file in _shown(heads.home):
        pack = read_pack(file.read_bytes())
        newer = restapled(heads, pack, now)
        if newer != pack and _is_whole(newer, now):
            installed.keep(heads.home, newer, now)
            replace(file, write_pack(newer), 0o644)
            changed += 1
    return changed


def _newest(heads: Heads, pack: Pack, repository: TrustedRepository) -> Pack:
    """Return the repository's own pack of the same archive: more evaluations, newer proofs. Else the one given."""
    subject = digest(pack.archive)
    try:
        found = open_pack(heads.reader(repository)(f"{PACKS}/{subject.hex()}.smpack", MAX_PACK), subject)
    except SemperError:
        return pack
    return found if _is_sound(heads.home, pack, found, repository) else pack


def _is_whole(pack: Pack, now: int) -> bool:
    try:
        return bool(examine(pack.archive, pack.release, now))
    except AdmissionRefused:
        return False


def _is_sound(home: Home, pack: Pack, found: Pack, repository: TrustedRepository) -> bool:
    """Say whether `found` is no worse: the same release, no evaluation less, all of it proven by its log."""
    log = known_heads.load(home, repository).known.policy
    if not found.staple or (pack.staple and found.release != pack.release):
        return False
    if log is None:
        return True  # nothing was heard of the repository yet: its buyers judge
    try:
        staple = read_staple(found.staple)
        logged = verify_staple(staple, log).statements
    except AdmissionRefused:
        return False
    said = [staple.head or found.release, found.release, *found.evaluations]
    return set(pack.evaluations) <= set(found.evaluations) and all(digest(each) in logged for each in said)


def _with_head(pack: Pack, files: Iterable[AnchorFile]) -> Pack:
    """Return the pack with the anchor's `files` and their status in its staple."""
    if not pack.staple:
        return pack
    staple, anchor = read_staple(pack.staple), tuple(files)
    status = next((each.data for each in anchor if each.name == f"targets/{STATUS}"), staple.status)
    newer = Staple(staple.checkpoint, staple.entries, staple.head, anchor, status)
    return with_changes(pack, staple=encode(newer))


def _is_of(home: Home, pack: Pack, repository: TrustedRepository) -> bool:
    """Say whether the pack is, or may come to be, proven by this repository's log."""
    if not pack.staple:
        return True
    log = known_heads.load(home, repository).known.policy
    try:
        return log is None or log.origin == origin_of(read_staple(pack.staple))
    except AdmissionRefused:
        return True


def _shown(home: Home) -> list[Path]:
    return sorted((home.public / PACKS).glob("*.smpack"))

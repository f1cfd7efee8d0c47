"""The anchor of a running repository: renewed with each new status, stapled to each pack; made of its log and keys.

The on-line key lies with the repository's other keys; root keys come as arguments and are never kept here.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from tuf.api.metadata import Timestamp

from semper_host.admission.log_evidence import AnchorFile
from semper_host.admission.statements import Status, sign
from semper_host.model.encoding import encode
from semper_host.model.errors import UsageError
from semper_host.supporting.anchor.state import AUTHORITIES, LOG, MINIMUM_HOST
from semper_host.supporting.cryptographic.entropy import fresh_seed
from semper_host.supporting.cryptographic.merkle import EMPTY
from semper_host.supporting.cryptographic.signing import SigningKey
from service_repo import layout
from service_repo.anchor.keys import key_id
from service_repo.anchor.repository import AnchorRepository
from service_repo.durable_file import Folder
from service_repo.identity import private_folder
from service_repo.shelves import Fresh

if TYPE_CHECKING:
    from service_repo.publish import Repository

ANCHOR, _SEED, _NEXT = "anchor", "anchor.seed", "anchor.seed.next"


def anchor_of(repository: Repository) -> AnchorRepository:
    """Return the anchor of a repository, whether it was made yet or not."""
    return AnchorRepository(repository.directory / ANCHOR, repository.folder.durable)


def attach(repository: Repository) -> None:
    """From now on renew the repository's anchor, if it has one, with each new status, and staple it to packs."""
    anchor = anchor_of(repository)

    def told(status: bytes) -> None:
        if anchor.exists:
            newest = repository.folder.read(layout.STATUS) or status
            anchor.renew(online_key(repository.directory), newest, repository.now())

    def fresh() -> Fresh:
        files = tuple(AnchorFile(each.name, each.data) for each in anchor.files()) if anchor.exists else ()
        return Fresh(repository.folder.read(layout.STATUS) or b"", files)

    repository.statuses.told, repository.fresh = told, fresh
    repository.statuses.watched = lambda: anchor.exists and repository.policy.quorum > 0


def init(repository: Repository, keys: Sequence[bytes], threshold: int, signers: Iterable[SigningKey]) -> str:
    """Make the repository's anchor: its log, its witnesses, its newest status. Return the root's fingerprint.

    `keys` are the off-line root keys (public). Raises UsageError.
    """
    if not repository.policy.quorum:
        cause = "its log has no witnesses; name some in log.json, since nobody relies on a log that nobody watches"
        raise UsageError("CONFIG_INVALID", f"cannot make the anchor: {cause}")
    now = repository.now()
    empty = sign(Status(0, EMPTY, now, ()), repository.identity.keys.status)
    status = repository.folder.read(layout.STATUS) or empty
    targets = {LOG: encode(repository.policy), MINIMUM_HOST: b"0.0.0\n"}
    online = online_key(repository.directory, make=True)
    return anchor_of(repository).init(keys, threshold, signers, online, targets, status, now)


def draft(repository: Repository, more: Mapping[str, bytes]) -> None:
    """Draft targets with the log's policy as it is now, and `more` by name (b"": no longer)."""
    anchor = anchor_of(repository)
    targets = {**anchor.targets(), LOG: encode(repository.policy), **more}
    kept = {name: data for name, data in targets.items() if data}
    anchor.draft_targets(kept, online_key(repository.directory).public, repository.now())


def authority_target(certificate: bytes, name: str) -> dict[str, bytes]:
    """Return an authority's root certificate (DER) as a target."""
    return {f"{AUTHORITIES}{name}.der": certificate}


def publish(repository: Repository) -> None:
    """Sign anew what is signed on-line, so that completed drafts take effect."""
    status = repository.folder.read(layout.STATUS)
    anchor = anchor_of(repository)
    private = private_folder(repository.directory)
    if (private / _NEXT).exists():
        chosen = SigningKey.from_seed((private / _NEXT).read_bytes())
        if key_id(chosen.public) in anchor.root.roles[Timestamp.type].keyids:
            # COMMIT POINT: the root in force names the new key, so it signs from here on
            os.replace(private / _NEXT, private / _SEED)
    if status is None:
        status = sign(Status(0, EMPTY, repository.now(), ()), repository.identity.keys.status)
    anchor.renew(online_key(repository.directory), status, repository.now())


def next_online_key(directory: Path) -> SigningKey:
    """Return a new key to sign with on-line; it does so once a root names it (see `publish`)."""
    private = private_folder(directory)
    if not (private / _NEXT).exists():
        _write_seed(private, _NEXT)
    return SigningKey.from_seed((private / _NEXT).read_bytes())


def online_key(directory: Path, *, make: bool = False) -> SigningKey:
    """Return the key that signs timestamps and statuses for the repository in `directory`. Raises KEYRING_INVALID."""
    private = private_folder(directory)
    if make and not (private / _SEED).exists():
        _write_seed(private, _SEED)
    try:
        return SigningKey.from_seed((private / _SEED).read_bytes())
    except (OSError, ValueError) as error:
        raise UsageError("KEYRING_INVALID", f"cannot use the anchor's on-line key in {private}: {error}") from None


def _write_seed(private: Path, name: str) -> None:
    Folder(private).write(name, fresh_seed())
    with suppress(OSError):
        os.chmod(private / name, 0o600)

"""The client's workflow of TUF 1.0 (§5) through python-tuf, from a kept state and files by name to a new state.

What was verified on the way is kept even where the end is a refusal (§5.3.8, §5.4.5): a root that took over stays, and
a newer timestamp still bars the way back. Nothing but a scratch directory is touched; the caller keeps the state.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path

import platformdirs
from tuf.api import exceptions
from tuf.api.metadata import Metadata, Root, Snapshot, TargetFile, Targets, Timestamp
from tuf.ngclient.config import UpdaterConfig
from tuf.ngclient.updater import Updater

from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.anchor.fetching import BASE, NamedFetcher
from semper_host.supporting.anchor.files import Fetch
from semper_host.supporting.anchor.state import (
    MAX_METADATA,
    MAX_ROOT,
    MAX_TARGET,
    MAX_TARGETS,
    MINIMUM_HOST,
    REQUIRED,
    STATUS_ROLE,
    Anchor,
    AnchorState,
    KeptTarget,
)

MAX_ROTATIONS = 64
"""How many new roots are followed at once."""

_CONFIG = UpdaterConfig(
    max_root_rotations=MAX_ROTATIONS,
    max_delegations=2,
    root_max_length=MAX_ROOT,
    timestamp_max_length=MAX_METADATA,
    snapshot_max_length=MAX_METADATA,
    targets_max_length=MAX_METADATA,
)
_ROLES = (Timestamp.type, Snapshot.type, Targets.type, STATUS_ROLE)


@dataclass(frozen=True)
class Updated:
    """What came of an update: the state to keep in any case, and the anchor or why there is none."""

    state: AnchorState
    anchor: Anchor | None
    refusal: AdmissionRefused | None

    def require(self) -> Anchor:
        """Return the anchor. Raises the refusal where there is none."""
        if self.anchor is None:
            assert self.refusal is not None
            raise self.refusal
        return self.anchor


def begin(root: bytes, fingerprint: str) -> AnchorState:
    """Return the state of an anchor whose root the user trusts by its `fingerprint`: hex SHA-256 of its bytes.

    Raises AdmissionRefused ANCHOR_INVALID where it is another root, or none.
    """
    if sha256(root).hexdigest() != fingerprint:
        raise _refusal("ANCHOR_INVALID", "its root is not the one with the fingerprint that you gave", root)
    state = AnchorState(root)
    with _scratch() as scratch:
        try:
            _updater(scratch, state, NamedFetcher(lambda name, most: None), 0)
            _check_keys(scratch)
        except (exceptions.RepositoryError, _OneKeyTwice) as error:
            cause = f"its root is malformed or not signed as it demands ({error})"
            raise _refusal("ANCHOR_INVALID", cause, root) from None
    return state


def update(state: AnchorState, fetch: Fetch, now: int, also: Iterable[str] = ()) -> Updated:
    """Bring `state` up to date as of `now` (seconds since 1970) with the files that `fetch` gives.

    `also` names targets wanted besides those that every host needs. The refusal is FREEZE (something expired),
    ROLLBACK (something older than what is known), ANCHOR_INVALID (signatures, digests, lengths, form) or
    ANCHOR_MISSING. What `fetch` raises passes through, with nothing learnt.
    """
    fetcher = NamedFetcher(fetch)
    with _scratch() as scratch:
        anchor, refusal = None, None
        try:
            updater = _updater(scratch, state, fetcher, now)
            updater.refresh()
            anchor = _anchor(updater, scratch, state, (*REQUIRED, MINIMUM_HOST, *also))
        except (exceptions.RepositoryError, exceptions.DownloadError) as error:
            refusal = _judged(error, fetcher)
        except AdmissionRefused as error:
            refusal = error
        try:
            _check_keys(scratch)
        except _OneKeyTwice as error:
            return Updated(state, None, _refusal("ANCHOR_INVALID", str(error)))
        return Updated(_read(scratch, state, anchor), anchor, refusal)


@contextmanager
def _scratch() -> Iterator[Path]:
    """Give python-tuf a directory for its files, in the user's cache: a killed process leaves it nowhere else."""
    cache = Path(platformdirs.user_cache_dir("semper"))
    with suppress(OSError):
        cache.mkdir(parents=True, exist_ok=True, mode=0o700)
    writable = os.access(cache, os.W_OK | os.X_OK)  # a service's user may have no directory of its own
    with tempfile.TemporaryDirectory(prefix="anchor-", dir=cache if writable else None) as path:
        yield Path(path)


class _OneKeyTwice(Exception):
    """A root that counts one key as several."""


def _check_keys(scratch: Path) -> None:
    """Refuse roots in which two ids name one key: python-tuf counts ids, the threshold means keys (TUF §6.1)."""
    for file in (scratch / "root_history").glob("*.json"):
        keys = [key.keyval["public"] for key in Metadata[Root].from_bytes(file.read_bytes()).signed.keys.values()]
        if len(set(keys)) != len(keys):
            raise _OneKeyTwice(f"{file.name} names one key under two ids")


def _updater(scratch: Path, state: AnchorState, fetcher: NamedFetcher, now: int) -> Updater:
    """Return python-tuf's client, its files those of `state` and its clock at `now`."""
    for role in _ROLES:
        known = getattr(state, role)
        if known:
            (scratch / f"{role}.json").write_bytes(known)
    targets = scratch / "targets"
    made = Updater(str(scratch), BASE, str(targets), f"{BASE}targets/", fetcher, _CONFIG, bootstrap=state.root)
    # The library asks the machine's clock when it is made. A decision here is a function of the time given. python-tuf
    # has no argument for that, but one attribute, which every check of an end reads (its trusted_metadata_set.py).
    if not hasattr(made._trusted_set, "reference_time"):
        raise RuntimeError("cannot give python-tuf the host's time: this version of it has no reference_time")
    made._trusted_set.reference_time = datetime.fromtimestamp(now, UTC)
    return made


def _anchor(updater: Updater, scratch: Path, state: AnchorState, wanted: Iterable[str]) -> Anchor:
    """Return what the verified metadata says. Raises as python-tuf does, and AdmissionRefused."""
    trusted = updater._trusted_set
    names = tuple(sorted(trusted.targets.targets))
    if len(names) > MAX_TARGETS:
        raise _refusal("ANCHOR_INVALID", f"it names more than {MAX_TARGETS} targets")
    known = {each.name: each.data for each in state.kept}
    targets = {}
    for name in wanted:
        info = updater.get_targetinfo(name)
        if info is not None:
            targets[name] = _target(updater, scratch, info, known.get(name))
        elif name in REQUIRED:
            raise _refusal("ANCHOR_MISSING", f"it names no {name}")
    expires = int(trusted.timestamp.expires.timestamp())
    return Anchor(trusted.root.version, trusted.timestamp.version, expires, targets, names)


def _target(updater: Updater, scratch: Path, info: TargetFile, known: bytes | None) -> bytes:
    """Return a target: the one that is known if it is still that one, else fetched and verified."""
    if info.length > MAX_TARGET:
        raise _refusal("ANCHOR_INVALID", f"its target {info.path[:80]} has more than {MAX_TARGET} bytes")
    if known is not None:
        try:
            info.verify_length_and_hashes(known)
            return known
        except exceptions.LengthOrHashMismatchError:
            pass
    return Path(updater.download_target(info, str(scratch / "target"))).read_bytes()


def _read(scratch: Path, state: AnchorState, anchor: Anchor | None) -> AnchorState:
    """Return the state that the client left behind."""
    found = {role: file.read_bytes() for role in _ROLES if (file := scratch / f"{role}.json").is_file()}
    root = scratch / f"{Root.type}.json"
    kept = state.kept
    if anchor is not None:
        kept = tuple(KeptTarget(name, data) for name, data in sorted(anchor.targets.items()))
    return AnchorState(root.read_bytes() if root.is_file() else state.root, kept=kept, **found)


def _judged(error: Exception, fetcher: NamedFetcher) -> AdmissionRefused:
    """Return the refusal that an error of python-tuf's amounts to; its evidence is the file that is wrong."""
    name, shown = fetcher.last, fetcher.shown
    if isinstance(error, exceptions.ExpiredMetadataError):
        return _refusal("FREEZE", f"{error}: somebody keeps newer ones back, or its keeper stopped signing")
    older = isinstance(error, exceptions.BadVersionNumberError) and name in (f"{Timestamp.type}.json", "")
    if older or (isinstance(error, exceptions.BadVersionNumberError) and name.endswith(f".{Snapshot.type}.json")):
        return _refusal("ROLLBACK", f"{name or 'its metadata'} is older than what this home has seen ({error})", shown)
    if isinstance(error, exceptions.DownloadHTTPError):
        return _refusal("ANCHOR_MISSING", str(error))
    return _refusal("ANCHOR_INVALID", f"{name}: {error}", shown)


def _refusal(code: str, cause: str, evidence: bytes = b"") -> AdmissionRefused:
    return AdmissionRefused(code, f"cannot use the repository's anchor: {cause}", evidence=evidence)

"""What a publisher says of its bundles, one after the other: releases of which each names the one before.

The chain of every id is kept in the home, durably before anything is handed out: a repository takes a release only if
it names the last one there, so that nobody can be shown a chain with a gap. What was signed once is given again, byte
by byte.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import NamedTuple, TypeVar

import msgspec

from semper_host.admission.lineage import namespace_of
from semper_host.admission.manifest import Manifest
from semper_host.admission.statements import (
    ROTATION_DELAY,
    Release,
    Revocation,
    Rotation,
    RotationApproval,
    Withdrawal,
    digest,
    open_by,
    sign,
)
from semper_host.host.home import Home
from semper_host.model.encoding import MalformedEncoding, Record, encode
from semper_host.model.errors import AdmissionRefused, UsageError
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey

_LOCK = ".publishing.lock"
HANDING = 86_400
"""Seconds that a rotation is dated ahead of the delay: handed over within them, log and home agree when it begins."""
_REASON = 200
R = TypeVar("R", bound=Record)


class Published(Record, frozen=True):
    """One release that this home signed: which archive (its digest) as which version, and the signed bytes."""

    version: str
    archive: bytes
    statement: bytes
    withdrawn: bool = False


class Chain(Record, frozen=True):
    """All releases of one id, the first first."""

    id: str
    releases: tuple[Published, ...] = ()

    @property
    def offered(self) -> tuple[str, ...]:
        """The versions that are not withdrawn."""
        return tuple(each.version for each in self.releases if not each.withdrawn)


class _Key(Record, frozen=True):
    number: int
    since: int  # seconds since 1970


class _Keys(Record, frozen=True):
    """The keys of a namespace, from when on each is to be used; "publisher" is number 0."""

    keys: tuple[_Key, ...] = (_Key(0, 0),)


class Rotated(NamedTuple):
    """A signed rotation, the new key, and when it takes effect if nobody approves it earlier."""

    statement: bytes
    key: bytes
    effective: int


def publisher(home: Home, namespace: str = "", now: int = 0) -> SigningKey:
    """Return the Ed25519 key that this home publishes with: in `namespace` at `now`, after its rotations."""
    number = max((key for key in _keys(home, namespace).keys if key.since <= now), key=lambda key: key.since).number
    return _numbered(home, namespace, number)


def chain(home: Home, bundle_id: str) -> Chain:
    """Return what this home has released of `bundle_id`."""
    return _read(home, _name("releases", bundle_id), Chain, Chain(bundle_id))


def release(home: Home, archive: bytes, manifest: Manifest, now: int, *, replace: bool = False) -> bytes:
    """Return the signed release of an archive that names this home's key. Repeated, it is the same one.

    `replace`: the newest release was given to nobody, and this one takes its place. Raises AdmissionRefused
    RELEASE_CONFLICT where the version was signed for other bytes.
    """
    key = publisher(home, namespace_of(manifest.id), now)
    with _alone(home):
        known = chain(home, manifest.id)
        subject = digest(archive)
        same = next((each for each in known.releases if each.archive == subject), None)
        if same is not None:
            return same.statement
        if replace:
            known = msgspec.structs.replace(known, releases=known.releases[:-1])
        _check_free(known, manifest, replace)
        previous = digest(known.releases[-1].statement) if known.releases else b""
        said = Release(subject, manifest.id, manifest.version, manifest.kind, now, len(known.releases), previous)
        row = Published(manifest.version, subject, sign(said, key))
        grown = msgspec.structs.replace(known, releases=(*known.releases, row))
        # COMMIT POINT: the release is this home's word from here on
        _write(home, _name("releases", manifest.id), grown)
        return row.statement


def withdraw(home: Home, bundle_id: str, version: str, reason: str, now: int) -> bytes:
    """Return the signed withdrawal of a version that this home released.

    Raises UsageError for a version that it never released, or a reason that says nothing.
    """
    _check_reason(reason)
    key = publisher(home, namespace_of(bundle_id), now)
    with _alone(home):
        known = chain(home, bundle_id)
        found = next((each for each in known.releases if each.version == version), None)
        if found is None:
            had = ", ".join(each.version for each in known.releases) or "none"
            cause = f"this home released no such version (its versions: {had})"
            raise UsageError("USAGE_INVALID", f"cannot withdraw {bundle_id[:80]} {version[:40]}: {cause}")
        rows = tuple(msgspec.structs.replace(r, withdrawn=r.withdrawn or r.version == version) for r in known.releases)
        left = msgspec.structs.replace(known, releases=rows)
        signed = sign(Withdrawal(bundle_id, found.archive, reason.strip(), now), key)
        # COMMIT POINT
        _write(home, _name("releases", bundle_id), left)
        return signed


def rotate(home: Home, namespace: str, recovery: bytes | None, now: int, *, keep: bool = False) -> Rotated:
    """Return the old key's word that the namespace passes to a new key of this home, after the delay that all wait.

    `recovery` is the key that may approve a later rotation at once; `keep`: name it and keep the key. Raises UsageError
    while an earlier rotation waits.
    """
    with _alone(home):
        known = _keys(home, namespace)
        last = known.keys[-1]
        if last.since > now:
            cause = (
                "an earlier rotation has not taken effect yet; `semper bundle use-key` begins it once it is approved"
            )
            raise UsageError("USAGE_INVALID", f"cannot rotate the key of {namespace}: {cause}")
        old = publisher(home, namespace, now)
        new = old if keep else _numbered(home, namespace, last.number + 1)
        effective = now + ROTATION_DELAY + HANDING
        signed = sign(Rotation(namespace, old.public, new.public, recovery, now, effective), old)
        if not keep:
            # COMMIT POINT: from `effective` on this home signs with the new key
            _write(home, _name("keys", namespace), _Keys((*known.keys, _Key(last.number + 1, effective))))
        return Rotated(signed, new.public, effective)


def use_key(home: Home, namespace: str, now: int) -> bytes:
    """Begin to sign with the newest key of the namespace at once, since its rotation was approved; return that key."""
    with _alone(home):
        known = _keys(home, namespace)
        last = known.keys[-1]
        if last.since > now:
            _write(home, _name("keys", namespace), _Keys((*known.keys[:-1], _Key(last.number, now))))
    return publisher(home, namespace, now).public


def rotation_of(data: bytes) -> Rotation:
    """Return the rotation in `data` if its old key signed it. Raises AdmissionRefused SIG_INVALID."""
    claimed = cose.signer_of(data)
    rotation = open_by(data, Rotation, claimed)
    if rotation.old != claimed:
        cause = "the key that it takes the namespace from did not sign it"
        raise AdmissionRefused("SIG_INVALID", f"cannot accept the rotation: {cause}", evidence=data)
    return rotation


def approve(home: Home, rotation: bytes, now: int) -> bytes:
    """Return this home's word, as the holder of a recovery key, that the signed `rotation` is in order."""
    return sign(RotationApproval(digest(rotation), now), publisher(home))


def revoke(home: Home, namespace: str, said: Revocation, now: int) -> bytes:
    """Return the revocation of a bundle or key, signed with the key that the namespace has at `now`."""
    return sign(said, publisher(home, namespace, now))


def _check_free(known: Chain, manifest: Manifest, replaced: bool) -> None:
    if any(each.version == manifest.version for each in known.releases):
        newest = known.releases[-1].version == manifest.version and not replaced
        hint = ", or say --replace if nobody was given them" if newest else ""
        cause = f"this home signed other bytes as this version; raise the version{hint}"
        raise AdmissionRefused("RELEASE_CONFLICT", f"cannot sign {manifest.name}: {cause}")


def _check_reason(reason: str) -> None:
    if not 0 < len(reason.strip()) <= _REASON or not reason.isprintable():
        cause = f"the reason has 1 to {_REASON} printable characters"
        raise UsageError("USAGE_INVALID", f"cannot withdraw it: {cause}")


def _numbered(home: Home, namespace: str, number: int) -> SigningKey:
    name = f"publisher.{number}.{sha256(namespace.encode()).hexdigest()[:32]}" if number else "publisher"
    return SigningKey.from_seed(home.keyring.seed(name))


def _keys(home: Home, namespace: str) -> _Keys:
    return _read(home, _name("keys", namespace), _Keys, _Keys()) if namespace else _Keys()


def _name(what: str, about: str) -> str:
    return f"publisher.{what}.{sha256(about.encode()).hexdigest()[:32]}"


def _read(home: Home, name: str, kind: type[R], otherwise: R) -> R:
    data = home.keyring.load(name)
    try:
        return otherwise if data is None else kind.decode(data)
    except MalformedEncoding:
        raise UsageError("KEYRING_INVALID", f"cannot use the keyring: {name} is damaged") from None


def _write(home: Home, name: str, record: Record) -> None:
    home.keyring.store(name, encode(record))


@contextmanager
def _alone(home: Home) -> Iterator[None]:
    """Let one process at a time grow a chain: two would both follow the same release."""
    with (home.path / _LOCK).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield

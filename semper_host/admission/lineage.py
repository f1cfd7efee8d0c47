"""Who owns a namespace: the key of its first release, and whom it passed to since.

Each key passes the namespace on with a rotation that it signs. A thief could, too: so a rotation takes effect only
after a delay, unless a recovery key named before or an authority approves it; revoking the key meanwhile stops it.
Times are those at which the log had a statement, not those it claims.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from semper_host.admission.statements import ROTATION_DELAY, Rotation
from semper_host.model.errors import AdmissionRefused

_ALIKE = (("rn", "m"), ("vv", "w"), ("cl", "d"), ("0", "o"), ("1", "l"), ("i", "l"), ("5", "s"), ("2", "z"), ("-", ""))
"""What a person may take for one another in a namespace: it has small ASCII letters, digits and '-' only."""


class Approval(NamedTuple):
    """That the Ed25519 key `by`, or a certified authority (b""), approved a rotation; the log had it at `at`."""

    by: bytes
    at: int


class Move(NamedTuple):
    """A rotation whose signature holds, when the log had it, and its approvals."""

    rotation: Rotation
    logged: int
    approvals: tuple[Approval, ...] = ()


class Owner(NamedTuple):
    """A key, from when on the namespace was its, and the recovery key then (b"": none)."""

    key: bytes
    since: int
    recovery: bytes


class Lineage(NamedTuple):
    """All owners of a namespace up to some time, the first first."""

    owners: tuple[Owner, ...]

    @property
    def current(self) -> Owner:
        """The last owner."""
        return self.owners[-1]


def trace(first: bytes, moves: Sequence[Move], revoked: Mapping[bytes, int], at: int) -> Lineage:
    """Return the owners up to the time `at` of the namespace whose first release `first` signed.

    `moves` stand in the log's order; `revoked` says since when keys are revoked, which stops what nobody approved.
    """
    owners, left = [Owner(first, 0, b"")], list(moves)
    while True:
        now = owners[-1]
        open_ = [(time, n) for n, move in enumerate(left) if (time := _effect(move, now, revoked)) is not None]
        time, chosen = min(open_, default=(at + 1, 0))
        if time > at:
            return Lineage(tuple(owners))
        rotation = left.pop(chosen).rotation
        owners.append(Owner(rotation.new, time, rotation.recovery or now.recovery))


def first_of(moves: Sequence[Move]) -> bytes | None:
    """Return the key that owned the namespace before any of `moves`, None where there is none to tell."""
    return moves[0].rotation.old if moves else None


def check_owner(namespace: str, key: bytes, lineage: Lineage, release: bytes = b"") -> None:
    """Refuse a (signed) release by another key than the namespace's last owner. Raises NAMESPACE_OWNER."""
    if lineage.current.key != key:
        whose = f"it belonged to the key {lineage.current.key.hex()[:16]}… then, not to {key.hex()[:16]}…"
        cause = f"cannot accept a release in the namespace {namespace}: {whose}"
        raise AdmissionRefused("NAMESPACE_OWNER", cause, evidence=release)


def namespace_of(bundle_id: str) -> str:
    """Return the namespace of "namespace/name"."""
    return bundle_id.partition("/")[0]


def skeleton(namespace: str) -> str:
    """Return what is left of a namespace when letters that look alike count as one."""
    for seen, meant in _ALIKE:
        namespace = namespace.replace(seen, meant)
    return namespace


def check_look_alike(namespace: str, key: bytes, known: Mapping[str, bytes]) -> None:
    """Refuse a new namespace that a person would take for one of `known` (owners' keys by namespace).

    An owner may hold look-alikes of its own. Raises AdmissionRefused NAMESPACE_OWNER.
    """
    if namespace in known:
        return
    mine = skeleton(namespace)
    like = next((other for other, owner in known.items() if owner != key and skeleton(other) == mine), "")
    if like:
        cause = f"it looks like {like}, which belongs to another key"
        raise AdmissionRefused("NAMESPACE_OWNER", f"cannot accept the namespace {namespace}: {cause}")


def _effect(move: Move, owner: Owner, revoked: Mapping[bytes, int]) -> int | None:
    """Return when `move` takes effect if `owner` is the owner until then; None: never."""
    rotation = move.rotation
    if rotation.old != owner.key:
        return None
    trusted = [a.at for a in move.approvals if not a.by or a.by == owner.recovery]
    slow = max(rotation.effective, move.logged + ROTATION_DELAY, owner.since)
    if rotation.old in revoked and revoked[rotation.old] < slow:
        slow = -1
    quick = max(rotation.effective, move.logged, min(trusted), owner.since) if trusted else -1
    times = [time for time in (slow, quick) if time >= 0]
    return min(times, default=None)

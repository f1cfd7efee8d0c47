"""What this home has seen of each repository that its user trusts, kept so that nobody can take it back.

One row a repository, replaced whole in a commit: the newest anchor, the newest checkpoint, checkpoints that were not
yet proved to belong to one history, and a dispute that waits for a person.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from semper_host.admission.log_evidence import Equivocation, LogPolicy
from semper_host.admission.standing import Standing, open_status, whole_at
from semper_host.admission.trust import TrustedRepository
from semper_host.host.home import Home
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.anchor.state import LOG, MINIMUM_HOST, STATUS, AnchorState
from semper_host.supporting.archive.store import Transaction

MOST_UNPROVEN = 8
"""How many checkpoints that came stapled are remembered until a head is asked for that can be compared to them."""
_SCOPE = b"repositories"
_FOREVER = 2**62


class KnownHead(Record, frozen=True):
    """A repository as this home knows it. `dispute` (an encoded Equivocation): two notes that can't both be true."""

    anchor: AnchorState
    note: bytes = b""  # the newest checkpoint that its log signed and a quorum saw
    unproven: tuple[bytes, ...] = ()  # others, compared with the newest by their sizes only
    dispute: bytes = b""

    @property
    def notes(self) -> tuple[bytes, ...]:
        """All checkpoints that are remembered."""
        return tuple(note for note in (self.note, *self.unproven) if note)

    @property
    def policy(self) -> LogPolicy | None:
        """The log's policy as the anchor says; None where no anchor was seen yet."""
        kept = {each.name: each.data for each in self.anchor.kept}
        return _policy(kept[LOG]) if LOG in kept else None

    @property
    def disputed(self) -> Equivocation | None:
        """The dispute that waits for a person."""
        return Equivocation.decode(self.dispute) if self.dispute else None


class Row(NamedTuple):
    """A repository that the user trusts, and what is known of it."""

    repository: TrustedRepository
    known: KnownHead


def load(home: Home, repository: TrustedRepository, tx: Transaction | None = None) -> Row:
    """Return what this home knows of `repository`; at first that is the root that the user trusted.

    Raises AdmissionRefused ANCHOR_INVALID, TRUST_POLICY_INVALID where the root's file is another one or missing.
    """
    data = home.archive.recall(_SCOPE, _name(repository), tx)
    return Row(repository, _decoded(data) if data is not None else first(home.trust, repository))


def keep(home: Home, tx: Transaction, row: Row) -> None:
    """Keep `row` in place of what was known."""
    home.archive.keep(tx, _SCOPE, _name(row.repository), encode(row.known))


def standing_of(row: Row) -> Standing | None:
    """Return the standing that a row amounts to; None where nothing was seen yet, or there is a dispute."""
    return _standing(row.repository.name, row.known)


@lru_cache(maxsize=32)
def _decoded(data: bytes) -> KnownHead:
    return KnownHead.decode(data)


@lru_cache(maxsize=32)
def _policy(data: bytes) -> LogPolicy:
    return LogPolicy.decode(data)


@lru_cache(maxsize=32)
def _standing(name: str, known: KnownHead) -> Standing | None:
    kept = {each.name: each.data for each in known.anchor.kept}
    policy = known.policy
    if policy is None or STATUS not in kept or known.dispute:
        return None
    status = open_status(kept[STATUS], policy, _FOREVER)
    minimum = kept.get(MINIMUM_HOST, b"").decode("ascii", "replace").strip()  # what is no version, admission refuses
    at = whole_at(status, policy) if status.size or known.notes else status.at
    return Standing(name, policy, status, at, minimum or "0.0.0")


@lru_cache(maxsize=32)
def first(trust: Path, repository: TrustedRepository) -> KnownHead:
    """Return what is known of a repository at first: the root that the trust directory pins. Raises as `load`."""
    from semper_host.supporting.anchor import client  # here: python-tuf takes its time to load

    try:
        root = (trust / repository.anchor).read_bytes()
    except OSError as error:
        cause = f"cannot read the anchor {repository.anchor} of {repository.name!r}: {error.strerror}"
        raise AdmissionRefused("TRUST_POLICY_INVALID", cause) from None
    return KnownHead(client.begin(root, repository.sha256))


def _name(repository: TrustedRepository) -> str:
    return f"{repository.sha256} {repository.name}"

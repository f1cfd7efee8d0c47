"""How a home keeps up with the repositories that its user trusts.

What a merchant staples to its terms is looked at first. Only where that is too old is the repository asked, and then
for its head alone, which is the same for everybody: nobody learns what this home is looking at.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from semper_host.admission.log_evidence import AnchorFile
from semper_host.admission.pack import Pack
from semper_host.admission.trust import TrustedRepository, TrustPolicy
from semper_host.host import trusting
from semper_host.host.home import Home
from semper_host.host.known_heads import MOST_UNPROVEN
from semper_host.host.standing import (
    Learnt,
    Prefix,
    Prove,
    current,
    is_fresh,
    learn,
    rows,
    staple_of,
    stop_at_dispute,
    take,
)
from semper_host.model.encoding import MalformedEncoding
from semper_host.model.errors import AdmissionRefused, SemperError, Unavailable
from semper_host.supporting.anchor.state import Head
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.refusal import RefusedByPeer

HEAD_PATH, CHECKPOINT_PATH = "anchor/head.cbor", "log/checkpoint"
"""The head of a repository: two files, the same for everybody."""
MOST_HEAD, MOST_CHECKPOINT = 4 * 1024 * 1024, 64 * 1024

Read = Callable[[str, int], bytes]
ProveFrom = Callable[[Read, int, int], Prefix]
"""Returns what a log's tiles, as `Read` gets them, say of its first `old` entries of `new`."""

_AWAY_SECONDS = 30
_AWAY: dict[str, tuple[float, SemperError]] = {}
"""Addresses that did not answer: since when, and how."""
_MINUTE, _MOST_TAUGHT = 60, 256
_TAUGHT: dict[tuple[Path, tuple[TrustedRepository, ...], bytes, int], None] = {}
"""Staples that had nothing new to say to a home in this minute: looked at once, not with every call of a bundle."""


@dataclass(frozen=True)
class Heads:
    """How this home keeps up with repositories. Without a `client` it takes what comes stapled, and asks nobody."""

    home: Home
    client: Client | None = None
    prove: ProveFrom | None = None

    def meet(self, policy: TrustPolicy, pack: Pack, now: int) -> Learnt:
        """Learn what the pack's staple says; where that leaves no fresh standing for the pack, or too many checkpoints
        that were never compared, ask for the head.

        Nothing is kept yet. Raises AdmissionRefused LOG_EQUIVOCATION, with the dispute kept.
        """
        learnt = Learnt()
        if not pack.staple or not policy.repositories:
            return learnt
        try:
            staple = staple_of(pack.staple)
        except AdmissionRefused:
            return learnt  # admission says what is wrong with it
        key = (self.home.path, policy.repositories, pack.staple, now // _MINUTE)
        if key not in _TAUGHT:
            learn(self.home, policy, staple, now, learnt)
            if not learnt.rows:
                _TAUGHT[key] = None
                while len(_TAUGHT) > _MOST_TAUGHT:
                    _TAUGHT.pop(next(iter(_TAUGHT)), None)
        if self.client is not None and (not self._stands(policy, pack, now, learnt) or self._crowded(learnt)):
            self.ask(policy, now, learnt)
        return learnt

    def _crowded(self, learnt: Learnt) -> bool:
        """Say whether so many checkpoints came stapled that they should be proved to belong to one history now."""
        return self.prove is not None and any(len(row.known.unproven) >= MOST_UNPROVEN for row in learnt.rows)

    def refresh(self, now: int) -> Learnt:
        """Ask every trusted repository for its head, and keep it. What failed is in the answer's refusals.

        Raises AdmissionRefused LOG_EQUIVOCATION, with the dispute kept.
        """
        learnt = Learnt()
        _AWAY.clear()
        self.ask(trusting.load(self.home.trust).policy, now, learnt)
        if learnt.rows:
            self.home.archive.commit(lambda tx: learnt.keep(self.home, tx))
        return learnt

    def _stands(self, policy: TrustPolicy, pack: Pack, now: int, learnt: Learnt) -> bool:
        """Say whether what is known, read here for the decision as well, is fresh enough for the pack."""
        learnt.found = rows(self.home, policy, learnt.rows)
        return is_fresh(learnt.found, policy, pack, now)

    def ask(self, policy: TrustPolicy, now: int, learnt: Learnt) -> None:
        """Ask the repositories that have an address for their heads: the newest, so what is older is a rollback.

        One that did not answer a moment ago is not asked again yet: nobody shall wait for it with every call.
        """
        for repository in policy.repositories if self.client is not None else ():
            if not repository.url:
                continue
            since, why = _AWAY.get(repository.url, (-_AWAY_SECONDS, None))
            if why is not None and time.monotonic() - since < _AWAY_SECONDS:
                learnt.refusals.append(why)
                continue
            try:
                files, note = self.head(repository)
                row = current(self.home, repository, learnt.rows)
                if not row.known.dispute:
                    take(row, files, note, policy, now, learnt, asked=True, prove=self._prover(repository))
            except (Unavailable, MalformedEncoding) as error:
                _AWAY[repository.url] = (time.monotonic(), error)
                learnt.refusals.append(error)
        stop_at_dispute(self.home, learnt)

    def head(self, repository: TrustedRepository) -> tuple[tuple[AnchorFile, ...], bytes]:
        """Return the repository's head, unverified: the anchor's files and a checkpoint. Raises Unavailable."""
        read = self.reader(repository)
        head = Head.decode(read(HEAD_PATH, MOST_HEAD))
        return tuple(AnchorFile(each.name, each.data) for each in head.files), read(CHECKPOINT_PATH, MOST_CHECKPOINT)

    def reader(self, repository: TrustedRepository) -> Read:
        """Return how to read the repository's files by name, each of at most so many bytes."""
        assert self.client is not None
        fetch, base = self.client.isolated(f"repository {repository.name}"), repository.url.rstrip("/")

        def read(name: str, most: int) -> bytes:
            try:
                return fetch.get(f"{base}/{name}", most)
            except RefusedByPeer as error:  # files refuse nothing: whoever does so names a code of its own choice
                cause = f"cannot use the answer of {repository.name}: {error.message.removeprefix('cannot ')}"
                raise Unavailable("PEER_RESPONSE", cause) from None

        return read

    def _prover(self, repository: TrustedRepository) -> Prove | None:
        prove = self.prove
        return None if prove is None else lambda old, new: prove(self.reader(repository), old, new)

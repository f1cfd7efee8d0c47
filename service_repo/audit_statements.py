"""What the statements of a log say together: releases chained per id, namespaces with their owners."""

from __future__ import annotations

from collections import defaultdict
from typing import NamedTuple

from semper_host.admission import lineage
from semper_host.admission.lineage import Approval, Move
from semper_host.admission.log_entries import LogEntry
from semper_host.admission.statements import (
    BUNDLE_TARGET,
    Evaluation,
    Release,
    Revocation,
    Rotation,
    RotationApproval,
    Withdrawal,
)
from semper_host.model.encoding import Record
from semper_host.model.errors import AdmissionRefused
from semper_host.supporting.cryptographic import cose
from service_repo.log import rules


class Released(NamedTuple):
    """A release that the log holds: its entry's number, what it says, and its digest."""

    number: int
    said: Release
    digest: bytes


class Sayings:
    """Follows the statements of a log from its first entry on."""

    def __init__(self) -> None:
        self.releases: dict[str, list[Released]] = defaultdict(list)
        self.evaluations: dict[bytes, list[bytes]] = defaultdict(list)
        self.withdrawn: set[bytes] = set()
        self._bundles: dict[bytes, str] = {}
        self._owners: dict[str, bytes] = {}
        self._alike: dict[str, list[str]] = defaultdict(list)  # namespaces by what is left of them
        self._moves: dict[str, list[tuple[bytes, Rotation]]] = defaultdict(list)
        self._approvals: dict[bytes, list[Approval]] = defaultdict(list)

    def take(self, number: int, entry: LogEntry, data: bytes, said: Record) -> None:
        """Take the statement of the next entry. Raises AdmissionRefused where it may not follow those before."""
        if isinstance(said, Release):
            self._release(number, entry, said)
        elif isinstance(said, Withdrawal):
            self._check_owner(said.id, entry.signer)
            self._check_bundle(entry, said.subject)
            self.withdrawn.add(said.subject)
        elif isinstance(said, Evaluation):
            self._check_bundle(entry, said.subject)
            self.evaluations[said.subject].append(data)
        elif isinstance(said, Rotation):
            self._moves[said.namespace].append((entry.statement, said))
        elif isinstance(said, RotationApproval):
            self._approvals[said.rotation].append(Approval(cose.peek(data).kid, said.at))
        elif isinstance(said, Revocation) and said.target == BUNDLE_TARGET:
            self._check_bundle(entry, said.digest)

    def _release(self, number: int, entry: LogEntry, said: Release) -> None:
        before, name = self.releases[said.id], lineage.namespace_of(said.id)
        if name not in self._owners:
            self._owners[name] = entry.signer
            self._alike[lineage.skeleton(name)].append(name)
        due = (len(before), before[-1].digest if before else b"")
        clash = any(each.said.version == said.version for each in before)
        before.append(Released(number, said, entry.statement))
        self._bundles[said.subject] = said.id
        if (said.sequence, said.previous) != due:
            cause = f"its release is number {said.sequence}, number {due[0]} of its id is due"
            raise _wrong("LOG_CHAIN", f"{cause}: one was withheld, or came late")
        if clash:
            raise _wrong("LOG_CHAIN", f"version {said.version} was released before")
        self._check_owner(said.id, entry.signer)
        self._check_look_alike(name, entry.signer)

    def _check_owner(self, bundle_id: str, signer: bytes) -> None:
        """Refuse a signer who never owned the namespace: when exactly a rotation took effect, readers judge."""
        name = lineage.namespace_of(bundle_id)
        first = self._owners.get(name)
        if first is None:
            raise _wrong("NAMESPACE_OWNER", f"nobody owns the namespace {name}")
        if signer not in self._owners_of(name):
            raise _wrong("NAMESPACE_OWNER", f"its signer never owned the namespace {name}")

    def _check_look_alike(self, name: str, signer: bytes) -> None:
        """Refuse a namespace that a person would take for an earlier one of another key's."""
        for other in self._alike[lineage.skeleton(name)]:
            if other == name:
                return
            if signer not in self._owners_of(other):
                lineage.check_look_alike(name, signer, {other: self._owners[other]})

    def _owners_of(self, name: str) -> set[bytes]:
        first = self._owners[name]
        moves = [Move(said, said.at, tuple(self._approvals[named])) for named, said in self._moves[name]]
        return {owner.key for owner in lineage.trace(first, moves, {}, 2**62).owners} if moves else {first}

    def _check_bundle(self, entry: LogEntry, subject: bytes) -> None:
        if self._bundles.get(subject) != entry.id:
            raise _wrong("LOG_CHAIN", f"its {entry.kind} is about a bundle that was not released under this id before")


def opened(entry: LogEntry, data: bytes) -> Record:
    """Return what the statement of an entry says, if the entry says what it is. Raises AdmissionRefused."""
    heard = rules.opened(data, (), 0)
    if heard.entry(heard.own_id or entry.id, entry.sequence, entry.previous) != entry:
        raise _wrong("LOG_INVALID", f"its entry is not that of its {entry.kind}")
    return heard.said


def _wrong(code: str, cause: str) -> AdmissionRefused:
    return AdmissionRefused(code, f"cannot accept the entry: {cause}")

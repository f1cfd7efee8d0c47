"""The state machine of random packages with every record on disk: SQLite's, and a real PostgreSQL server's.

Each side's events, and the trustee's rows, are committed before anything follows from them. A side can die as it
writes, and everybody's database connection can break; what comes back knows what was committed and nothing else.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from semper_host.exchange.events import Event, dump_event, load_event
from semper_host.exchange.fair_exchange import owed, step
from semper_host.exchange.state import State
from semper_host.exchange.trustee import Row
from semper_host.model.encoding import encode
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Transaction
from tests.protocol.samples import SIDES
from tests.protocol.schedule import Schedule
from tests.protocol.test_machine import WHO, Packages
from tests.protocol.world import Side, World
from tests.supporting.archive.postgres_server import Server, server

KEY, ROWS = b"k" * 32, b"rows"


class Power(Exception):
    """It is gone."""


@dataclass
class Disk:
    """One archive, which can be opened anew."""

    place: Path | str
    archive: Archive

    def reopen(self) -> None:
        """Whoever had it open is gone; what was committed is there."""
        self.archive.close()
        self.archive = Archive.open(self.place, KEY)


@dataclass
class DurableSide(Side):
    """A party whose journal of events is a deal's in the archive; `dying`: the power fails in its next commit."""

    disk: Disk | None = None
    dying: bool = False

    @property
    def number(self) -> bytes:
        return self.context.role.value.encode().ljust(32, b".")

    def feed(self, event: Event, now: int) -> None:
        assert self.disk is not None
        state, effects = step(self.context, self.state, event, now)
        archive = self.disk.archive

        def work(tx: Transaction) -> None:
            archive.append_journal(tx, self.number, dump_event(event, now))
            if self.dying:
                raise Power

        try:
            archive.commit(work)
        except Power:
            self.dying = False
            self.crash()
            return
        self.state = state
        self.wants.extend(effects)

    def crash(self) -> None:
        """Forget everything but what the disk has, and come back."""
        assert self.disk is not None
        state = State(self.context.role)
        for entry in self.disk.archive.journal(self.number):
            state, _ = step(self.context, state, *load_event(entry))
        assert state == self.state == State.decode(encode(state))
        self.wants = list(owed(self.context, state))


@dataclass
class KeptRows(MutableMapping[bytes, Row]):
    """The trustee's rows in the archive, each committed before the trustee goes on."""

    disk: Disk

    def __setitem__(self, label: bytes, row: Row) -> None:
        archive = self.disk.archive
        before = self.get(label)
        assert before is None or (before.verdict, before.decision) == (row.verdict, row.decision)
        archive.commit(lambda tx: archive.keep(tx, ROWS, label.hex(), encode(row)))

    def __getitem__(self, label: bytes) -> Row:
        found = self.disk.archive.recall(ROWS, label.hex())
        if found is None:
            raise KeyError(label)
        return Row.decode(found)

    def __delitem__(self, label: bytes) -> None:
        raise AssertionError("a trustee forgets nothing")

    def __iter__(self) -> Iterator[bytes]:
        return iter([bytes.fromhex(name) for name in self.disk.archive.kept_names(ROWS)])

    def __len__(self) -> int:
        return len(list(iter(self)))


class DurableWorld(World):
    """A world in which both sides and the trustee have what they know on one disk."""

    def __init__(self, kind: str, disk: Disk) -> None:
        super().__init__(kind)
        self.a = DurableSide(self.a.context, self.a.state, disk=disk)
        self.b = DurableSide(self.b.context, self.b.state, disk=disk)
        self.court.rows = KeptRows(disk)


class DurablePackages(Packages):
    """The same machine; records lie in SQLite."""

    @initialize(sides=SIDES)
    def begin(self, sides: tuple[list[str], list[str]]) -> None:
        self.folder = tempfile.TemporaryDirectory()
        place = self.make_place()
        self.disk = Disk(place, Archive.open(place, KEY))
        kind = f"package-items:{' '.join(sides[0])}|{' '.join(sides[1])}"
        self.start(Schedule(kind, DurableWorld(kind, self.disk)))

    def make_place(self) -> Path | str:
        return Path(self.folder.name) / "home.db"

    @rule(who=WHO)
    def a_side_dies_in_its_next_commit(self, who: str) -> None:
        side = self.schedule.world.a if who == "a" else self.schedule.world.b
        assert isinstance(side, DurableSide)
        side.dying = True

    @rule(first=st.booleans())
    def the_power_fails(self, first: bool) -> None:
        self.disk.reopen()
        for side in (self.schedule.world.a, self.schedule.world.b)[:: 1 if first else -1]:
            side.crash()

    def teardown(self) -> None:
        super().teardown()
        if hasattr(self, "disk"):
            self.disk.archive.close()
            self.folder.cleanup()


class DurablePackagesInPostgresql(DurablePackages):
    """The same over a real server, which the first of them starts."""

    ending = contextlib.ExitStack()
    running: ClassVar[Server | None] = None

    def make_place(self) -> str:
        cls = DurablePackagesInPostgresql
        if cls.running is None:
            cls.running = cls.ending.enter_context(server())
        return cls.running.database()


@pytest.fixture(scope="module", autouse=True)
def stopping() -> Iterator[None]:
    yield
    DurablePackagesInPostgresql.ending.close()
    DurablePackagesInPostgresql.running = None


TestDurablePackages = DurablePackages.TestCase
TestDurablePackages.settings = settings(
    max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)
TestDurablePackagesInPostgresql = DurablePackagesInPostgresql.TestCase
TestDurablePackagesInPostgresql.settings = settings(
    max_examples=4, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
)

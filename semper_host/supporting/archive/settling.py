"""Transactions whose works leave rows in `Pending`: written before the commit, undone with their work."""

from __future__ import annotations

from sqlalchemy import Connection, Engine, event

from semper_host.supporting.archive.group_commit import Transaction
from semper_host.supporting.archive.pending import Pending
from semper_host.supporting.archive.writer import Writer


class Settling:
    """Satisfies `group_commit.Transaction` with a writer's. A savepoint costs nothing where a work only leaves rows."""

    def __init__(self, writer: Transaction[Connection], engine: Engine, pending: Pending) -> None:
        self._writer, self._pending = writer, pending
        self._excluding = writer if isinstance(writer, Writer) else None  # where nobody else writes while we do
        event.listen(engine, "before_cursor_execute", self._before)

    def begin(self) -> Connection:
        """Begin, and return what works are given."""
        tx = self._writer.begin()
        self._pending.begin(tx, remembering=self._excluding is not None and self._excluding.unchanged())
        return tx

    def commit(self) -> None:
        """Write what is pending, and make everything since `begin` durable."""
        self._pending.finish()
        self._writer.commit()
        self._pending.committed()

    def rollback(self) -> None:
        """Undo everything since `begin`; never raises."""
        self._pending.abandon()
        self._writer.rollback()

    def savepoint(self) -> None:
        """Mark where the next work starts."""
        self._pending.savepoint(self._writer.savepoint)

    def keep(self) -> None:
        """Keep what came since the savepoint."""
        if self._excluding is None:
            self._pending.settle()  # others write as well: what then cannot be written is this work's failure alone
        self._pending.check()
        if self._pending.marked:
            self._writer.keep()
        self._pending.keep()

    def undo(self) -> None:
        """Undo what came since the savepoint."""
        marked = self._pending.marked
        self._pending.undo()
        if marked:
            self._writer.undo()

    def _before(self, connection: Connection, *_: object) -> None:
        """Before a statement of the transaction: it sees what is pending."""
        if connection is self._pending.tx:
            self._pending.settle()

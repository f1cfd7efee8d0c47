"""The trustee's memory: one write-once row per label, how it ended, and who said two different things."""

from __future__ import annotations

from msgspec.structs import replace

from semper_host.exchange.items import Token
from semper_host.exchange.trustee import Row
from semper_host.model.encoding import encode
from semper_host.supporting.archive.archive import Archive

_ROWS, _ENDED, _FORBIDDEN, _EQUIVOCATIONS, _CONTRADICTIONS = (
    "trustee", "trustee-ended", "trustee-forbidden", "trustee-equivocations", "trustee-contradictions",
)  # fmt: skip


class Rows:
    """The rows in the archive of the trustee's home. A decision never changes; its end is written once beside it."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive

    def find(self, label: bytes) -> Row | None:
        """Return the row of L with how it ended, or None."""
        data = self._archive.written(_ROWS, label)
        return None if data is None else self._ended(Row.decode(data))

    def decide(self, row: Row) -> Row | None:
        """Write the decision, durable on return; None, or the row that another request or process wrote first."""
        standing = self._archive.commit(lambda tx: self._archive.write_once(tx, _ROWS, row.label, encode(row)))
        return None if standing is None else self._ended(Row.decode(standing))

    def end(self, label: bytes, record: Token) -> None:
        """Write the payment system's signed record of how the hold under L ended; the first one stands."""
        self._archive.commit(lambda tx: self._archive.write_once(tx, _ENDED, label, encode(record)))

    def forbid(self, label: bytes, record: Token) -> None:
        """Write the payment system's signed record that nothing was held under L and nothing will be."""
        self._archive.commit(lambda tx: self._archive.write_once(tx, _FORBIDDEN, label, encode(record)))

    def forbidden(self, label: bytes) -> Token | None:
        """Return the record that nothing can be held under L, or None."""
        record = self._archive.written(_FORBIDDEN, label)
        return None if record is None else Token.decode(record)

    def unended(self) -> list[bytes]:
        """Return the labels whose holds no payment system has confirmed yet."""
        ended = {label for scope in (_ENDED, _FORBIDDEN) for label, _ in self._archive.all_written(scope)}
        rows = ((label, data) for label, data in self._archive.all_written(_ROWS) if label not in ended)
        return [label for label, data in rows if Row.decode(data).holds]

    def keep_equivocation(self, label: bytes, request: bytes) -> None:
        """Keep a request whose message 1 differs from the row's; the first under L is proof enough."""
        self._archive.commit(lambda tx: self._archive.write_once(tx, _EQUIVOCATIONS, label, request))

    def equivocation(self, label: bytes) -> bytes | None:
        """Return the kept second request under L, or None."""
        return self._archive.written(_EQUIVOCATIONS, label)

    def keep_contradiction(self, label: bytes, record: bytes) -> None:
        """Keep what a payment system signed against the decision on L; the first is proof enough."""
        self._archive.commit(lambda tx: self._archive.write_once(tx, _CONTRADICTIONS, label, record))

    def contradiction(self, label: bytes) -> bytes | None:
        """Return the kept record that contradicts the decision on L, or None."""
        return self._archive.written(_CONTRADICTIONS, label)

    def _ended(self, row: Row) -> Row:
        record = self._archive.written(_ENDED, row.label)
        return row if record is None else replace(row, ended=(Token.decode(record),))

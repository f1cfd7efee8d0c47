"""Rows as trustees wrote them before there was a docket: taken into it once, so that no decision is ever forgotten."""

from __future__ import annotations

from semper_host.exchange.trustee import Row
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Transaction
from semper_host.supporting.ledger.docket import CaseNote, CaseRow, Docket

_ROWS, _ADOPTED = "trustee", "trustee-adopted"
_NOTES = {
    "trustee-ended": "ended", "trustee-forbidden": "forbidden", "trustee-equivocations": "equivocation",
    "trustee-contradictions": "contradiction",
}  # fmt: skip
_ENDS = ("ended", "forbidden")


def adopt(archive: Archive, docket: Docket) -> None:
    """Take every earlier row into the docket, with what was noted on it; orders that are left become work again."""
    if archive.written(_ADOPTED, b"") is not None:
        return

    def work(tx: Transaction) -> None:
        rows = {label: (Row.decode(data), data) for label, data in archive.all_written(_ROWS, tx)}
        left = {label for label, (row, _) in rows.items() if row.holds}
        for label, (row, data) in rows.items():
            docket.decide(tx, CaseRow(label, row.verdict, 0, "", b"", data))
        for scope, kind in _NOTES.items():
            for label, data in archive.all_written(scope, tx):
                about = rows[label][0].holds[0].system if kind in _ENDS else b""
                docket.note(tx, CaseNote(label, kind, about, 0, data))
                left -= {label} if kind in _ENDS else set()
        for label in left:
            docket.owe(tx, label, due=0)
        archive.write_once(tx, _ADOPTED, b"", b"1")

    archive.commit(work)

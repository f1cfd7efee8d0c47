"""Transfers that are over are forgotten: what was sent or received, and what the journal holds (DESIGN §12, erasure).

What stays says nothing about anybody: the chain of salted digests, the number, our part, when and how many. Files that
were received stay, too.
"""

from __future__ import annotations

from msgspec.structs import replace

from semper_host.commerce.consignment_state import Standing
from semper_host.host.consignments.records import FORGOTTEN, SENDER, TRANSFERS, Beginning, Consignments
from semper_host.model.encoding import encode
from semper_host.model.errors import UsageError
from semper_host.supporting.archive.store import Transaction

__all__ = ["FORGOTTEN", "forget"]


def forget(consignments: Consignments, number: bytes, now: int, *, late: bool = False) -> None:
    """Forget a transfer, for good; `now` is in seconds since 1970.

    `late`: also one whose time is over, though not everything came that was asked: who joined in time may come still.
    Raises UsageError DEAL_UNKNOWN, and DEAL_UNFINISHED where it goes on, or somebody may ask for it still.
    """
    archive, row = consignments.home.archive, consignments.rows().get(number)

    def work(tx: Transaction) -> None:
        begun, standing = consignments.read(number, tx)
        _check_over(number, begun, standing, now, late=late)
        if standing.full:
            archive.erase_messages(tx, standing.roll.deal)
        archive.erase_journal(tx, number)
        if row is not None:
            archive.keep(tx, TRANSFERS, number.hex(), encode(replace(row, title="", forgotten=True)))

    # COMMIT POINT: from here on the transfer can be neither shown nor proved by this home
    archive.commit(work)


def _check_over(number: bytes, begun: Beginning, standing: Standing, now: int, *, late: bool) -> None:
    """Require that nobody waits for anything of this home. A recipient's receipt may not have reached the sender, who
    asks for it at most until the time to receive is over, as far as anybody promised.
    """
    refused, until = f"cannot forget the transfer {number.hex()[:16]}", standing.table.opened.invitation.until
    if begun.me == SENDER and standing.over:
        return
    if now <= until:
        why = "its time is not over, and its sender may ask again" if standing.over else "it goes on"
        raise UsageError("DEAL_UNFINISHED", f"{refused}: {why}")
    if not standing.over and standing.full and not late:
        why = "its time is over, but who joined may come for it, or sign for it, still"
        raise UsageError("DEAL_UNFINISHED", f"{refused}: {why}; with --late it is forgotten all the same")

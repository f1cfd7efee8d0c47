"""Contracts that are over are forgotten: the text, what was signed, and what the journal holds (DESIGN §12, erasure).

What stays says nothing about anybody: the chain of salted digests, the number, our part, when and how it ended.
"""

from __future__ import annotations

from msgspec.structs import replace

from semper_host.host.contracts.beginning import read
from semper_host.host.contracts.records import CONTRACTS, FORGOTTEN, SHOWN, Records
from semper_host.model.encoding import encode
from semper_host.model.errors import UsageError
from semper_host.supporting.archive.store import Transaction

__all__ = ["FORGOTTEN", "forget"]


def forget(records: Records, number: bytes, now: int) -> None:
    """Forget a contract, for good; `now` is in seconds since 1970.

    Raises UsageError DEAL_UNKNOWN, and DEAL_UNFINISHED where it goes on, or another party may need our part of it, as
    it may until the time of the trustee is over.
    """
    archive, row = records.home.archive, records.rows().get(number)

    def work(tx: Transaction) -> None:
        contract, standing = read(records.home, number, tx)
        until = contract.opened.invitation.t_resolve if standing.full else contract.opened.invitation.t2
        if not standing.ended(now) or now <= until:
            why = "it goes on" if not standing.ended(now) else "the others may need what you signed still"
            raise UsageError("DEAL_UNFINISHED", f"cannot forget the contract {number.hex()[:16]}: {why}")
        if standing.full:
            archive.erase_messages(tx, standing.roll.deal)
            for ends in contract.peers(standing.roll).values():  # whoever waits for it comes too late
                archive.acknowledge(tx, ends.session, archive.session_state(ends.session, tx).sent)
        archive.erase_journal(tx, number)
        archive.discard(tx, SHOWN, number.hex())
        if row is not None:
            archive.keep(tx, CONTRACTS, number.hex(), encode(replace(row, title="", end=FORGOTTEN)))

    # COMMIT POINT: from here on the contract can be neither shown nor proved by this home
    archive.commit(work)

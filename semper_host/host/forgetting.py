"""Deals that are over are forgotten: what was said and bought, and what the journal holds (DESIGN §12, erasure).

What stays says nothing about anybody: the chain of salted digests, which can still be checked against another's copy,
the deal's number, how it ended, when and for how much. Files that were delivered stay, too.
"""

from __future__ import annotations

from semper_host.host.bought_keys import KEYS
from semper_host.host.buyer_effects import MANDATES
from semper_host.host.deals import Deals
from semper_host.host.delivering import undelivered
from semper_host.host.home import Home
from semper_host.host.step_effects import CHOSEN, GIVEN
from semper_host.model.errors import UsageError
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Transaction

FORGOTTEN = "forgotten"
"""The state of such a deal in the list."""
_KEPT = (KEYS, MANDATES)
"""What is kept by D in hex."""


def forget(home: Home, deal: bytes, now: int) -> None:
    """Forget the deal D, for good. Raises UsageError: DEAL_UNKNOWN, DEAL_UNFINISHED where it is not over."""
    live = Deals(home, lambda live, effect: None).find(deal)
    if not live.over:
        raise UsageError("DEAL_UNFINISHED", f"cannot forget the deal {deal.hex()[:16]}: it is not over")
    if live.side == "buyer" and deal in undelivered(home):
        raise UsageError("DEAL_UNFINISHED", f"cannot forget the deal {deal.hex()[:16]}: its goods are not all here")
    archive, session = home.archive, live.business.ends.session
    stays = {"seller": "", "place": live.state.place, "total": live.business.agreement.quoted.total.to_map()}

    def work(tx: Transaction) -> None:
        archive.erase_messages(tx, deal)
        archive.erase_journal(tx, deal)
        archive.acknowledge(tx, session, archive.session_state(session, tx).sent)  # whoever waits for it comes too late
        _discard(archive, tx, deal)
        archive.put_deal(tx, deal, live.side, FORGOTTEN, now, stays)

    # COMMIT POINT: from here on the deal can be neither shown nor proved by this home
    archive.commit(work)


def _discard(archive: Archive, tx: Transaction, deal: bytes) -> None:
    for scope in _KEPT:
        archive.discard(tx, scope, deal.hex())
    for scope in (CHOSEN + deal, GIVEN + deal):
        for name in archive.kept_names(scope, tx):
            archive.discard(tx, scope, name)

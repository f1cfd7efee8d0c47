"""A person acts in a deal: the trusted user interface asks, and only what it approved is handed in."""

from __future__ import annotations

from semper_host.commerce.events import Choose
from semper_host.host.business import SELLER
from semper_host.host.buyer_screens import decision_screen
from semper_host.host.buying import Buyer
from semper_host.host.live_deal import LiveDeal
from semper_host.model.encoding import encode
from semper_host.model.errors import UsageError, UserDeclined

SHOWN = b"decision-shown/"
"""With D behind it: where the archive keeps, by step, what the person saw and said yes to."""


def decide(host: Buyer, live: LiveDeal, choice: str = "") -> str:
    """Have the person confirm `choice`, or, where it is "", ask for each that there is; return what counts from now on.

    A merchant's own command is its word. Raises UsageError CHOICE_INVALID, UserDeclined.
    """
    wanted = host.deals.steps.wanted(live)
    if isinstance(wanted, Choose) and (not choice or (choice in wanted.choices and live.side != SELLER)):
        choice = _confirmed(host, live, wanted, (choice,) if choice else wanted.choices)
    elif not choice:
        raise UsageError("CHOICE_INVALID", "cannot decide: nothing is to be decided by this side now")
    host.deals.steps.decide(live, choice)
    return choice


def _confirmed(host: Buyer, live: LiveDeal, wanted: Choose, offered: tuple[str, ...]) -> str:
    """Return the first choice that the person says yes to; silence decides nothing."""
    for choice in offered:
        answer = host.interface.ask(decision_screen(live, wanted, choice))
        if answer.yes:
            _keep(host, live, wanted.step, encode(answer.rendered))
            return choice
    raise UserDeclined("USER_DECLINED", "cannot decide: no choice was approved")


def _keep(host: Buyer, live: LiveDeal, step: str, shown: bytes) -> None:
    archive = host.home.archive
    archive.commit(lambda tx: archive.keep(tx, SHOWN + live.id, step, shown))

"""A buyer's mail with its merchant: while the deal goes on, and a moment longer, so that the merchant hears its end."""

from __future__ import annotations

import time
from collections.abc import Callable

from semper_host.commerce.deal_state import outcome
from semper_host.host.deal_mail import DealMail
from semper_host.host.deals import Deals
from semper_host.host.live_deal import LiveDeal
from semper_host.host.watching import Watcher
from semper_host.model.errors import SemperError
from semper_host.supporting.communication import mail
from semper_host.supporting.communication.client import Client

LINGERING, BETWEEN = 4.0, 0.4
"""Seconds for which a merchant that is away is tried again with our last message, and between the tries."""
UNHEARD_SECONDS = 7 * 86_400
"""How long after its end a deal's last message is brought again, whenever deals are taken up."""


def exchange_mail(deals: Deals, live: LiveDeal, line: Client, watcher: Watcher) -> int:
    """Send what waits for the seller and take what it has for us; return how many messages were new."""
    box = DealMail(deals, live)
    if outcome(live.business.plan, live.state) is not None and not box.waiting():
        return 0  # we are done with each other; only the bank or the trustee is still to answer
    try:
        # while we owe something, or a deadline is near, we may have something to say before the seller has
        wait = int(min(live.idle_seconds(deals.clock()), mail.LONG_POLL_SECONDS))
        return mail.call_out(line, live.business.offer.url + mail.MAIL_PATH, box, live.business.ends, box.receive, wait)
    except SemperError as error:
        watcher.trouble(error)
        return 0


def linger(deals: Deals, live: LiveDeal, hand_over: Callable[[], object], give_up: Callable[[], bool]) -> None:
    """Hand over what the seller still needs from us; without it, the seller goes to the trustee, if there is one."""
    box, deadline = DealMail(deals, live), time.monotonic() + LINGERING
    while box.waiting():
        hand_over()
        if not box.waiting() or give_up() or time.monotonic() > deadline:
            return
        time.sleep(BETWEEN)


def unheard(deals: Deals) -> list[LiveDeal]:
    """Return the deals that are over for us, and whose last message the merchant never took."""
    since = deals.clock() - UNHEARD_SECONDS
    lives = [deals.of_session(session) for session in deals.archive.unheard()]
    rows = {row.deal for row in deals.archive.deals(state="over") if row.at > since} if lives else set()
    return [live for live in lives if live is not None and live.id in rows]

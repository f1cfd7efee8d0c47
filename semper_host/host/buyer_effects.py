"""What a buyer's host does for the exchanges of a deal: what any side does, but paying within the mandate alone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from semper_host.commerce.events import Effect, Event
from semper_host.host.bought_keys import KEYS
from semper_host.host.business import Business
from semper_host.host.exchange_effects import SEVERAL, ExchangeEffects
from semper_host.host.home import Home
from semper_host.host.live_deal import LiveDeal
from semper_host.host.payments import Payments
from semper_host.host.watching import Watcher
from semper_host.model.encoding import encode
from semper_host.model.errors import Unavailable
from semper_host.model.money import Money
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.trusted_ui.mandate import KIND, Mandate, Payment, uncovered

__all__ = ["KEYS", "MANDATES", "SPENT", "BuyerEffects"]

MANDATES = b"mandates"
"""Where the archive keeps approvals, by D in hex."""
SPENT = b"mandate-spent/"
"""With D behind it: where the archive keeps what each step used of the approval."""


@dataclass(frozen=True)
class BuyerEffects:
    """Performs the effects of a buyer's deals."""

    home: Home
    payments: Payments
    client: Client
    watcher: Watcher
    clock: Callable[[], int]

    def perform(self, live: LiveDeal, effect: Effect) -> Event | None:
        """Do one effect of a deal (see `commerce.events`)."""
        effects = ExchangeEffects(self.home, self.payments, self._line, self.watcher, self.clock, self._cover)
        return effects.perform(live, effect)

    def _line(self, business: Business) -> Client:
        return self.client.isolated(f"deal {business.beginning.counter}")

    def _cover(self, business: Business, use: str, amount: Money) -> str:
        """Say why the person's mandate does not cover a payment, or ""; `use` is a step, SEVERAL and a number."""
        payment = Payment(business.deal, use.partition(SEVERAL)[0], amount, business.offer.seller, self.clock())
        why = uncovered(self._mandate(business), payment, self._already(business, use))
        if not why:
            spent = encode(amount)  # before anything leaves: also what may come back counts
            self.home.archive.commit(lambda tx: self.home.archive.keep(tx, SPENT + business.deal, use, spent))
        return why

    def _already(self, business: Business, use: str) -> Money | None:
        """Return what else in the deal has used of what was approved."""
        archive, scope = self.home.archive, SPENT + business.deal
        kept = [archive.recall(scope, name) for name in archive.kept_names(scope) if name != use]
        used = [Money.decode(data) for data in kept if data is not None]
        return sum(used[1:], used[0]) if used else None

    def _mandate(self, business: Business) -> Mandate:
        """Return what the person approved for this deal. Raises Unavailable STORAGE_CORRUPT where there is none."""
        signed = self.home.archive.recall(MANDATES, business.deal.hex())
        if signed is None:
            raise Unavailable("STORAGE_CORRUPT", "cannot go on: the archive has no approval for this deal")
        return Mandate.decode(cose.open1(signed, KIND, business.plan.me.signing))

"""The bundles that a merchant's deals run on: its terms, and the payment system that a buyer chose."""

from __future__ import annotations

from dataclasses import dataclass

from semper_host.admission.admit import Admitted
from semper_host.admission.offers import Offer
from semper_host.host import installed
from semper_host.host.business import Business
from semper_host.host.heads import Heads
from semper_host.host.home import Home
from semper_host.host.installed import Decided


@dataclass(frozen=True)
class SellerBundles:
    """Obtains and decides. A deal goes on with what was decided when it began, whatever is installed since."""

    home: Home
    heads: Heads

    def service(self, offer: Offer, now: int) -> Admitted:
        """Return the terms of an offer as this home admits them now. Raises AdmissionRefused."""
        return installed.obtain(self.home, offer.service, (), now, self.heads)

    def decide(self, offer: Offer, system: str, now: int) -> tuple[Decided, ...]:
        """Return what is decided now on the bundles of a deal under `offer`, paid by `system`."""
        return installed.decided(self.home, [self.service(offer, now), self._installed(system, now)], now)

    def payment_system(self, business: Business, now: int) -> Admitted:
        """Return the payment system of a deal, as decided when it began."""
        decided = business.beginning.decided
        chosen = next((each.subject for each in decided if each.subject != business.offer.service), b"")
        if not chosen:
            return self._installed(business.bank.system, now)
        return installed.as_decided(self.home, chosen, decided, now, self.heads)

    def _installed(self, system: str, now: int) -> Admitted:
        pack = installed.pack_of(self.home, installed.current(self.home, system))
        return installed.admit_pack(self.home, pack, now, self.heads)

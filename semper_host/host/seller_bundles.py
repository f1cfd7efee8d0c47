"""The bundles that a merchant's deals run on: its terms, the payment system that a buyer chose, credentials."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from semper_host.admission.admit import Admitted
from semper_host.commerce.offers import Offer
from semper_host.host import installed
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

    def decide(self, offer: Offer, ids: Iterable[str], now: int) -> tuple[Decided, ...]:
        """Return what is decided now on the bundles of a deal: the terms of its offer, and those installed as `ids`."""
        bundles = [self.service(offer, now), *(self._installed(each, now) for each in ids)]
        return installed.decided(self.home, bundles, now)

    def _installed(self, system: str, now: int) -> Admitted:
        pack = installed.pack_of(self.home, installed.current(self.home, system))
        return installed.admit_pack(self.home, pack, now, self.heads)

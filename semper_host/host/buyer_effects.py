"""What a buyer's host does for a deal: sign the order, hold the money within the mandate, ask the trustee, take the
goods.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from semper_host.api_v1 import HoldOrder, Refused, Unknown
from semper_host.commerce.events import (
    AskTrustee,
    Confirm,
    Declined,
    Effect,
    Event,
    Followed,
    Prepare,
    Prepared,
    Reclaim,
    Ruled,
    Unlock,
)
from semper_host.exchange.labels import Label, label_of
from semper_host.host.business import Business
from semper_host.host.home import Home
from semper_host.host.live_deal import LiveDeal
from semper_host.host.payments import Payments
from semper_host.host.settling import expiry_of, settlement_kind
from semper_host.host.trustee_receipts import ask
from semper_host.host.watching import Watcher
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError, Unavailable, UsageError
from semper_host.model.holds import VOIDED
from semper_host.model.money import Money
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.trusted_ui.mandate import KIND, Mandate, Payment, uncovered

MANDATES, KEYS = b"mandates", b"content-keys"
"""Where the archive keeps approvals and bought keys, by D in hex."""
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
        business = live.business
        match effect:
            case Prepare():
                return self._prepare(business, effect)
            case AskTrustee():
                self.watcher.step("trustee", f"{business.trustee.name} is asked to {effect.kind}")
                return Ruled(self.clock(), effect.step, self._ask_trustee(business, effect.request))
            case Confirm():
                return self._confirm(business, effect)
            case Reclaim():
                return self._reclaim(business, effect)
            case Unlock():
                return self._unlock(business, effect)
        raise Unavailable("BACKEND_FAILED", f"cannot do a {type(effect).__name__} as a buyer")

    def _ask_trustee(self, business: Business, request: bytes) -> bytes:
        line = self.client.isolated(f"deal {business.beginning.counter}")
        return ask(self.home, line, business.trustee, request, business.agreement.vouch)

    def _prepare(self, business: Business, effect: Prepare) -> Event:
        """Make our side of message 2: the order, and the money's hold where the step pays."""
        spec = business.plan.automaton.step(effect.step)
        label: Label = effect.label
        if label.holds:
            return self._held(business, effect.step, label)
        assert spec.gives is not None
        self.watcher.step(effect.step, "the order is signed")
        return Prepared(self.clock(), effect.step, (business.documents[spec.gives],))

    def _held(self, business: Business, step: str, label: Label) -> Event:
        """Hold the money under L if the person's mandate covers it."""
        terms = label.holds[0]
        payment = Payment(business.deal, step, terms.amount, business.offer.seller, self.clock())
        why = uncovered(self._mandate(business), payment, self._already(business, step))
        if why:
            return Declined(self.clock(), step, f"the payment is not covered by what was approved: {why}")
        spent = encode(terms.amount)  # before anything leaves: also what may come back counts
        self.home.archive.commit(lambda tx: self.home.archive.keep(tx, SPENT + business.deal, step, spent))
        order = HoldOrder(
            label=label_of(label),
            payee=terms.payee,
            amount=terms.amount,
            expiry=terms.least_expiry,
            payer=label.responder.signing,
            payee_key=label.initiator.signing,
            trustee=label.trustee.signing,
            system=terms.system,
        )
        try:
            purse = self.payments.purse_at(terms.system, self.clock(), business.beginning.decided)
            paid = self.payments.hold(purse, order, business.deal)
        except SemperError as error:
            if error.retryable and error.code != "FUNDS_INSUFFICIENT":
                raise
            return Declined(self.clock(), step, f"{error.code}: {error.message}")
        if isinstance(paid, Unknown):
            raise Unavailable("PAYMENT_UNKNOWN", f"cannot tell whether the money is held: {paid.why}")
        if isinstance(paid, Refused):
            return Declined(self.clock(), step, f"{paid.code}: {paid.why}")
        self.watcher.step("held", f"{terms.amount} held at {business.bank.name}")
        return Prepared(self.clock(), step, (paid.proof,))

    def _confirm(self, business: Business, effect: Confirm) -> Event:
        """Get the bank's final record of the payment; what was never collected goes back when its hold expires."""
        purse = self.payments.purse_at(business.bank.signing, self.clock(), business.beginning.decided)
        status = self.payments.status(purse, effect.label)
        if isinstance(status, Unknown) or not status.records:
            raise Unavailable("PAYMENT_UNKNOWN", "cannot confirm the payment yet: the bank does not tell how it stands")
        proof = status.records[-1]
        if status.state == "held" and self.clock() < expiry_of(business, proof):
            raise Unavailable("PAYMENT_UNKNOWN", "cannot confirm the payment yet: the seller has not collected it")
        if status.state == "held" or settlement_kind(business, effect.label, proof) == VOIDED:
            return self._reclaim(business, effect)
        self.watcher.step("paid", f"{business.agreement.quoted.total} paid, confirmed by {business.bank.name}")
        return Followed(self.clock(), effect.step, Confirm.__name__, cose.peek(proof).kind, proof)

    def _reclaim(self, business: Business, effect: Reclaim | Confirm) -> Event:
        """Take back what was held; nothing is owed where nothing was."""
        try:
            purse = self.payments.purse_at(business.bank.signing, self.clock(), business.beginning.decided)
        except UsageError:  # without a purse at that bank nothing was ever held there
            return Followed(self.clock(), effect.step, type(effect).__name__)
        paid = self.payments.reclaim(purse, effect.label, business.deal)
        if isinstance(paid, Unknown):
            raise Unavailable("PAYMENT_UNKNOWN", f"cannot take the money back yet: {paid.why}")
        if isinstance(paid, Refused):
            raise Unavailable("PAYMENT_UNKNOWN", f"cannot take the money back: {paid.why}")
        self.watcher.step("refunded", f"{business.agreement.quoted.total} are back in the purse")
        kind = settlement_kind(business, effect.label, paid.proof) if paid.proof else ""
        return Followed(self.clock(), effect.step, type(effect).__name__, kind, paid.proof)

    def _unlock(self, business: Business, effect: Unlock) -> Event:
        keys = b"".join(effect.keys)
        self.home.archive.commit(lambda tx: self.home.archive.keep(tx, KEYS, business.deal.hex(), keys))
        self.watcher.step("key", "the goods' key is here")
        return Followed(self.clock(), effect.step, Unlock.__name__)

    def _already(self, business: Business, step: str) -> Money | None:
        """Return what other steps of the deal have used of what was approved."""
        archive, scope = self.home.archive, SPENT + business.deal
        kept = [archive.recall(scope, name) for name in archive.kept_names(scope) if name != step]
        used = [Money.decode(data) for data in kept if data is not None]
        return sum(used[1:], used[0]) if used else None

    def _mandate(self, business: Business) -> Mandate:
        """Return what the person approved for this deal. Raises Unavailable STORAGE_CORRUPT where there is none."""
        signed = self.home.archive.recall(MANDATES, business.deal.hex())
        if signed is None:
            raise Unavailable("STORAGE_CORRUPT", "cannot go on: the archive has no approval for this deal")
        return Mandate.decode(cose.open1(signed, KIND, business.plan.me.signing))

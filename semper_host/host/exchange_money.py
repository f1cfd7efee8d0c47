"""The money of a deal's exchanges, for whoever pays or is paid: held, collected, confirmed, taken back.

Each amount is at its own payment system, under the label of its exchange. What a bank says is believed where its
signature says so, for this exchange, payee and amount.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from semper_host.api_v1 import HoldOrder, HoldStatus, Refused, Settled, Unknown
from semper_host.commerce.events import Capture, Confirm, Event, Finalise, Finalised, Followed, Reclaim
from semper_host.commerce.exchange_run import is_swap
from semper_host.commerce.plan import Paid
from semper_host.commerce.swap_money import paid_by
from semper_host.exchange.state import Role
from semper_host.host.business import Business
from semper_host.host.decided_bundles import bundle_of
from semper_host.host.payments import Payments, proof_of
from semper_host.host.settling import expiry_of, settlement_kind
from semper_host.host.watching import Watcher
from semper_host.model.errors import SemperError, Unavailable, UsageError
from semper_host.model.holds import VOIDED
from semper_host.model.items import Family
from semper_host.supporting.cryptographic import cose


@dataclass(frozen=True)
class ExchangeMoney:
    """Works the payment systems of one home's deals."""

    payments: Payments
    watcher: Watcher
    clock: Callable[[], int]

    def hold(self, business: Business, order: HoldOrder) -> bytes | str:
        """Have the ordered amount held; return the signed HELD, or why it can't be. Raises Unavailable to try again."""
        try:
            purse = self.payments.purse_at(order.system, self.clock(), business.beginning.decided)
            paid = self.payments.hold(purse, order, business.deal)
        except SemperError as error:
            if error.retryable and error.code != "FUNDS_INSUFFICIENT":
                raise
            return f"{error.code}: {error.message}"
        if isinstance(paid, Unknown):
            raise Unavailable("PAYMENT_UNKNOWN", f"cannot tell whether the money is held: {paid.why}")
        if isinstance(paid, Refused):
            return f"{paid.code}: {paid.why}"
        self.watcher.step("held", f"{order.amount} held at {business.bank_at(order.system).name}")
        return paid.proof

    def capture(self, business: Business, effect: Capture) -> Event:
        """Collect what the peer paid; a hold that had gone back before is told as such."""
        system = amount_of(business, effect).payee.system
        kind, proof = self._captured(business, system, effect.label, effect.right)
        return Followed(self.clock(), effect.step, Capture.__name__, kind, proof, effect.hold)

    def finalise(self, business: Business, effect: Finalise) -> Event:
        """Collect money that the other side gave before us, while that side could still call the exchange off."""
        kind, proof = self._captured(business, effect.keeper, effect.label, effect.proof)
        return Finalised(self.clock(), effect.step, kind, proof)

    def confirm(self, business: Business, effect: Confirm) -> Event:
        """Get the payment system's final record; what was never collected goes back to us when its hold expires."""
        if not _ours(business, effect):
            return self._confirm_received(business, effect)
        paid = amount_of(business, effect)
        system, bank = paid.payee.system, business.bank_at(paid.payee.system)
        purse = self.payments.purse_at(system, self.clock(), business.beginning.decided)
        status = self.payments.status(purse, effect.label)
        if isinstance(status, Unknown) or not status.records:
            raise Unavailable("PAYMENT_UNKNOWN", "cannot confirm the payment yet: the bank does not tell how it stands")
        proof = status.records[-1]
        if status.state == "held" and self.clock() < expiry_of(business, proof, system):
            raise Unavailable(
                "PAYMENT_UNKNOWN", f"cannot confirm the payment yet: {_peer(business)} has not collected it"
            )
        if status.state == "held" or settlement_kind(business, effect.label, proof, system) == VOIDED:
            return self.reclaim(business, effect)
        self.watcher.step("paid", f"{paid.item.amount} paid, confirmed by {bank.name}")
        return Followed(self.clock(), effect.step, Confirm.__name__, cose.peek(proof).kind, proof, effect.hold)

    def reclaim(self, business: Business, effect: Reclaim | Confirm) -> Event:
        """Take back what was held; nothing is owed where nothing was."""
        paid, what = amount_of(business, effect), type(effect).__name__
        system = paid.payee.system
        try:
            purse = self.payments.purse_at(system, self.clock(), business.beginning.decided)
        except UsageError:  # without a purse at that bank nothing was ever held there
            return Followed(self.clock(), effect.step, what, hold=effect.hold)
        back = self.payments.reclaim(purse, effect.label, business.deal)
        if isinstance(back, Unknown):
            raise Unavailable("PAYMENT_UNKNOWN", f"cannot take the money back yet: {back.why}")
        if isinstance(back, Refused):
            return self._paid_out(business, effect, back)
        self.watcher.step("refunded", f"{paid.item.amount} are back in the purse")
        kind = settlement_kind(business, effect.label, back.proof, system) if back.proof else ""
        return Followed(self.clock(), effect.step, what, kind, back.proof, effect.hold)

    def ended(self, business: Business, hold: Confirm) -> tuple[str, bytes]:
        """Return as what the payment system signed the end of a hold, and its record; where it has ended, or nothing
        more can come of it. Ours is taken back where its time is over. "" and b"": nothing was ever held.

        Raises Unavailable while it is held, or nobody can tell.
        """
        ours, system = _ours(business, hold), amount_of(business, hold).payee.system
        if ours:
            purse = self.payments.purse_at(system, self.clock(), business.beginning.decided)
            status: object = self.payments.status(purse, hold.label)
        else:
            status = self._payee(business, system, "status", (hold.label,))
        if not isinstance(status, HoldStatus):
            raise Unavailable("PAYMENT_UNKNOWN", "cannot tell how the hold ended: the bank does not say")
        if not status.records:
            return "", b""
        proof = status.records[-1]
        if status.state == "held":
            if not ours or self.clock() < expiry_of(business, proof, system):
                raise Unavailable("PAYMENT_UNKNOWN", "cannot tell how the hold will end: the bank still holds it")
            back = self.reclaim(business, hold)
            assert isinstance(back, Followed), "what was held comes back with a record"
            return back.kind, back.proof
        return settlement_kind(business, hold.label, proof, system), proof

    def _paid_out(self, business: Business, effect: Reclaim | Confirm, refused: Refused) -> Event:
        """Keep the bank's word that the payee has what does not come back: it is final. Raises Unavailable."""
        system = amount_of(business, effect).payee.system
        purse = self.payments.purse_at(system, self.clock(), business.beginning.decided)
        status = self.payments.status(purse, effect.label)
        if not isinstance(status, HoldStatus) or not status.records or status.state in ("held", "voided"):
            raise Unavailable("PAYMENT_UNKNOWN", f"cannot take the money back: {refused.why}")
        proof = status.records[-1]
        kind = settlement_kind(business, effect.label, proof, system)
        return Followed(self.clock(), effect.step, type(effect).__name__, kind, proof, effect.hold)

    def _captured(self, business: Business, system: bytes, label: bytes, right: bytes) -> tuple[str, bytes]:
        """Return as what the payment system signed the end of a hold that we collect, and its record."""
        paid = self._payee(business, system, "capture", (label, right), business.deal)
        if isinstance(paid, Refused) and paid.proof:
            kind = settlement_kind(business, label, paid.proof, system)
            if kind == VOIDED:
                return kind, paid.proof  # it had expired, or was called off, before
        assert isinstance(paid, Settled | Refused | Unknown), "what an entry point returns is typed at the wall"
        proof = proof_of(paid, "collect the payment")
        return settlement_kind(business, label, proof, system), proof

    def _confirm_received(self, business: Business, effect: Confirm) -> Event:
        system = amount_of(business, effect).payee.system
        status = self._payee(business, system, "status", (effect.label,))
        if isinstance(status, HoldStatus) and status.records and status.state != "held":
            proof = status.records[-1]
            kind = settlement_kind(business, effect.label, proof, system)
            return Followed(self.clock(), effect.step, Confirm.__name__, kind, proof, effect.hold)
        raise Unavailable("PAYMENT_UNKNOWN", "cannot confirm the payment yet: the bank still says it is held")

    def _payee(
        self, business: Business, system: bytes, entry: str, arguments: tuple[bytes, ...], deal: bytes = b""
    ) -> object:
        bank, payments = business.bank_at(system), self.payments
        bundle = bundle_of(payments.home, business.beginning.decided, bank.system, self.clock(), payments.heads)
        return payments.party(bundle, bank, "payee", entry, arguments, deal)


def amount_of(business: Business, effect: Capture | Confirm | Reclaim) -> Paid:
    """Return the amount that an effect is about, and where it is held for whom."""
    plan, spec = business.plan, business.plan.automaton.step(effect.step)
    if not is_swap(spec):
        return plan.stakes[spec.step].paid[effect.hold]
    me = plan.role_in(spec)
    other = Role.RESPONDER if me is Role.INITIATOR else Role.INITIATOR
    paid = paid_by(plan, spec, other if isinstance(effect, Capture) else me)
    assert paid is not None, "such an effect follows money alone"
    return paid


def _ours(business: Business, effect: Confirm) -> bool:
    """Say whether we paid the amount."""
    plan, spec = business.plan, business.plan.automaton.step(effect.step)
    if is_swap(spec):
        return True
    lefts = sum(item.family == Family.MONEY for item in plan.stakes[spec.step].left)
    return (effect.hold < lefts) is (plan.role_in(spec) is Role.INITIATOR)


def _peer(business: Business) -> str:
    return "the seller" if business.beginning.side == "buyer" else "the buyer"

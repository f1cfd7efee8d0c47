"""What a host does for the exchanges of its deals, on either side: make its items, ask trustee, bank and issuer, keep
what came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import islice

from semper_host.api_v1 import HoldOrder
from semper_host.commerce.events import (
    Allot,
    Allotted,
    AskTrustee,
    Capture,
    Confirm,
    Declined,
    Effect,
    Event,
    Finalise,
    Finalised,
    Followed,
    Pocket,
    Prepare,
    Prepared,
    Reclaim,
    Ruled,
    Unlock,
)
from semper_host.commerce.exchange_run import is_swap
from semper_host.commerce.plan import HOLD_SLACK
from semper_host.commerce.projection import StepSpec
from semper_host.commerce.swap_money import name_for, paid_by, payment, place_of_money
from semper_host.commerce.terms_model import Section
from semper_host.exchange.case import Case
from semper_host.exchange.composition import half_from
from semper_host.exchange.kinds import COMPOSED, fair_purchase, open_case
from semper_host.exchange.labels import Label
from semper_host.exchange.legs import LEGS
from semper_host.exchange.messages import attachments_of
from semper_host.exchange.places import Place, lefts, places, rights
from semper_host.exchange.preparing import answering, certificate_request, opening
from semper_host.exchange.state import Role
from semper_host.exchange.transfer import Parcel
from semper_host.exchange.two_transfers import Handed
from semper_host.host import bought_keys, without_trustee
from semper_host.host.business import Business
from semper_host.host.credentials.desk import Desk
from semper_host.host.exchange_items import ItemMaker, described, goods_of, worthless
from semper_host.host.exchange_money import ExchangeMoney
from semper_host.host.home import Home
from semper_host.host.issuer_line import ask_final
from semper_host.host.issuers import statements
from semper_host.host.live_deal import LiveDeal
from semper_host.host.payments import Payments
from semper_host.host.trustee_certifying import ask_certificate
from semper_host.host.trustee_receipts import ask
from semper_host.host.watching import Watcher
from semper_host.model.encoding import MalformedEncoding, encode
from semper_host.model.errors import PeerDeviated, SemperError, Unavailable, UsageError
from semper_host.model.money import Money
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic.entropy import fresh_seed

Cover = Callable[[Business, str, Money], str]
"""Say why our side may not pay an amount in a step, or ""; then what it uses of the approval is durable."""
SEVERAL = "/"
"""Stands between a step and which of its amounts is meant. Steps of a circle have a # of their own."""


class _Refused(Exception):
    """Our side can't go on with the step, and says why."""


@dataclass(frozen=True)
class ExchangeEffects:
    """Performs the effects of exchanges. `line` is the way to others that one deal uses."""

    home: Home
    payments: Payments
    line: Callable[[Business], Client]
    watcher: Watcher
    clock: Callable[[], int]
    cover: Cover

    def perform(self, live: LiveDeal, effect: Effect) -> Event:
        """Do one effect. Raises SemperError to be tried again."""
        business = live.business
        match effect:
            case Allot():
                return self._allot(business, effect.step)
            case Prepare():
                return self._prepare(live, effect)
            case AskTrustee():
                return self._decided(live, effect)
            case Finalise():
                return self._finalise(business, effect)
            case Unlock():
                return self._unlock(business, effect)
            case Pocket():
                return self._pocket(business, effect)
        return self._settle(business, effect)

    def _settle(self, business: Business, effect: Effect) -> Event:
        money = self._money(business)
        match effect:
            case Capture():
                return money.capture(business, effect)
            case Confirm():
                return money.confirm(business, effect)
            case Reclaim():
                return money.reclaim(business, effect)
        raise Unavailable("BACKEND_FAILED", f"cannot do a {type(effect).__name__} in an exchange")

    def _money(self, business: Business) -> ExchangeMoney:
        """Return what works the banks, over the deal's own line: they cannot join it to another deal by that."""
        return ExchangeMoney(self.payments.over(self.line(business)), self.watcher, self.clock)

    @property
    def _maker(self) -> ItemMaker:
        return ItemMaker(self.home, self.payments.sandbox, self.clock)

    def _allot(self, business: Business, step: str) -> Event:
        """Take a place in the status list for each credential that we are to give; the same one each time."""
        spec = business.plan.automaton.step(step)
        pairs = zip(spec.gives, business.plan.stakes[spec.step].left, strict=True)
        named = (item for item, place in pairs if place.status is not None)
        indices = []
        for item in named:
            said = described(business, item)
            issuer, key = self._maker.issuer(business, said), encode([business.deal, step, str(item)])
            indices.append(issuer.allot(said.status, key) if said.status else None)
        return Allotted(self.clock(), step, tuple(indices))

    def _prepare(self, live: LiveDeal, effect: Prepare) -> Event:
        business, spec = live.business, live.business.plan.automaton.step(effect.step)
        try:
            if effect.label is None:
                return self._prepare_swap(business, spec, live.state.entered, effect.message)
            case, _ = open_case(effect.label, business.plan.crypto)
            if effect.label.kind in COMPOSED:
                return self._prepare_composed(business, spec, case, effect.message)
            return self._prepare_plain(business, spec, case)
        except _Refused as error:
            return Declined(self.clock(), effect.step, str(error))

    def _prepare_plain(self, business: Business, spec: StepSpec, case: Case) -> Event:
        """Make our side of a contract, a purchase or a payment with receipt."""
        label, first = case.label, business.plan.role_in(spec) is Role.INITIATOR
        if label.holds and not first:
            return Prepared(self.clock(), spec.name, (self._held(business, spec, rights(label)[0], case),))
        if label.kind == fair_purchase.RULES.kind:
            goods = goods_of(business, spec.gives[0])
            keys = self._maker.content_keys(goods)
            attachments, secret = fair_purchase.prepare(case, goods, keys, fresh_seed(), fresh_seed())
            return Prepared(self.clock(), spec.name, attachments, secret)
        self.watcher.step(spec.name, "the order is signed")
        return Prepared(self.clock(), spec.name, tuple(business.documents[item] for item in spec.gives))

    def _prepare_composed(self, business: Business, spec: StepSpec, case: Case, m1: bytes) -> Event:
        """Promise each of our items; where one of a responder's is in escrow, the trustee certifies that it is good."""
        first, half = business.plan.role_in(spec) is Role.INITIATOR, b""
        if any(LEGS[place.item.form or ""].halved for place in places(case.label)):
            half = fresh_seed() if first else half_from(case, attachments_of(m1)[-1])
        mine = lefts(case.label) if first else rights(case.label)
        hold = partial(self._held, business, spec)
        promised = self._maker.promised(business, spec, case, mine, half, hold)
        if first:
            begin = opening(case, promised, half)
            return Prepared(self.clock(), spec.name, begin.attachments, begin.secret)
        _, rules = open_case(case.label, business.plan.crypto)
        request, certificate = certificate_request(case, rules, promised), None
        if request is not None:
            vouch = business.agreement.vouch
            certificate = ask_certificate(self.line(business), business.trustee, request, vouch)
        consent = answering(promised, certificate)
        return Prepared(self.clock(), spec.name, consent.attachments, consent.secret)

    def _prepare_swap(self, business: Business, spec: StepSpec, entered: int, came: bytes) -> Event:
        """Make what plain transfers hand over: our items, or a hold with the right to capture it. `came`: the other's
        message, whose parcels are all looked into before anything is given for them.
        """
        parcels = Handed.decode(came).parcels if came else ()
        for item, parcel in zip(spec.gets, parcels, strict=False):
            if why := worthless(business, item, Parcel.decode(parcel).body):
                raise _Refused(f"what came is not what was agreed: {why}")
        plan, role = business.plan, business.plan.role_in(spec)
        at, maker = place_of_money(plan, spec, role), self._maker
        made = {item: maker.handed(business, item, spec.name) for each, item in enumerate(spec.gives) if each != at}
        if at is not None:  # last: what can't be made holds no money
            made[spec.gives[at]] = self._paid(business, spec, entered, role)
        return Prepared(self.clock(), spec.name, tuple(made[item] for item in spec.gives))

    def _paid(self, business: Business, spec: StepSpec, entered: int, role: Role) -> bytes:
        """Have our money held; return what hands it over."""
        plan = business.plan
        paid, name = paid_by(plan, spec, role), name_for(plan, spec, role)
        assert paid is not None and paid.item.amount is not None, "money has an amount"
        expiry = entered + 2 * spec.patience + HOLD_SLACK  # the same again: another order would be another hold
        order = HoldOrder(
            label=name, payee=paid.payee.account, amount=paid.item.amount, expiry=expiry, payer=plan.me.signing,
            payee_key=plan.peer.signing, trustee=plan.trustee.signing, system=paid.payee.system,
        )  # fmt: skip
        held = self._hold(business, spec.name, order)
        return payment(plan.crypto, name, held, paid.payee.system)

    def _held(self, business: Business, spec: StepSpec, place: Place, case: Case) -> bytes:
        """Have the money of a place held under L."""
        label = case.label
        terms = label.holds[place.hold or 0]
        order = HoldOrder(
            label=case.id, payee=terms.payee, amount=terms.amount, expiry=terms.least_expiry,
            payer=place.giver.signing, payee_key=place.taker.signing, trustee=label.trustee.signing,
            system=terms.system,
        )  # fmt: skip
        return self._hold(business, spec.name if not place.hold else f"{spec.name}{SEVERAL}{place.hold}", order)

    def _hold(self, business: Business, use: str, order: HoldOrder) -> bytes:
        why = self.cover(business, use, order.amount)
        if why:
            raise _Refused(f"the payment is not covered by what was approved: {why}")
        held = self._money(business).hold(business, order)
        if isinstance(held, str):
            raise _Refused(held)
        return held

    def _decided(self, live: LiveDeal, effect: AskTrustee) -> Event:
        """Return the trustee's answer; where it gives none and its time is over, how the money settles it."""
        try:
            return Ruled(self.clock(), effect.step, self._ask_trustee(live, effect))
        except SemperError:
            event = without_trustee.settled(live, effect, self._money(live.business), self.clock())
            if event is None:
                raise
            self.watcher.step("trustee", f"{live.business.trustee.name} does not answer; its time is over")
            return event

    def _ask_trustee(self, live: LiveDeal, effect: AskTrustee) -> bytes:
        business, label = live.business, live.state.label
        self.watcher.step("trustee", f"{business.trustee.name} is asked to {effect.kind}")
        line, vouch = self.line(business), business.agreement.vouch
        kept = label is not None and _kept_by_issuers(label)
        issuers = statements(self.home, business, self.clock()) if kept else ()
        return ask(self.home, line, business.trustee, effect.request, vouch, issuers)

    def _finalise(self, business: Business, effect: Finalise) -> Event:
        """Have the payment system or issuer sign that what we got is ours for good, or that it is not."""
        if any(bank is not None and bank.signing == effect.keeper for bank in (business.bank, business.buyers_bank)):
            return self._money(business).finalise(business, effect)
        said = ask_final(self.line(business), business.offer.url, business.offer.sealing, effect.proof)
        self.watcher.step("final", f"{business.opened.merchant.name} made it final")
        return Finalised(self.clock(), effect.step, said.name, said.data)

    def _unlock(self, business: Business, effect: Unlock) -> Event:
        spec = business.plan.automaton.step(effect.step)
        keys = tuple(self._worthy(business, effect, spec) if is_swap(spec) else effect.keys)
        if not keys:
            return Followed(self.clock(), effect.step, Unlock.__name__)
        self.home.archive.commit(lambda tx: bought_keys.add(self.home.archive, tx, business.deal, keys))
        self.watcher.step("key", "the goods' key is here")
        return Followed(self.clock(), effect.step, Unlock.__name__)

    def _worthy(self, business: Business, effect: Unlock, spec: StepSpec) -> Iterator[bytes]:
        """Yield the keys that open what was agreed, in the order of the parts. Without a trustee anything can come."""
        keys = iter(effect.keys)
        named = (item for item in spec.gets if item.family is Section.INFO)
        for item, count in zip(named, effect.counts or (len(effect.keys),), strict=False):
            came = list(islice(keys, count))
            why = worthless(business, item, encode(came))
            if why:
                error = PeerDeviated("CONTENT_FALSE", f"cannot keep what came in step {effect.step}: {why}")
                self.watcher.trouble(error)
            yield from () if why else came

    def _pocket(self, business: Business, effect: Pocket) -> Event:
        desk = Desk(self.home, self.payments.sandbox, self.clock())
        for signed in effect.credentials:
            try:
                held = desk.pocket(signed, business.beginning.counter)
            except (MalformedEncoding, PeerDeviated, UsageError) as error:
                self.watcher.trouble(error)  # without a trustee anything can come; the record keeps it
            else:
                self.watcher.step("credential", f"{held.credential.described.title} is in the wallet")
        return Followed(self.clock(), effect.step, Pocket.__name__)


def _kept_by_issuers(label: Label) -> bool:
    return any(place.revocable and place.hold is None for place in places(label))

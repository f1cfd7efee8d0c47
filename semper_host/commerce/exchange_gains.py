"""What follows from an exchange that is over: what to do with what we gained, how to get back what we held. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from semper_host.commerce import swap_money
from semper_host.commerce.deal_state import DealState
from semper_host.commerce.events import Capture, Confirm, FollowUp, Pocket, Reclaim, Unlock
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import StepSpec
from semper_host.commerce.terms_model import Section
from semper_host.exchange.goods import CONTENT_KEY
from semper_host.exchange.items import Token
from semper_host.exchange.labels import Label, label_of
from semper_host.exchange.legs.access import ACCESS
from semper_host.exchange.places import places
from semper_host.exchange.state import DONE, Role
from semper_host.exchange.two_transfers import ITEM, Swapped
from semper_host.model.credentials import CREDENTIAL, Credential
from semper_host.model.encoding import decode
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURE_RIGHT, DECISION, VOIDED, Decision
from semper_host.model.items import Family
from semper_host.supporting.cryptographic import cose


def follow_ups(plan: Plan, state: DealState, spec: StepSpec, outcome: str) -> tuple[FollowUp, ...]:
    """Return what is to be done now that the exchange of this step is over with `outcome`."""
    if state.exchange is None:
        return ()
    if isinstance(state.exchange, Swapped):
        return tuple(_swapped(plan, spec, state.exchange))
    gains, label, done = state.exchange.gains, state.label, outcome == DONE
    assert label is not None
    keys, credentials = _named(gains, CONTENT_KEY), _named(gains, ACCESS)
    unlock = (Unlock(spec.name, keys),) if keys else ()
    pocket = (Pocket(spec.name, credentials),) if credentials else ()
    first = plan.role_in(spec) is Role.INITIATOR
    return (*unlock, *pocket, *_money(spec.name, label, gains, first=first, done=done))


def called_off(plan: Plan, spec: StepSpec, gains: tuple[Token, ...]) -> str:
    """Return for people why an exchange came to nothing: the trustee's reason where it gave one."""
    for token in gains:
        if token.name == DECISION:
            why = Decision.decode(plan.crypto.open(token.data, DECISION, plan.trustee.signing)).why
            return f"the trustee called step {spec.name} off: {why}"
    if any(token.name == VOIDED for token in gains):
        back = "the payment system gave back what was held"
        return f"step {spec.name} was not completed in time, and no trustee decided it; {back}"
    return f"step {spec.name} was not completed in time"


def _money(step: str, label: Label, gains: tuple[Token, ...], *, first: bool, done: bool) -> Iterator[FollowUp]:
    """Each amount is collected, or confirmed, or comes back, at its own payment system. `first`: we began."""
    rights, name = iter(_named(gains, CAPTURE_RIGHT)), label_of(label)
    for place in places(label):
        if place.hold is None:
            continue
        right = None if place.first is first else next(rights, None)
        if right is not None:
            yield Capture(step, name, right, place.hold)
        elif done:
            yield Confirm(step, name, place.hold)
        elif place.first is first:
            yield Reclaim(step, name, place.hold)


def _swapped(plan: Plan, spec: StepSpec, swap: Swapped) -> Iterator[FollowUp]:
    """What two transfers brought; and what we paid by them: once handed over, it is gone unless nobody collects it."""
    role, stake = plan.role_in(spec), plan.stakes[spec.step]
    theirs = stake.right if role is Role.INITIATOR else stake.left
    keys: list[tuple[bytes, ...]] = []
    credentials: list[bytes] = []
    for name, ref, item in zip(spec.gets, theirs, _named(swap.gains, ITEM), strict=False):  # none, if it was called off
        if ref.family == Family.MONEY:
            yield swap_money.capture(plan, spec, item)
        elif ref.family == Family.CREDENTIAL and not ref.digest:
            _check_ours(plan, item)
            credentials.append(item)
        elif name.family is Section.INFO and ref.kind == name.name:
            keys.append(_keys(item))
    if keys:
        yield Unlock(spec.name, tuple(key for each in keys for key in each), tuple(map(len, keys)))
    if credentials:
        yield Pocket(spec.name, tuple(credentials))
    if swap_money.place_of_money(plan, spec, role) is not None:
        kind = Confirm if swap.parcel else Reclaim
        yield kind(spec.name, swap_money.name_for(plan, spec, role))


def _check_ours(plan: Plan, signed: bytes) -> None:
    """Require a credential that its issuer signed for our key of this deal. Raises PeerDeviated, MalformedEncoding."""
    said = Credential.decode(cose.peek(signed).payload).described
    plan.crypto.open(signed, CREDENTIAL, said.issuer)
    if said.holder != plan.me.signing:
        message = "cannot take the credential: it is made out to another key"
        raise PeerDeviated("PEER_DEVIATED", message, evidence=signed)


def _keys(item: bytes) -> tuple[bytes, ...]:
    keys = decode(item)
    if not isinstance(keys, list) or not all(isinstance(key, bytes) for key in keys):
        raise PeerDeviated("PEER_DEVIATED", "cannot take the information: it is no list of keys", evidence=item)
    return tuple(keys)


def _named(gains: tuple[Token, ...], name: str) -> tuple[bytes, ...]:
    return tuple(token.data for token in gains if token.name == name)

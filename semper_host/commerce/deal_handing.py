"""The race in a transfer or a decision: one side acts, the other waits, and who waits alone says which was first.

    acts    gives or decides, by its own clock until `acts_until`; then hears that it came, or a signed `late`
    waits   takes what comes, or says `late` once `waits_until` is over

A `late` counts for who acts only when its own time is over too: nobody loses time that the terms give. But nothing is
given any more to who has signed one. Who acts and hears nothing at all stops waiting at `hears_until`. Both ends it
tells the other side, so that its own record shows it.
"""

from __future__ import annotations

from dataclasses import replace

from semper_host.commerce.deal_state import OVERRULED, DealState, Handing
from semper_host.commerce.deal_step import Effects, Stepped
from semper_host.commerce.events import Send
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import StepSpec
from semper_host.commerce.step_messages import LATE_KIND, What, message, read_late, sign_late
from semper_host.exchange.items import Token
from semper_host.model.errors import PeerDeviated

LATE = What.LATE.value
"""The outcome that lateness leads to."""
LEAST_GRACE = 3600
"""Seconds that who acted waits at least for the other's word, after that one's time is over."""


def acts_until(state: DealState, spec: StepSpec) -> int:
    """Return until when (seconds since 1970) we can give or decide."""
    return state.entered + spec.within


def waits_until(state: DealState, spec: StepSpec) -> int:
    """Return until when we wait: as long as the other side may take, from when it has come there at the latest."""
    return state.met + spec.patience


def hears_until(state: DealState, spec: StepSpec) -> int:
    """Return until when who acted waits for the other's word: as long again as that one waits."""
    return waits_until(state, spec) + max(spec.patience, LEAST_GRACE)


def begin(state: DealState) -> DealState:
    """Return the state in which it is ours to act."""
    return replace(state, handing=Handing())


def handing_of(state: DealState) -> Handing:
    """Return how far our acting is."""
    assert state.handing is not None
    return state.handing


def can_act(state: DealState, spec: StepSpec, now: int) -> bool:
    """Say whether we have neither acted yet nor missed it."""
    handing = handing_of(state)
    return not handing.said and not handing.over and now <= acts_until(state, spec)


def act(
    state: DealState, spec: StepSpec, what: What, token: bytes, choice: str = "", kept: bytes = b""
) -> Stepped:
    """Say it, as long as it may leave."""
    said = replace(handing_of(state), said=token, choice=choice, kept=kept)
    effects: Effects = (Send(spec.name, message(what, token), acts_until(state, spec)),)
    return Stepped(replace(state, handing=said), effects)


def hear_late(plan: Plan, state: DealState, spec: StepSpec, signed: bytes, now: int) -> Stepped:
    """Take the other side's `late`, which counts once our time is over. Raises PeerDeviated."""
    read_late(plan, spec, signed, plan.peer.signing)
    handing = handing_of(state)
    if handing.late:
        return Stepped(state)
    state = replace(state, handing=replace(handing, late=signed))
    return _late(state, spec) if now > acts_until(state, spec) else Stepped(state)


def stop_acting(state: DealState, why: str) -> Stepped:
    """Our side will not act; the other side will say `late`."""
    return Stepped(replace(state, handing=replace(handing_of(state), over=True), why=why))


def tick_acting(state: DealState, spec: StepSpec, now: int) -> Stepped:
    """Time passed for who acts: its own is over; or the other side stays silent, which is `late` too."""
    handing = handing_of(state)
    if now <= acts_until(state, spec):
        return Stepped(state)
    if handing.late:
        return _late(state, spec)
    if now > hears_until(state, spec):
        why = state.why or f"the other side never answered in step {spec.name}"
        return _close(replace(state, why=why), spec, handing.choice or LATE)
    return Stepped(state if handing.over else replace(state, handing=replace(handing, over=True)))


def wakes_acting(state: DealState, spec: StepSpec) -> int:
    """Return from when on a tick changes something for who acts."""
    passed = handing_of(state).over and not handing_of(state).late
    return (hears_until(state, spec) if passed else acts_until(state, spec)) + 1


def tick_waiting(plan: Plan, state: DealState, spec: StepSpec, now: int) -> Stepped:
    """Time passed for who waits: once it is over, say `late`, signed."""
    if now <= waits_until(state, spec):
        return Stepped(state)
    token = sign_late(plan, spec, now)
    why = state.why or f"step {spec.name} was not done in time by the other side"
    return Stepped(replace(state, why=why), (Send(spec.name, message(What.LATE, token)),), LATE)


def unexpected(spec: StepSpec, data: bytes) -> PeerDeviated:
    """Return the refusal of a message that nobody may send now."""
    cause = f"cannot accept the message: it is not what step {spec.name} waits for"
    return PeerDeviated("MESSAGE_UNEXPECTED", cause, evidence=data)


def _late(state: DealState, spec: StepSpec) -> Stepped:
    handing = handing_of(state)
    said = "the other side says that it came too late" if handing.said else "it was not done in time"
    overruled = (Token(OVERRULED, handing.said),) if handing.choice else ()
    state = replace(state, why=state.why or f"step {spec.name}: {said}")
    return _close(state, spec, LATE)._replace(gains=(Token(LATE_KIND, handing.late), *overruled))


def _close(state: DealState, spec: StepSpec, ended: str) -> Stepped:
    return Stepped(state, (Send(spec.name, message(What.CLOSED, ended.encode())),), ended)

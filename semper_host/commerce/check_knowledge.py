"""Proof: each role knows of every choice that changes what it must do."""

from __future__ import annotations

from semper_host.commerce.flow import Flow, Place
from semper_host.commerce.localise import Local, sees
from semper_host.commerce.terms_model import END, End, refuse_terms


def check_knowledge(flow: Flow, views: tuple[Local, ...]) -> None:
    """Raise AdmissionRefused (TERMS_INVALID) if a role must act, or may stop, and can't know it."""
    places = flow.by_name()
    for view in views:
        for place in flow.places:
            _check_start_known(flow, place, view.role)
        for state in view.states.values():
            _check_state(flow, places, state, view.role)


def _check_start_known(flow: Flow, place: Place, role: str) -> None:
    """Whoever acts first must learn how the step before ended, or it would not know when to begin."""
    for before in flow.places:
        leads = any(target == place.name for _, target in before.then)
        if leads and place.step.parties[0] == role and not sees(before, role):
            refuse_terms(f"{role} is not told how it ends, but may have to begin {place.step.name}", before.step.name)


def _check_state(flow: Flow, places: dict[str, Place], state: tuple[str, ...], role: str) -> None:
    """In a state of several members `role` may only wait, for somebody whose message tells which it is."""
    if len(state) == 1:
        return
    ends = [flow.terms.end(name) for name in state if name.startswith(END)]
    if ends and len(ends) < len(state):
        step = next(name for name in state if not name.startswith(END))
        refuse_terms(f"{role} can't know whether it still comes or the deal is over", places[step].step.name)
    if ends and len({_meaning(end, role) for end in ends}) > 1:
        refuse_terms(f"{role} can't know whether the deal ended as {' or '.join(end.name for end in ends)}")
    for name in state:
        if not name.startswith(END) and places[name].step.parties[0] == role:
            others = " or ".join(other for other in state if other != name)
            refuse_terms(f"{role} must begin it and can't know whether it is due, or {others}", places[name].step.name)


def _meaning(end: End, role: str) -> object:
    """What an end means to `role`: what it holds, and whether the purpose was fulfilled."""
    return (end.satisfied, frozenset(held for held in end.holdings if held.role == role))

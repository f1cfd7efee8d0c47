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
            if place.step.parties[0] == view.role:
                _check_start_known(flow, place, view.role)
        for state in view.states.values():
            _check_state(flow, places, state, view.role)


def _check_start_known(flow: Flow, place: Place, role: str) -> None:
    """Whoever acts first must learn how the step before ended, or it would not know when to begin."""
    for before in flow.places:
        if not sees(before, role) and any(target == place.name for _, target in before.then):
            refuse_terms(f"{role} is not told how it ends, but may have to begin {place.step.name}", before.step.name)


def _check_state(flow: Flow, places: dict[str, Place], state: tuple[str, ...], role: str) -> None:
    """In a state of several members `role` waits for a message that tells which it is; it must know if one comes.

    That it has to begin none of them itself, `_check_start_known` has made sure.
    """
    ends = [flow.terms.end(name) for name in state if name.startswith(END)]
    if ends and len(ends) < len(state):
        step = next(name for name in state if not name.startswith(END))
        refuse_terms(f"{role} can't know whether it still comes or the deal is over", places[step].step.name)
    if ends and len({_meaning(end, role) for end in ends}) > 1:
        refuse_terms(f"{role} can't know whether the deal ended as {' or '.join(end.name for end in ends)}")


def _meaning(end: End, role: str) -> object:
    """What an end means to `role`: what it holds, and whether the purpose was fulfilled."""
    return (end.satisfied, frozenset(held for held in end.holdings if held.role == role))

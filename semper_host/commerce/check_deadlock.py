"""Proof: all roles together never get stuck, found by walking every state of the product of their projections."""

from __future__ import annotations

from collections.abc import Iterator

from semper_host.commerce.flow import Flow, Path, Place, spoken_path
from semper_host.commerce.localise import Local, sees
from semper_host.commerce.terms_model import END, refuse_terms

MAX_STATES = 20_000
FAILED = frozenset({"aborted", "late"})
"""The outcomes that don't count as done for a step that `needs` it."""

Together = tuple[tuple[str, ...], frozenset[str]]
"""Each role's local state, and the steps done so far."""


def check_deadlock(flow: Flow, views: tuple[Local, ...]) -> None:
    """Raise AdmissionRefused (TERMS_INVALID) if the roles can reach a state where nobody can go on.

    Also if they end up believing in different ends.
    """
    first: Together = (tuple(view.start for view in views), frozenset())
    ways: dict[Together, Path] = {first: ()}
    pending = [first]
    while pending:
        at = pending.pop()
        moves = list(_moves(flow, views, at))
        if not moves:
            _check_over(flow, views, at, ways[at])
        for move, then in moves:
            if then not in ways:
                ways[then] = (*ways[at], move)
                pending.append(then)
                if len(ways) > MAX_STATES:
                    refuse_terms(f"its roles can be in more than {MAX_STATES} states together")


def _moves(flow: Flow, views: tuple[Local, ...], at: Together) -> Iterator[tuple[tuple[str, str], Together]]:
    states, done = at
    for place in flow.places:
        if not _ready(place, views, states) or not done.issuperset(place.step.needs):
            continue
        for outcome, _ in place.then:
            moved = tuple(
                view.moves[place.name, outcome] if sees(place, view.role) else state
                for view, state in zip(views, states, strict=True)
            )
            yield (place.name, outcome), (moved, done if outcome in FAILED else done | {place.step.name})


def _ready(place: Place, views: tuple[Local, ...], states: tuple[str, ...]) -> bool:
    """All who take part in `place`, or are told of it, reckon with it now."""
    return all(
        place.name in view.states[state] for view, state in zip(views, states, strict=True) if sees(place, view.role)
    )


def _check_over(flow: Flow, views: tuple[Local, ...], at: Together, way: Path) -> None:
    """Nobody moves: then all must have ended, and at one end."""
    states, done = at
    where = ", ".join(f"{view.role} at {state}" for view, state in zip(views, states, strict=True))
    for place in flow.places:
        missing = sorted(set(place.step.needs) - done)
        if missing and _ready(place, views, states):
            refuse_terms(f"it needs {missing[0]}, which is not done after {spoken_path(way)}", place.step.name)
    if not all(view.is_end(state) for view, state in zip(views, states, strict=True)):
        refuse_terms(f"nobody can go on after {spoken_path(way)}: {where}", _step_at(flow, states))
    if not set.intersection(*(set(view.states[state]) for view, state in zip(views, states, strict=True))):
        refuse_terms(f"the roles end differently after {spoken_path(way)}: {where}")


def _step_at(flow: Flow, states: tuple[str, ...]) -> str:
    """Return the step that somebody waits at."""
    waiting = next(name for state in states for name in state.split("|") if not name.startswith(END))
    return flow.by_name()[waiting].step.name

"""Proof: no step or end dangles, none is unreachable, and every circle is left after a bounded number of rounds."""

from __future__ import annotations

from semper_host.commerce.flow import Flow
from semper_host.commerce.terms_model import END, Step, Terms, refuse_terms


def check_graph(terms: Terms) -> None:
    """Raise AdmissionRefused (TERMS_INVALID) unless the graph of steps is whole and bounded."""
    _check_targets(terms)
    _check_bounded(terms)


def check_reachable(flow: Flow) -> None:
    """Raise AdmissionRefused (TERMS_INVALID) for a step or end that no way through the terms comes to."""
    reached = {place.step.name for place in flow.places}
    ended = {target for place in flow.places for _, target in place.then}
    for step in flow.terms.steps:
        if step.name not in reached:
            refuse_terms("nothing leads to it", step.name)
    for end in flow.terms.ends:
        if END + end.name not in ended:
            refuse_terms(f"nothing leads to the end {end.name}")


def _targets(step: Step) -> tuple[str, ...]:
    """Return all that `step` can lead to, the way out of its repetition included."""
    onward = tuple(target for _, target in step.then)
    return onward if step.repeat is None else (*onward, step.repeat.then)


def _check_targets(terms: Terms) -> None:
    steps = {step.name for step in terms.steps}
    known = steps | {END + end.name for end in terms.ends}
    for step in terms.steps:
        for target in _targets(step):
            if target not in known:
                refuse_terms(f"it leads to {target}, which is not declared", step.name)
        for needed in step.needs:
            if needed not in steps:
                refuse_terms(f"it needs {needed}, which is no step", step.name)


def _check_bounded(terms: Terms) -> None:
    """Past its bound, a step with `repeat` has its way out alone: with only that left of it, no circle may remain."""
    steps = {step.name: step for step in terms.steps}
    finished: set[str] = set()
    for step in terms.steps:
        _follow(step.name, steps, finished, [])


def _follow(name: str, steps: dict[str, Step], finished: set[str], way: list[str]) -> None:
    """Depth first; at most MAX_STEPS deep."""
    if name in way:
        circle = " -> ".join([*way[way.index(name) :], name])
        refuse_terms(f"the circle {circle} has no bound: give one of its steps a `repeat`", name)
    if name in finished or name not in steps:
        return
    step = steps[name]
    onward = [target for _, target in step.then] if step.repeat is None else [step.repeat.then]
    for target in onward:
        _follow(target, steps, finished, [*way, name])
    finished.add(name)

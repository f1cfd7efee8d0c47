"""Terms unrolled: every visit of a step is a place of its own, so a flow has no circles and each path is finite.

`unfold` needs terms that `check_graph` accepted. What proofs ask of paths they ask through `Flow.facts`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from semper_host.commerce.terms_model import END, Step, Terms, refuse_terms

MAX_PLACES = 2_000
MAX_FACTS = 20_000

F = TypeVar("F")
Path = tuple[tuple[str, str], ...]
"""A way through a flow: pairs of place and outcome."""


class Place(msgspec.Struct, frozen=True):
    """One visit of a step: `name` is the step's, with the counts of repeated steps after a # once there are any.

    `iteration` rises with every visit of a step on a path, from 0. `then` pairs outcomes with places or END.name.
    """

    name: str
    step: Step
    iteration: int
    then: tuple[tuple[str, str], ...]


class Flow(msgspec.Struct, frozen=True):
    """The places of `terms`, each after all from which it can be reached."""

    terms: Terms
    start: str
    places: tuple[Place, ...]

    def by_name(self) -> dict[str, Place]:
        """Return the places by name."""
        return {place.name: place for place in self.places}

    def facts(self, first: F, after: Callable[[F, Place, str], Iterable[F]]) -> dict[str, dict[F, Path]]:
        """Return what can be true at each place and end, with a path that makes it so.

        `first` holds at the start; `after(fact, place, outcome)` gives what can hold after the outcome. Facts are
        hashable. Raises AdmissionRefused (TERMS_INVALID) for terms too intricate to follow.
        """
        found: dict[str, dict[F, Path]] = {self.start: {first: ()}}
        total = 0
        for place in self.places:
            for fact, path in found[place.name].items():
                for outcome, target in place.then:
                    there = found.setdefault(target, {})
                    for new in after(fact, place, outcome):
                        there.setdefault(new, (*path, (place.name, outcome)))
                        total += 1
                        if total > MAX_FACTS:
                            refuse_terms("it has too many ways through it to be proved", place.step.name)
        return found


def unfold(terms: Terms) -> Flow:
    """Return the flow of `terms`. Raises AdmissionRefused (TERMS_INVALID) beyond MAX_PLACES places."""
    return _Unfolding(terms).flow()


def spoken_path(path: Path) -> str:
    """Return a path in words: "agree done, pay aborted"."""
    return ", ".join(f"{place} {outcome}" for place, outcome in path) or "the start"


class _Unfolding:
    """Follows the steps from the start, counting how often each step with `repeat` was entered."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._steps = {step.name: step for step in terms.steps}
        self._repeated = [step.name for step in terms.steps if step.repeat is not None]
        self._done: dict[str, Place] = {}

    def flow(self) -> Flow:
        none = tuple(0 for _ in self._repeated)
        start = self._enter(self._terms.start, none)
        pending = [start]
        while pending:
            name, counts = pending.pop()
            if name in self._done or name.startswith(END):
                continue
            if len(self._done) == MAX_PLACES:
                refuse_terms(f"its repetitions unroll to more than {MAX_PLACES} places")
            step = self._steps[name.partition("#")[0]]
            targets = [(outcome, self._enter(target, counts)) for outcome, target in step.then]
            then = tuple((outcome, target) for outcome, (target, _) in targets)
            self._done[name] = Place(name, step, sum(counts), then)
            pending += [entered for _, entered in reversed(targets)]
        return Flow(self._terms, start[0], _in_order(start[0], self._done))

    def _enter(self, target: str, counts: tuple[int, ...]) -> tuple[str, tuple[int, ...]]:
        """Return the place that entering `target` leads to, and the counts there."""
        while not target.startswith(END):
            repeat = self._steps[target].repeat
            if repeat is None:
                break
            at = self._repeated.index(target)
            if counts[at] < repeat.most:
                counts = (*counts[:at], counts[at] + 1, *counts[at + 1 :])
                break
            target = repeat.then
        else:
            return target, counts
        return (f"{target}#{'.'.join(map(str, counts))}" if any(counts) else target), counts


def _in_order(start: str, places: dict[str, Place]) -> tuple[Place, ...]:
    """Return the places so that each comes after all that lead to it (reverse postorder)."""
    order: list[Place] = []
    seen: set[str] = {start}
    stack = [(places[start], iter(places[start].then))]
    while stack:
        place, rest = stack[-1]
        target = next((t for _, t in rest if t in places and t not in seen), None)
        if target is None:
            order.append(place)
            stack.pop()
        else:
            seen.add(target)
            stack.append((places[target], iter(places[target].then)))
    return tuple(reversed(order))

"""What one role sees of a flow: the places it takes part in or is told about, the rest contracted.

A local state is the set of places and ends that the role, knowing what it was told, must reckon with. Between
two roles that are told everything each state is one place; more roles make the difference.
"""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from semper_host.commerce.flow import Flow, Place
from semper_host.commerce.terms_model import END


class Local(msgspec.Struct, frozen=True):
    """The flow as `role` sees it: `states` by name, each with its members; `moves` by place and outcome."""

    role: str
    start: str
    states: dict[str, tuple[str, ...]]
    moves: dict[tuple[str, str], str]

    def is_end(self, state: str) -> bool:
        """Say whether the role is done in `state`."""
        return all(member.startswith(END) for member in self.states[state])


def localise(flow: Flow, role: str) -> Local:
    """Return the flow as `role` sees it."""
    places = flow.by_name()
    start = _reckoned(places, flow.start, role)
    local = Local(role, _name(start), {_name(start): start}, {})
    states, moves = local.states, local.moves
    pending = [start]
    while pending:
        for member in pending.pop():
            if member.startswith(END):
                continue
            for outcome, target in places[member].then:
                state = _reckoned(places, target, role)
                name = moves[member, outcome] = _name(state)
                if name not in states:
                    states[name] = state
                    pending.append(state)
    return local


def sees(place: Place, role: str) -> bool:
    """Say whether `role` learns how `place` ends."""
    return role in place.step.tell


def _reckoned(places: dict[str, Place], target: str, role: str) -> tuple[str, ...]:
    """Return the seen places and ends that `target` leads to without `role` seeing anything, sorted."""
    found: set[str] = set()
    passed = {target}
    pending = [target]
    while pending:
        name = pending.pop()
        if name.startswith(END) or sees(places[name], role):
            found.add(name)
            continue
        onward = {after for _, after in places[name].then} - passed
        passed |= onward
        pending += onward
    return tuple(sorted(found))


def _name(members: Iterable[str]) -> str:
    return "|".join(members)

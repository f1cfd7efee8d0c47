"""What each role of the terms must be able to do: derived from the flow, and equal to what the manifest requests."""

from __future__ import annotations

from collections.abc import Iterator

from semper_host.commerce.terms_model import Exchange, ItemName, Section, Step, Terms, Transfer
from semper_host.model.grants import Capability

GIVING = {
    Section.MONEY: Capability.MONEY_PAY,
    Section.INFO: Capability.INFORMATION_RELEASE,
    Section.STATEMENT: Capability.STATEMENT_SIGN,
    Section.CREDENTIAL: Capability.CREDENTIAL_SHOW,
}
"""The capability that giving an item of each family takes; receiving takes one for money only."""


def capabilities(terms: Terms) -> dict[str, frozenset[Capability]]:
    """Return the capabilities of each acting role."""
    found: dict[str, set[Capability]] = {role: set() for role in terms.actors}
    for step in terms.steps:
        for giver, receiver, item in _given(step):
            found[giver].add(GIVING[item.family])
            if item.family is Section.MONEY:
                found[receiver].add(Capability.MONEY_RECEIVE)
    for role, needed in terms.requires:
        if needed and role in found:
            found[role].add(Capability.CREDENTIAL_SHOW)
    return {role: frozenset(each) for role, each in found.items()}


def needed_capabilities(terms: Terms) -> frozenset[Capability]:
    """Return what a commerce service with these terms must request: the union over its roles."""
    return frozenset().union(*capabilities(terms).values())


def _given(step: Step) -> Iterator[tuple[str, str, ItemName]]:
    """Yield giver, receiver and item of all that `step` moves."""
    if isinstance(step, Exchange):
        for side, other in ((step.left, step.right), (step.right, step.left)):
            yield from ((side.role, other.role, item) for item in side.items)
    elif isinstance(step, Transfer):
        yield step.giver, step.receiver, step.item

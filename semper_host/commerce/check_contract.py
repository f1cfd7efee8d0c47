"""Proof: a contract between payer and payee precedes every payment, and evidence precedes every arbiter's decision."""

from __future__ import annotations

from collections.abc import Iterable

from semper_host.commerce.flow import Flow, Place, spoken_path
from semper_host.commerce.terms_model import (
    ARBITER,
    Decide,
    Exchange,
    ExchangeKind,
    Fairness,
    Section,
    Step,
    Transfer,
    refuse_terms,
)

Signed = frozenset[frozenset[str]]
"""The pairs of roles that have signed a contract with each other."""


def check_contract(flow: Flow) -> None:
    """Raise AdmissionRefused (TERMS_INVALID) if some path reaches a payment, or the arbiter, without its contract."""
    nothing: Signed = frozenset()
    known = flow.facts(nothing, _after)
    for place in flow.places:
        for signed, path in known[place.name].items():
            pair = _payment(place.step)
            if pair is not None and pair not in signed:
                payer_payee = " and ".join(sorted(pair))
                cause = f"a payment is made before {payer_payee} have a contract (after {spoken_path(path)})"
                refuse_terms(cause, place.step.name)
            if not signed and isinstance(place.step, Decide) and flow.terms.kind_of(place.step.role) == ARBITER:
                refuse_terms(f"the arbiter has no contract to judge by (after {spoken_path(path)})", place.step.name)


def _after(signed: Signed, place: Place, outcome: str) -> Iterable[Signed]:
    step = place.step
    if isinstance(step, Exchange) and step.kind is ExchangeKind.CONTRACT and outcome == "done" and _binding(step):
        return (signed | {frozenset(step.parties)},)
    return (signed,)


def _binding(step: Exchange) -> bool:
    """Two plain transfers of signatures may end with one of them: no contract to rely on."""
    return step.fair is not Fairness.NONE


def _payment(step: Step) -> frozenset[str] | None:
    """Return payer and payee if `step` moves money."""
    if isinstance(step, Exchange) and (step.left.money or step.right.money):
        return frozenset(step.parties)
    if isinstance(step, Transfer) and step.item.family is Section.MONEY:
        return frozenset(step.parties)
    return None

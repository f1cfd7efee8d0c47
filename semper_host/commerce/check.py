"""What is proved of terms before anyone runs them, and what is computed for people to judge (DESIGN §7)."""

from __future__ import annotations

import msgspec

from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.capabilities import capabilities, needed_capabilities
from semper_host.commerce.check_balance import check_balance
from semper_host.commerce.check_contract import check_contract
from semper_host.commerce.check_credentials import check_credentials
from semper_host.commerce.check_deadlines import check_deadlines
from semper_host.commerce.check_deadlock import check_deadlock
from semper_host.commerce.check_fairness import check_fairness
from semper_host.commerce.check_graph import check_graph, check_reachable
from semper_host.commerce.check_knowledge import check_knowledge
from semper_host.commerce.check_risk import Risk, RiskKind, risks
from semper_host.commerce.flow import Flow, unfold
from semper_host.commerce.flow_text import flow_lines, mermaid
from semper_host.commerce.localise import localise
from semper_host.commerce.terms_model import Terms
from semper_host.commerce.worst_case import WorstCase
from semper_host.model.grants import Capability


class Checked(msgspec.Struct, frozen=True):
    """Terms that were proved, with what they take and can cost at most."""

    terms: Terms
    capabilities: dict[str, frozenset[Capability]]
    """What each acting role must be able to do."""
    needed: frozenset[Capability]
    """The union of these: exactly what the manifest must request."""
    risks: tuple[Risk, ...]
    longest: int
    """The seconds that a whole deal can take at most."""
    lines: tuple[str, ...]
    """The flow in words."""
    mermaid: str
    """The flow as a Mermaid state diagram."""

    def risks_of(self, role: str) -> tuple[Risk, ...]:
        """Return what `role` has at risk, step by step."""
        return tuple(risk for risk in self.risks if risk.role == role)


def check(source: Terms | BoundTerms) -> Checked:
    """Prove terms and compute risk, duration and rights; exact for bound terms, else the worst that the ranges allow.

    Raises AdmissionRefused (TERMS_INVALID) with the step and the reason.
    """
    worst = WorstCase(source)
    terms = worst.terms
    flow = prove(terms)
    return Checked(
        terms=terms,
        capabilities=capabilities(terms),
        needed=needed_capabilities(terms),
        risks=risks(flow, worst),
        longest=worst.longest(flow),
        lines=flow_lines(worst),
        mermaid=mermaid(worst),
    )


def prove(terms: Terms) -> Flow:
    """Return the flow of `terms` after every proof. Raises AdmissionRefused (TERMS_INVALID)."""
    check_graph(terms)
    check_deadlines(terms)
    check_fairness(terms)
    flow = unfold(terms)
    check_reachable(flow)
    check_credentials(flow)
    check_contract(flow)
    check_balance(flow)
    views = tuple(localise(flow, role) for role in terms.actors)
    check_knowledge(flow, views)
    check_deadlock(flow, views)
    return flow


__all__ = ["Checked", "Risk", "RiskKind", "capabilities", "check", "needed_capabilities", "prove"]

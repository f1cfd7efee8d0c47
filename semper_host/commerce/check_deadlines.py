"""Proof: every wait has a deadline, and silence has a meaning."""

from __future__ import annotations

from semper_host.commerce.terms_model import Decide, Exchange, Fairness, Span, Step, Terms, refuse_terms
from semper_host.exchange.labels import DELTA


def check_deadlines(terms: Terms) -> None:
    """Raise AdmissionRefused (TERMS_INVALID) unless each step ends by itself after a time of at least a second."""
    for step in terms.steps:
        _check_span(terms, step, step.within, "within")
        if isinstance(step, Exchange):
            _check_trustee_window(terms, step)
        if isinstance(step, Decide):
            outcomes = {outcome for outcome, _ in step.then}
            if "late" not in outcomes:
                refuse_terms("it waits and doesn't say where silence leads: `late` is missing", step.name)
            if len(outcomes) == 1:
                refuse_terms("it leaves nothing to decide", step.name)


def _check_trustee_window(terms: Terms, step: Exchange) -> None:
    if step.fair is Fairness.STRONG:
        _check_span(terms, step, step.resolve_within, "resolve_within", DELTA)
    elif step.resolve_within is not None:
        refuse_terms("`resolve_within` means something only where `fair` is strong", step.name)


def _check_span(terms: Terms, step: Step, span: Span | None, key: str, at_least: int = 1) -> None:
    if span is None:
        refuse_terms(f"it waits without a deadline: `{key}` is missing", step.name)
    least = terms.parameter(span.parameter).least if span.parameter else span.seconds
    if least < 1:
        refuse_terms(f"`{key}` can be no time at all", step.name)
    if least < at_least:
        refuse_terms(f"`{key}` can be less than {at_least} seconds, too short for the trustee", step.name)

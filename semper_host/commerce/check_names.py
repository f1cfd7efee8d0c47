"""Proof: every role, item and parameter that terms name is declared, and what is declared is used."""

from __future__ import annotations

from collections.abc import Set

from semper_host.commerce.terms_model import (
    ARBITER,
    TRUSTEE,
    End,
    Exchange,
    ItemName,
    Step,
    Terms,
    Transfer,
    refuse_terms,
)


def check_names(terms: Terms) -> None:
    """Raise AdmissionRefused (TERMS_INVALID) if `terms` name what they don't declare, or declare what nobody uses."""
    _check_roles(terms)
    _check_items(terms)


def _check_roles(terms: Terms) -> None:
    """Kinds are distinct, every role is declared, and every role but the helpers acts."""
    kinds, acting = dict(terms.roles), terms.actors
    if len(set(kinds.values())) != len(kinds):
        refuse_terms("two roles are of the same kind")
    for step in terms.steps:
        _check_parties(step, kinds)
    for step in terms.steps:
        for role in step.tell:
            if role not in acting:
                refuse_terms(f"role {role}, which is told, takes part in no step", step.name)
    for role in (*(role for role, _ in terms.requires), *(held.role for end in terms.ends for held in end.holdings)):
        if role not in kinds:
            refuse_terms(f"role {role} is not declared")
    for role, kind in terms.roles:
        if role not in acting and kind not in (TRUSTEE, ARBITER):
            refuse_terms(f"role {role} takes part in no step")


def _check_parties(step: Step, kinds: dict[str, str]) -> None:
    for role in step.parties:
        if role not in kinds:
            refuse_terms(f"role {role} is not declared", step.name)
        if kinds[role] == TRUSTEE:
            refuse_terms("the trustee takes no part but inside an exchange", step.name)
    if len(set(step.parties)) != len(step.parties):
        refuse_terms(f"role {step.parties[0]} deals with itself", step.name)


def _check_items(terms: Terms) -> None:
    """Every item, parameter and end named is declared, and every item declared is used."""
    declared = {spec.item for spec in terms.items}
    used = {item for step in terms.steps for item in _named_items(step)}
    for step in terms.steps:
        for item in _named_items(step):
            if item not in declared:
                refuse_terms(f"{item} is not declared", step.name)
        for span in (step.within, getattr(step, "resolve_within", None)):
            if span is not None and span.parameter and not _is_duration(terms, span.parameter):
                refuse_terms(f"{span.parameter} is no parameter of kind duration", step.name)
    for item in sorted(declared - used, key=str):
        refuse_terms(f"{item} is declared but never given")
    for end in terms.ends:
        _check_holdings(end, declared)


def _check_holdings(end: End, declared: Set[ItemName]) -> None:
    seen: set[tuple[str, ItemName]] = set()
    for held in end.holdings:
        if held.item not in declared:
            refuse_terms(f"end {end.name} names {held.item}, which is not declared")
        if (held.role, held.item) in seen:
            refuse_terms(f"end {end.name} names {held.item} twice for {held.role}")
        seen.add((held.role, held.item))


def _is_duration(terms: Terms, name: str) -> bool:
    return any(spec.name == name and spec.kind == "duration" for spec in terms.parameters)


def _named_items(step: Step) -> tuple[ItemName, ...]:
    if isinstance(step, Exchange):
        return (*step.left.items, *step.right.items)
    return (step.item,) if isinstance(step, Transfer) else ()

"""Proof: at each end, on every path to it, each role holds exactly what the end says."""

from __future__ import annotations

from collections import Counter

from semper_host.commerce.flow import Flow, spoken_path
from semper_host.commerce.holdings import Holdings, holdings
from semper_host.commerce.terms_model import END, End, refuse_terms


def check_balance(flow: Flow) -> None:
    """Raise AdmissionRefused (TERMS_INVALID) for an end whose balance some path contradicts."""
    found = holdings(flow)
    for end in flow.terms.ends:
        for held, path in found[END + end.name].items():
            cause = _difference(end, held)
            if cause:
                last = path[-1][0].partition("#")[0]
                refuse_terms(f"end {end.name} is wrong after {spoken_path(path)}: {cause}", last)


def _difference(end: End, held: Holdings) -> str:
    """Return how `held` contradicts what `end` says, or nothing."""
    counts = Counter((unit.holder, unit.item) for unit in held)
    for said in end.holdings:
        count = counts.pop((said.role, str(said.item)), 0)
        if count < said.least:
            return f"{said.role} is said to hold {said.item}, but does not"
        if said.most is not None and count > said.most:
            return f"{said.role} holds {said.item} {count} times"
    for role, item in sorted(counts):
        return f"{role} holds {item}, which it doesn't say"
    return ""

"""Claims and verdicts as people write and read them. Pure."""

from __future__ import annotations

from semper_host.commerce.dispute import NOBODY, Claim, ClaimKind, Verdict
from semper_host.commerce.planning import BUYER, SELLER
from semper_host.model.errors import UsageError


def read_claim(text: str) -> Claim:
    """Return the claim that "buyer:not-delivered" or "seller:not-paid:pay" says. Raises UsageError (USAGE_INVALID)."""
    by, _, rest = text.partition(":")
    kind, _, step = rest.partition(":")
    known = {each.value.replace(" ", "-"): each for each in ClaimKind}
    if by not in (BUYER, SELLER) or kind not in known:
        kinds = ", ".join(sorted(known))
        why = f"cannot hear the claim {text[:64]!r}: write buyer or seller, a colon, and one of {kinds}"
        raise UsageError("USAGE_INVALID", why)
    return Claim(by, known[kind], step)


def lines_of_verdict(verdict: Verdict) -> tuple[str, ...]:
    """Return a verdict as lines of plain text."""
    if not verdict.decided:
        return ("Nobody is convicted.", f"{verdict.why.capitalize()}.")
    who = "Nobody deviated" if verdict.deviated == NOBODY else f"The {verdict.deviated} deviated"
    return (f"{who}: {verdict.why}.",)

"""Words for people: why a bundle may do what it may, and what is missing for the rest."""

from __future__ import annotations

from semper_host.admission.manifest import Manifest
from semper_host.admission.weighing import Ruling, Weighed
from semper_host.model.grants import Capability, Grant

WORDS: dict[Capability, str] = {
    Capability.ASK_BANK: "send messages to the bank of your purse",
    Capability.COINS_HOLD: "have coins made and be handed coins you approved",
    Capability.BANK_ISSUE: "sign coins with the bank's keys",
    Capability.BANK_LEDGER: "post to the bank's ledger",
    Capability.BANK_ATTEST: "have the bank sign the state of money held",
    Capability.MONEY_PAY: "have terms under which money is paid",
    Capability.MONEY_RECEIVE: "have terms under which money is received",
    Capability.STATEMENT_SIGN: "have terms under which statements are signed",
    Capability.INFORMATION_RELEASE: "have terms under which information is handed over",
    Capability.CREDENTIAL_SHOW: "have terms under which a credential is shown",
}
"""What each capability means, to follow "it may" or "it asks to"."""


def explain(manifest: Manifest, weighed: Weighed) -> tuple[str, ...]:
    """Return the lines that say what the bundle may do and why, what it may not and what is missing."""
    lines = [f"{manifest.name}, a {manifest.kind} published by key {manifest.publisher[:16]}…"]
    lines += [
        f"evaluated by {by.name} (vouched for by your root {by.root}) under {evaluation.policy}"
        + "".join(f"; {condition}" for condition in evaluation.conditions)
        for evaluation, by in weighed.vouched
    ]
    lines += [f"an evaluation does not count: {error.message}" for error in weighed.rejected]
    lines += [_line(ruling) for ruling in weighed.rulings]
    if not manifest.requests:
        lines.append("it asks for nothing: it computes and proposes, and touches nothing else")
    return tuple(lines)


def asks(manifest: Manifest) -> str:
    """Return what the bundle needs, in one phrase: "have terms under which money is paid (at most 5.00 EUR), …"."""
    needed = [asked for asked in manifest.requests if not asked.optional]
    return ", ".join(f"{WORDS[asked.capability]}{_bounds(asked.grant)}" for asked in needed)


def shortfall(ruling: Ruling) -> str:
    """Return what a refused request asked and what stands in its way."""
    return f"{WORDS[ruling.asked.capability]}: {'; '.join(ruling.obstacles)}"


def _line(ruling: Ruling) -> str:
    if ruling.granted:
        bounds = " or ".join(_bounds(grant) for grant in ruling.granted)
        return f"may {WORDS[ruling.asked.capability]}{bounds}, because {', '.join(ruling.vouchers)} vouches for it"
    needed = "does without" if ruling.asked.optional else "needs"
    return f"may not {shortfall(ruling)} (it {needed} this: {ruling.asked.reason})"


def _bounds(grant: Grant) -> str:
    bounds = []
    if grant.most is not None:
        bounds.append(f"at most {grant.most}")
    if grant.calls is not None:
        bounds.append(f"at most {grant.calls} times a deal")
    return f" ({', '.join(bounds)})" if bounds else ""

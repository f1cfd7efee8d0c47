"""What each right means, in the words that people are shown."""

from __future__ import annotations

from semper_host.admission.manifest import Manifest
from semper_host.admission.weighing import Ruling
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
    Capability.CREDENTIAL_ISSUE: "have credentials signed with the issuer's key, and revoke them",
    Capability.CREDENTIAL_VERIFY: "look up what was revoked, and redeem what can be used once",
}
"""What each capability means, to follow "it may" or "it asks to"."""


def asks(manifest: Manifest) -> str:
    """Return what the bundle needs, in one phrase: "have terms under which money is paid (at most 5.00 EUR), …"."""
    needed = [asked for asked in manifest.requests if not asked.optional]
    return ", ".join(f"{WORDS[asked.capability]}{bounds_of(asked.grant)}" for asked in needed)


def shortfall(ruling: Ruling) -> str:
    """Return what a refused request asked and what stands in its way."""
    return f"{WORDS[ruling.asked.capability]}: {'; '.join(ruling.obstacles)}"


def bounds_of(grant: Grant) -> str:
    """Return how far a grant goes, in parentheses; nothing where it has no bounds."""
    bounds = []
    if grant.most is not None:
        bounds.append(f"at most {grant.most}")
    if grant.calls is not None:
        bounds.append(f"at most {grant.calls} times a deal")
    return f" ({', '.join(bounds)})" if bounds else ""

"""What this host lets a kind of bundle have, whoever vouches for it; and what the broker lets through at run time."""

from __future__ import annotations

from collections.abc import Mapping

from semper_host.model.grants import Capability, Grants

C = Capability
CEILING: Mapping[str, frozenset[Capability]] = {
    "commerce-service": frozenset(
        {C.MONEY_PAY, C.MONEY_RECEIVE, C.STATEMENT_SIGN, C.INFORMATION_RELEASE, C.CREDENTIAL_SHOW}
    ),
    "payment-system": frozenset({C.ASK_BANK, C.COINS_HOLD, C.BANK_ISSUE, C.BANK_LEDGER, C.BANK_ATTEST}),
    "item-manager": frozenset({C.CREDENTIAL_ISSUE, C.CREDENTIAL_SHOW, C.CREDENTIAL_VERIFY}),
}
"""The most that a bundle of each kind can be granted."""

_RUNS_REQUESTS = frozenset({"payment-system", "item-manager"})


def runtime_grants(kind: str, grants: Grants) -> Grants:
    """Return what the broker may let a running bundle of `kind` do, out of what admission granted.

    A commerce service's grants allow its *terms* to have steps that the host runs; its code may do nothing beyond
    the baseline, so a `Pay` that it yields is refused whatever was granted.
    """
    allowed = CEILING[kind] if kind in _RUNS_REQUESTS else frozenset()
    return Grants(tuple(grant for grant in grants.items if grant.capability in allowed), grants.evaluated)

"""Whether somebody certified may still be relied on, by all that this home's repositories say was revoked."""

from __future__ import annotations

from semper_host.admission.revoked import Negative
from semper_host.host import standing, trusting
from semper_host.host.home import Home
from semper_host.supporting.cryptographic.cose import Certified


def check_not_revoked(home: Home, now: int, *parties: Certified) -> None:
    """Refuse new business with merchants, banks or trustees whose certificate, or one above it, was revoked by `now`.

    Judged by the lists that this home knows; deals that run go on. Raises AdmissionRefused CHAIN_REVOKED.
    """
    trust = trusting.load(home.trust)
    known = standing.standings(standing.rows(home, trust.policy))
    negative = Negative(known, trust.roots, frozenset(trust.policy.vetoes))
    for party in parties:
        negative.check_certified(party, now)

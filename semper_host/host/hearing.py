"""What an opened home has heard of revocations, and whether that gets too old (`staleness` has the words)."""

from __future__ import annotations

from semper_host.admission.trust import TrustPolicy
from semper_host.host import staleness, standing
from semper_host.host.home import Home
from semper_host.model.errors import SemperError


def heard_of(home: Home, policy: TrustPolicy) -> dict[str, int]:
    """Return when what each repository last said was true, by its name, as the archive knows it. Raises SemperError."""
    return {each.repository: each.at for each in standing.standings(standing.rows(home, policy))}


def warnings_in(home: Home, policy: TrustPolicy, now: int) -> tuple[str, ...]:
    """Return the warnings for an opened home. None of what can't be read keeps anybody from going on."""
    left = staleness.read(home.path)
    try:
        return staleness.warnings(policy, heard_of(home, policy), now, left.trouble if left else "")
    except SemperError as error:
        return (error.message,)

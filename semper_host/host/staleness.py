"""What a person is told before a home's word on revocations gets too old to grant anything, and what keeps it so.

Whoever refreshes it (`refreshing`) leaves beside the keys, in words and readable without them, when it asked, what it
had heard by then and what went wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import msgspec

from semper_host.admission.standing import Freshness
from semper_host.admission.trust import TrustedRepository, TrustPolicy
from semper_host.host.explaining import moment
from semper_host.supporting.cryptographic.durable_file import replace

HEARD = "heard.json"
_SCHEMA = "semper.heard/1"
_MOST = 64 * 1024
_EARLY = 4
"""The first warning comes when a fourth of the shortest bound is over: after 90 minutes of a payment system's six."""
_KINDS = {"payment-system": "payment systems", "commerce-service": "services", "item-manager": "item managers"}
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """When this home last asked its repositories (seconds since 1970), when what each last said of revocations was
    true (by its name; none: nothing was heard of it), and why asking fails, since when ("": it does not).
    """

    schema: str = _SCHEMA
    asked: int
    heard: dict[str, int] = {}
    trouble: str = ""
    since: int = 0


def read(home: Path) -> Heard | None:
    """Return what whoever serves the home at this path left; None where nobody did, or it can't be read."""
    try:
        with (home / HEARD).open("rb") as file:
            found = msgspec.json.decode(file.read(_MOST), type=Heard)
    except (OSError, msgspec.MsgspecError, UnicodeDecodeError):
        return None
    return found if found.schema == _SCHEMA else None


def write(home: Path, heard: Heard) -> None:
    """Leave it for `semper doctor` and `semper trust list`. Raises OSError."""
    replace(home / HEARD, msgspec.json.encode(heard))


def warnings(policy: TrustPolicy, heard: Mapping[str, int], now: int, trouble: str = "") -> tuple[str, ...]:
    """Return what a person should know of each repository of `policy` whose word gets old, soon or already.

    `trouble`: why it could not be asked. Nothing where all is well.
    """
    found = tuple(
        line
        for each in policy.repositories
        if each.name in heard or trouble
        for line in _warning(each, heard.get(each.name), policy.staleness, now)
    )
    return (*found, f"asking failed: {trouble}") if found and trouble else found


def warnings_at(home: Path, policy: TrustPolicy, now: int) -> tuple[str, ...]:
    """Return the warnings for the home at a path, its keys closed: by what whoever serves it left there."""
    left = read(home)
    if left is None:
        return ()
    found = warnings(policy, left.heard, now, left.trouble)
    if found or not left.trouble:
        return found
    return (f"no news of revocations since {moment(left.since)}: {left.trouble}",)


def _warning(repository: TrustedRepository, at: int | None, freshness: Freshness, now: int) -> tuple[str, ...]:
    """Return what is known too old, or will be, and what to do."""
    name = repository.name
    if at is None:
        return (f"nothing that counts was heard of {name}: its log gives no rights here", _help(repository))
    ends: dict[int, list[str]] = {}
    for kind, words in _KINDS.items():
        ends.setdefault(at + freshness.bound(kind, offline=True), []).append(words)
    if now - at < (min(ends) - at) // _EARLY:
        return ()
    said = f"what {name} last said of revocations is {_age(now - at)} old"
    for end, kinds in sorted(ends.items()):
        if end <= now:
            said += f"; it is too old for {_and(kinds)}, which get no rights here"
        else:
            said += f"; it counts for {_and(kinds)} until {moment(end)}"
    return (said, _help(repository))


def _help(repository: TrustedRepository) -> str:
    if not repository.url:
        return "Only what merchants staple renews it: `semper trust repository add` can give it an address."
    return (
        f"See that {repository.url} can be reached: `semper up` asks it every minute then, "
        "`semper trust explain --refresh` at once."
    )


def _age(seconds: int) -> str:
    if seconds >= 2 * _DAY:
        return f"{seconds // _DAY} days"
    return f"{seconds // _HOUR} hours" if seconds >= 2 * _HOUR else f"{seconds // _MINUTE} minutes"


def _and(words: list[str]) -> str:
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else words[0]

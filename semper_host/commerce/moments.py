"""Points in time in words, in universal time: the same on every machine, whatever its zone."""

from __future__ import annotations

from datetime import date, timedelta

_LAST_SECOND = 253_402_300_799  # the end of the year 9999
_DAY = 86_400


def moment(at: int) -> str:
    """Return a time (seconds since 1970) as "2026-05-01 10:00:00 UTC"."""
    if not 0 <= at <= _LAST_SECOND:
        return f"second {at}"
    days, seconds = divmod(at, _DAY)
    hours, rest = divmod(seconds, 3600)
    return f"{date(1970, 1, 1) + timedelta(days=days)} {hours:02}:{rest // 60:02}:{rest % 60:02} UTC"

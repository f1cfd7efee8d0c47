"""What PostgreSQL's refusals become: who can act, and whether trying again in another order helps.

Codes are SQLSTATEs (postgresql.org/docs/current/errcodes-appendix.html).
"""

from __future__ import annotations

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as NoConnection

from semper_host.model.errors import SemperError, Unavailable

try:
    from psycopg import Error as _DriverError
except ModuleNotFoundError:  # the optional driver: then no such error comes
    _DriverError = DBAPIError  # type: ignore[assignment,misc]

FAULTS = (DBAPIError, _DriverError, NoConnection)
"""What the driver raises, wrapped by SQLAlchemy or bare."""

_COLLISIONS = {
    "40001": "serialization failure",
    "40P01": "deadlock",
    "23505": "somebody wrote this key first",
    "42P07": "somebody created this table first",
    "42710": "somebody created this object first",
}
"""What may come of another process writing at the same time: alone, it either works or is refused for good reason."""
_CODES = {
    "53": ("STORAGE_FULL", "the database server has run out of something"),
    "54": ("STORAGE_FULL", "a limit of the database is exceeded"),
    "58": ("STORAGE_FULL", "the database server's disk failed"),
    "XX001": ("STORAGE_CORRUPT", "the database is damaged"),
    "XX002": ("STORAGE_CORRUPT", "an index of the database is damaged"),
    "40": ("HOME_BUSY", "other processes keep writing to this home"),
    "55P03": ("HOME_BUSY", "another process keeps the writers' lock"),
    "57014": ("HOME_BUSY", "the database took too long"),
    "08": ("STORAGE_UNREACHABLE", "the connection was lost"),
    "57": ("STORAGE_UNREACHABLE", "the database server is stopping or starting"),
    "28": ("STORAGE_UNREACHABLE", "the database server does not let this user in"),
    "3D000": ("STORAGE_UNREACHABLE", "there is no such database"),
    "42501": ("STORAGE_UNREACHABLE", "this user lacks a right in the database"),
    "25006": ("STORAGE_FULL", "the database is read-only"),
}
"""SQLSTATEs, or their first two characters (their class), that are nobody's programming error."""


def collided(error: BaseException) -> bool:
    """Say whether another writer was in the way, or may have been."""
    return _state(error) in _COLLISIONS


def translated(error: BaseException) -> SemperError | None:
    """Return the Unavailable (STORAGE_*, HOME_BUSY, OVERLOADED) that `error` stands for, else None."""
    if isinstance(error, NoConnection):
        return Unavailable("OVERLOADED", "cannot use the archive: too many are reading it; nothing was done")
    state = _state(error)
    known = _CODES.get(state) or _CODES.get(state[:2])
    if known is None and not state and _no_server(error):
        known = ("STORAGE_UNREACHABLE", "the database server does not answer")
    if known is None:
        return None
    code, words = known
    return Unavailable(code, f"cannot use the archive: {words} ({_first_line(error)})")


def _cause(error: BaseException) -> BaseException | None:
    return error.orig if isinstance(error, DBAPIError) else error


def _state(error: BaseException) -> str:
    return getattr(_cause(error), "sqlstate", None) or ""


def _no_server(error: BaseException) -> bool:
    """A connection that broke or never came has no SQLSTATE; psycopg then raises an OperationalError."""
    return type(_cause(error)).__name__ in ("OperationalError", "ConnectionTimeout", "InterfaceError")


def _first_line(error: BaseException) -> str:
    return (str(_cause(error)).strip().splitlines() or [""])[0][:200]

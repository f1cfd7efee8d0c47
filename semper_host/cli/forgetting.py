"""`semper deal forget`: what an ended deal holds is erased."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from semper_host.cli.opening import now, opened
from semper_host.cli.printing import show
from semper_host.cli.several import named
from semper_host.host.home import Home
from semper_host.model.errors import UsageError


def forget_deals(
    context: typer.Context,
    deals: Annotated[
        list[str] | None, typer.Argument(metavar="[DEAL]...", help="Their numbers, or the beginnings of them.")
    ] = None,
    before: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], help="All deals that were over before this day (UTC)."),
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Forget deals that are over: what was said in them, and what their journals hold.

    Afterwards this home can neither show nor prove them, nor answer a dispute: export their evidence first if you may
    need it. Files that you bought stay where they are.
    """
    from semper_host.host.forgetting import forget

    with opened(context) as home:
        chosen = _named(home, deals or []) if before is None else _over_before(home, before)
        if before is not None and deals:
            raise UsageError("USAGE_INVALID", "cannot forget deals both by number and by day: give one of them")
        if chosen and not yes:
            typer.confirm(f"Forget {len(chosen)} deal{'s' * (len(chosen) != 1)} for good?", abort=True)
        for deal in chosen:
            forget(home, deal, now())
        show(f"Forgotten: {len(chosen)}.")


def _named(home: Home, starts: list[str]) -> list[bytes]:
    if not starts:
        raise UsageError("USAGE_INVALID", "cannot forget: name deals, or give --before DAY")
    deals = [row.deal for row in home.archive.deals()]
    return list(dict.fromkeys(named(deals, start, "deal") for start in starts))


def _over_before(home: Home, day: datetime) -> list[bytes]:
    until = int(day.replace(tzinfo=UTC).timestamp())
    return [row.deal for row in home.archive.deals() if row.state == "over" and row.at < until]

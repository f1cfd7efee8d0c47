"""`semper deal forget`, and the same of transfers and contracts: what ended ones hold is erased."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from typing import Annotated

import typer

from semper_host.cli.opening import now, opened
from semper_host.cli.printing import show
from semper_host.cli.several import named
from semper_host.model.errors import UsageError

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
_DAY = ["%Y-%m-%d"]


def forget_deals(
    context: typer.Context,
    deals: Annotated[
        list[str] | None, typer.Argument(metavar="[DEAL]...", help="Their numbers, or the beginnings of them.")
    ] = None,
    before: Annotated[
        datetime | None, typer.Option(formats=_DAY, help="All deals that were over before this day (UTC).")
    ] = None,
    yes: Yes = False,
) -> None:
    """Forget deals that are over: what was said in them, and what their journals hold.

    Afterwards this home can neither show nor prove them, nor answer a dispute: export their evidence first if you may
    need it. Files that you bought stay where they are.
    """
    from semper_host.host.forgetting import forget

    with opened(context) as home:
        rows = home.archive.deals()
        over = {row.deal: row.at for row in rows if row.state == "over"}
        chosen = _chosen([row.deal for row in rows], over, deals, before, "deal")
        _forget_all(chosen, "deal", lambda deal: forget(home, deal, now()), yes=yes)


def forget_transfers(
    context: typer.Context,
    transfers: Annotated[
        list[str] | None, typer.Argument(metavar="[TRANSFER]...", help="Their numbers, or the beginnings of them.")
    ] = None,
    before: Annotated[
        datetime | None,
        typer.Option(formats=_DAY, help="All that are delivered or received, with their time over before this day."),
    ] = None,
    late: Annotated[
        bool, typer.Option("--late", help="Also those you name that are late: nobody can come for them any more.")
    ] = False,
    yes: Yes = False,
) -> None:
    """Forget transfers that are over: what was sent, and who signed for it.

    Afterwards this home can neither show nor prove them, nor answer a claim: export their evidence first if you may
    need it. Files that you received stay where they are.
    """
    from semper_host.host.consignments.forgetting import FORGOTTEN, forget
    from semper_host.host.consignments.records import Consignments

    with opened(context) as home:
        consignments = Consignments(home, now)
        rows = {number: row for number, row in consignments.rows().items() if row.state(now()) != FORGOTTEN}
        over = {number: row.until for number, row in rows.items() if row.over and row.until < now()}
        chosen = _chosen(rows, over, transfers, before, "transfer")
        _forget_all(chosen, "transfer", lambda each: forget(consignments, each, now(), late=late), yes=yes)


def forget_contracts(
    context: typer.Context,
    contracts: Annotated[
        list[str] | None, typer.Argument(metavar="[CONTRACT]...", help="Their numbers, or the beginnings of them.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Forget contracts that are over, once nobody can ask the trustee for them: the text, and who signed it.

    Afterwards this home can neither show nor prove them: export the evidence of those that bind you first.
    """
    from semper_host.host.contracts.forgetting import FORGOTTEN, forget
    from semper_host.host.contracts.records import Records

    with opened(context) as home:
        records = Records(home, now)
        rows = [number for number, row in records.rows().items() if row.end != FORGOTTEN]
        chosen = _chosen(rows, {}, contracts, None, "contract")
        _forget_all(chosen, "contract", lambda each: forget(records, each, now()), yes=yes)


def _chosen(
    numbers: Iterable[bytes], over: dict[bytes, int], starts: list[str] | None, before: datetime | None, what: str
) -> list[bytes]:
    """Return those of `numbers` that begin so, or those that were `over` (when, by number) before a day.

    Raises UsageError where neither or both are given, DEAL_UNKNOWN.
    """
    if before is not None and starts:
        raise UsageError("USAGE_INVALID", f"cannot forget {what}s both by number and by day: give one of them")
    if before is not None:
        until = int(before.replace(tzinfo=UTC).timestamp())
        return [number for number, at in over.items() if at < until]
    if not starts:
        day = ", or give --before DAY" if what != "contract" else ""
        raise UsageError("USAGE_INVALID", f"cannot forget: name {what}s{day}")
    known = list(numbers)
    return list(dict.fromkeys(named(known, start, what) for start in starts))


def _forget_all(chosen: list[bytes], what: str, forget: Callable[[bytes], None], *, yes: bool) -> None:
    if chosen and not yes:
        typer.confirm(f"Forget {len(chosen)} {what}{'s' * (len(chosen) != 1)} for good?", abort=True)
    for each in chosen:
        forget(each)
    show(f"Forgotten: {len(chosen)}.")

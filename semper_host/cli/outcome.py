"""How the end of a deal is told, and which exit code it makes."""

from __future__ import annotations

from pathlib import Path

import typer

from semper_host.cli.printing import show, show_json
from semper_host.commerce.deal_state import outcome as outcome_of
from semper_host.host.buyer_screens import recovery_screen
from semper_host.host.buying import Buyer
from semper_host.host.live_deal import LiveDeal
from semper_host.model.outcome import Satisfied

DISSATISFIED, UNFINISHED = 1, 3


def report(buyer: Buyer, live: LiveDeal, goods: list[Path], as_json: bool) -> None:
    """Print how `live` stands or ended. Exits 0 satisfied, 1 dissatisfied, 3 where it still goes on."""
    state = live.state
    outcome = outcome_of(live.business.plan, state)
    if as_json:
        show_json(
            {
                "deal": live.id,
                "end": outcome.end if outcome else None,
                "satisfied": isinstance(outcome, Satisfied),
                "why": getattr(outcome, "why", ""),
                "trouble": live.trouble,
                "labels": {past.name: past.label for past in state.past},
                "goods": [str(folder) for folder in goods],
            }
        )
    else:
        _tell(live, goods, outcome)
    if not live.over:
        if not as_json:
            buyer.interface.show(recovery_screen(live))
        raise typer.Exit(UNFINISHED)
    if not isinstance(outcome, Satisfied):
        raise typer.Exit(DISSATISFIED)


def _tell(live: LiveDeal, goods: list[Path], outcome: object) -> None:
    name = live.id.hex()[:16]
    if isinstance(outcome, Satisfied):
        show(f"Deal {name}: {outcome.end}.", *(f"  goods: {folder}" for folder in goods))
        show(f"  evidence: `semper deal export {name}`")
    elif outcome is not None:
        show(f"Deal {name} ended without the purchase: {getattr(outcome, 'why', '')}".rstrip(": "))
    else:
        show(f"Deal {name} goes on: {live.trouble or 'waiting'}", "  `semper deal resume` goes on with it.")

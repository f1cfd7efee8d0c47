"""How the end of a deal is told, and which exit code it makes."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import typer

from semper_host.cli.printing import show, show_json
from semper_host.commerce.deal_state import outcome as outcome_of
from semper_host.host.buyer_screens import recovery_screen
from semper_host.host.buying import Buyer
from semper_host.host.deal_standing import is_lull, next_act
from semper_host.host.live_deal import LiveDeal
from semper_host.model.outcome import Satisfied

DISSATISFIED, UNFINISHED = 1, 3


LULL_SECONDS = 20
"""How long a command waits for the other side to ship or decide, which may take days, before it leaves that to
`semper deal resume`.
"""


def patience(live: LiveDeal, most: float = float("inf")) -> Callable[[], bool]:
    """Return what says when to give up carrying `live` on: after `most` seconds, or in a lull that does not end."""
    began = moved = time.monotonic()
    before = live.standing

    def over() -> bool:
        nonlocal moved, before
        now = time.monotonic()
        if live.standing is not before or not is_lull(live):
            moved, before = now, live.standing
        return now - began > most or now - moved > LULL_SECONDS

    return over


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
                "waits_for_you": next_act(live).doing if live.awaits_person else "",
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
    elif live.awaits_person:
        following = next_act(live)
        command = "give" if following.doing.startswith("give ") else "decide"
        show(f"Deal {name} waits for you: {following.doing}.", f"  `semper deal {command} {name}` goes on with it.")
    else:
        waiting = f"{next_act(live).actor} is to {next_act(live).doing}" if is_lull(live) else "waiting"
        show(f"Deal {name} goes on: {live.trouble or waiting}", "  `semper deal resume` goes on with it.")

"""`semper transfer pass`: room in a merchant's letterbox for those whom it wants to hear from."""

from __future__ import annotations

from typing import Annotated

import typer

from semper_host.cli.opening import now, opened
from semper_host.cli.printing import harmless, show
from semper_host.model.errors import UsageError


def give_pass(
    context: typer.Context,
    name: Annotated[str, typer.Argument(help="Your own word for it (default: list the passes that count).")] = "",
    withdraw: Annotated[bool, typer.Option("--withdraw", help="Let this pass count no longer.")] = False,
) -> None:
    """Give somebody, or a circle, room of its own among what anonymous senders hand over to this merchant.

    Prints what to put behind `--to` of `semper transfer send --anonymous`: strangers cannot fill that room. You learn
    which pass a sender showed, and no more: give the same one to several who are not to be told apart.
    """
    from semper_host.host.consignments.passes import Passes

    with opened(context) as home:
        passes = Passes(home)
        if not name:
            show(*map(harmless, passes.names()) or ("No passes yet.",))
            return
        if withdraw:
            passes.withdraw(name)
            show(f"The pass {harmless(name)} counts no longer.")
            return
        if home.config.role != "merchant":
            raise UsageError("USAGE_INVALID", "cannot make a pass: only a merchant's home is called by strangers")
        show(f"{home.config.name}={home.config.url}#{passes.give(name, now()).hex()}")

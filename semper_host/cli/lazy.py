"""Commands that are loaded when they are called: `semper --help` and each command import only what they need."""

from __future__ import annotations

import gc
from collections.abc import Mapping
from importlib import import_module
from typing import Any, ClassVar, NamedTuple

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command, get_group


class Later(NamedTuple):
    """A command yet to be loaded: its module in this package, the name there ("app": a noun's verbs), and its help."""

    module: str
    name: str
    help: str


class LazyGroup(TyperGroup):
    """Lists what `later` names without importing it, and imports the one that is called."""

    later: ClassVar[Mapping[str, Later]] = {}

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        for name, what in self.later.items():
            self.commands[name] = TyperCommand(name, help=what.help)

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Put the real command in the place of its stand-in, then go on as usual."""
        if args and args[0] in self.later:
            self.commands[args[0]] = load(args[0], self.later[args[0]])
        return super().resolve_command(ctx, args)


def load(name: str, what: Later) -> Any:
    """Import a command, and return it ready to be called as `name`."""
    found = getattr(import_module(f"{__package__}.{what.module}"), what.name)
    gc.freeze()
    gc.enable()
    if isinstance(found, typer.Typer):
        group = get_group(found)
        group.name = name
        return group
    single = typer.Typer(add_completion=False)
    single.command(name)(found)
    return get_command(single)

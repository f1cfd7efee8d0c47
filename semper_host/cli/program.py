"""The program: the top-level commands, the nouns, and how every refusal is shown."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import click
import typer

from semper_host import __version__
from semper_host.cli import authority, bank, bundle, deal, demo, doctor, home, offer, purse, repo, terms, trust
from semper_host.cli.opening import Settings
from semper_host.cli.printing import show_error
from semper_host.model.errors import CapabilityRefused, SemperError, Unavailable, UsageError

REFUSED, USAGE, UNAVAILABLE = 1, 2, 3

app = typer.Typer(
    name="semper",
    help="Secure commerce between strangers: terms of business as signed, evaluated, sandboxed code; money and goods in"
    " fair exchange; evidence that convinces a stranger.\n\nStart with `semper demo`, or `semper init --help`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
for noun, commands in (
    ("offer", offer.app), ("deal", deal.app), ("purse", purse.app), ("bank", bank.app), ("bundle", bundle.app),
    ("terms", terms.app), ("authority", authority.app), ("repo", repo.app), ("trust", trust.app),
):  # fmt: skip
    app.add_typer(commands, name=noun)
app.command("init")(home.init)
app.command("up")(home.up)
app.command("demo")(demo.demo)
app.command("doctor")(doctor.doctor)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"semper {__version__}")
        raise typer.Exit


@app.callback()
def settings(
    context: typer.Context,
    directory: Annotated[
        Path | None, typer.Option("--home", help="The home to act in (default: $SEMPER_HOME, else the data directory).")
    ] = None,
    passphrase_file: Annotated[
        Path | None, typer.Option(help="Read the home's passphrase from this file instead of asking.", envvar="SEMPER_PASSPHRASE_FILE")
    ] = None,
    version: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")] = False,
) -> None:
    """Remember what all commands need."""
    context.obj = Settings(directory, passphrase_file)


def main() -> None:
    """Run the program. Exit codes: 0 done, 1 refused or dissatisfied, 2 usage, 3 unavailable (try again)."""
    try:
        code = app(standalone_mode=False)
    except SemperError as error:
        show_error(error)
        sys.exit(exit_code(error))
    except click.ClickException as error:
        error.show()
        sys.exit(USAGE)
    except (click.Abort, KeyboardInterrupt):
        sys.stderr.write("Stopped. What was committed is kept; `semper deal list` shows where things stand.\n")
        sys.exit(REFUSED)
    except BrokenPipeError:
        sys.exit(0)
    sys.exit(code if isinstance(code, int) else 0)


def exit_code(error: SemperError) -> int:
    """Return the exit code of a refusal (DESIGN §4)."""
    if isinstance(error, UsageError):
        return USAGE
    return UNAVAILABLE if isinstance(error, Unavailable) and not isinstance(error, CapabilityRefused) else REFUSED

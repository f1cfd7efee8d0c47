"""The program: the top-level commands, the nouns, and how every refusal is shown."""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path
from typing import Annotated, ClassVar

import typer

from semper_host import __version__
from semper_host.cli.lazy import Later, LazyGroup
from semper_host.cli.printing import show_error
from semper_host.cli.settings import Settings
from semper_host.model.errors import CapabilityRefused, SemperError, Unavailable, UsageError

REFUSED, USAGE, UNAVAILABLE = 1, 2, 3
DEBUG = "SEMPER_DEBUG"
"""Set in the environment, it lets a fault show where it happened."""
_INTERRUPTED = 130  # what typer makes of Ctrl-C


class Commands(LazyGroup):
    """All commands, in the order in which a newcomer meets them."""

    later: ClassVar[dict[str, Later]] = {
        "demo": Later("demo", "demo", "Watch strangers trade: a whole purchase, then four that go wrong."),
        "init": Later("home", "init", "Make a home: keys under a passphrase, an empty archive, and trust in nobody."),
        "doctor": Later("doctor", "doctor", "Test this machine: may bundles run here, and is everything found?"),
        "up": Later("home", "up", "Run this home's role: merchant, bank, trustee or repository."),
        "offer": Later("offer", "app", "Make offers, and accept those of others."),
        "catalogue": Later("catalogue", "app", "Publish a catalogue of many articles; see one without the rest."),
        "deal": Later("deal", "app", "See where deals stand, go on with them, verify their evidence."),
        "contract": Later("contract", "app", "Sign a contract with two and more others: it binds all, or nobody."),
        "transfer": Later("transfer", "app", "Send files to one recipient or several, and receive such."),
        "purse": Later("purse", "app", "Open purses, withdraw money, see what is there."),
        "credential": Later("credential", "app", "Issue tickets and memberships, keep yours, show and redeem them."),
        "token": Later("token", "app", "Issue and redeem anonymous tokens, signed blindly."),
        "bank": Later("bank", "app", "Run a bank: accounts, the mint, its books."),
        "trustee": Later("trustee", "app", "Run a trustee: whom it serves, and what it decided."),
        "trust": Later("trust", "app", "Decide whom this home trusts, and for what."),
        "bundle": Later("bundle", "app", "Build, sign, check and install bundles of code."),
        "terms": Later("terms", "app", "Prove and show terms of business."),
        "authority": Later("authority", "app", "Certify keys and evaluate bundles, as an authority; or ask one."),
        "batch": Later("batch", "batch", "Run several commands for one home, a line each."),
        "repo": Later("repo", "app", "Keep a repository that others fetch bundles from."),
    }


app = typer.Typer(
    name="semper",
    cls=Commands,
    help="Secure commerce between strangers: terms of business as signed, evaluated, sandboxed code; money and goods in"
    " fair exchange; evidence that convinces a stranger.\n\nStart with `semper demo`, or `semper init --help`.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


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
        Path | None,
        typer.Option(
            help="Read the home's passphrase from this file instead of asking.", envvar="SEMPER_PASSPHRASE_FILE"
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Remember what all commands need."""
    context.obj = Settings(directory, passphrase_file)


def main() -> None:
    """Run the program. Exit codes: 0 done, 1 refused or dissatisfied, 2 usage, 3 unavailable (try again)."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a terminal that knows few letters still shows the rest
    try:
        code = app(standalone_mode=False)
    except SemperError as error:
        show_error(error)
        sys.exit(exit_code(error))
    except typer.TyperException as error:
        _show_misuse(error)
        sys.exit(USAGE)
    except (typer.Abort, KeyboardInterrupt):
        code = _INTERRUPTED
    except BrokenPipeError:
        sys.exit(0)
    except Exception as error:  # a fault of ours or of the machine: no traceback reaches a person who did not ask
        if os.environ.get(DEBUG):
            raise
        kind = type(error).__name__
        show_error(SemperError("BACKEND_FAILED", f"cannot go on: {kind}: {error} (set {DEBUG}=1 to see where)"))
        sys.exit(UNAVAILABLE)
    if code == _INTERRUPTED:
        sys.stderr.write("Stopped. What was committed is kept; `semper deal list` shows where things stand.\n")
        sys.exit(REFUSED)
    sys.exit(code if isinstance(code, int) else 0)


def exit_code(error: SemperError) -> int:
    """Return the exit code of a refusal (DESIGN §4)."""
    if isinstance(error, UsageError):
        return USAGE
    return UNAVAILABLE if isinstance(error, Unavailable) and not isinstance(error, CapabilityRefused) else REFUSED


def _show_misuse(error: typer.TyperException) -> None:
    """Show how the command is used, as typer would."""
    show = getattr(error, "show", None)
    if show is not None:
        show()
    else:
        sys.stderr.write(f"{error.format_message()}\n")

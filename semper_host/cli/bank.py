"""`semper bank`: a bank's operator at the desk; `semper up` serves the bank, also at the same time."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import Progress

from semper_host.cli.opening import now, opened
from semper_host.cli.printing import show, show_json
from semper_host.host import minting
from semper_host.host.accounts import Account, Accounts
from semper_host.host.banking import accounts_of
from semper_host.host.home import Home
from semper_host.model.errors import UsageError
from semper_host.model.money import parse as parse_money
from semper_host.supporting.trusted_ui.display_text import escape

app = typer.Typer(no_args_is_help=True, help="Run a bank: make its mint, open accounts, put play money into them.")
Number = Annotated[str, typer.Argument(help="The account's number, as its holder's `semper purse list` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, amounts in minor units.")]


@app.command()
def init(
    context: typer.Context,
    currency: Annotated[str, typer.Option(help="The currency of the coins, by its ISO 4217 code.")] = "EUR",
    denominations: Annotated[
        int, typer.Option(help="How many coin values: 1, 2, 4, … minor units. 17 reach 655.36 EUR in one coin.")
    ] = minting.DENOMINATIONS,
) -> None:
    """Make the mint of this bank: a key for each coin value, kept encrypted in this home. Takes some seconds.

    Afterwards: certify the home (`semper authority request`), install the payment system (`semper bundle install`),
    then `semper up`.
    """
    with opened(context) as home:
        _require_bank(home)
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("keys", total=denominations)
            keys = minting.init_mint(
                home, currency.upper(), denominations, now(), lambda done, of: progress.update(bar, completed=done)
            )
        show(f"Made a mint for {keys.keyset.currency} with {len(keys.keyset.values)} coin values.")


@app.command("open")
def open_account(
    context: typer.Context,
    account: Number,
    name: Annotated[str, typer.Option(help="Whose account it is.")],
    beginning: Annotated[
        str, typer.Option("--credit", help="Play money to put into it at once, such as '100.00 EUR'; pays every time.")
    ] = "",
) -> None:
    """Open an account for a customer; an account that is open gets the new name."""
    with opened(context) as home:
        amount = parse_money(beginning) if beginning else None
        accounts = _accounts(home)
        accounts.open(account, name)
        if amount is not None:
            accounts.credit(account, amount)
        show(_line(accounts.account(account)))


@app.command()
def credit(
    context: typer.Context,
    account: Number,
    amount: Annotated[str, typer.Argument(help="How much, such as '100.00 EUR'.")],
) -> None:
    """Put play money from the bank's reserve into an account."""
    with opened(context) as home:
        accounts = _accounts(home)
        accounts.credit(account, parse_money(amount))
        show(_line(accounts.account(account)))


@app.command()
def balance(
    context: typer.Context,
    account: Annotated[
        str, typer.Argument(help="The account's number (default: what the bank itself owns and owes).")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Show what is in an account; without a number, the bank's reserve, the coins at large and the money held."""
    with opened(context) as home:
        accounts = _accounts(home)
        found = {account: accounts.balance(account)} if account else accounts.totals()
        if as_json:
            show_json([_plain(name, "", each.minor, each.currency) for name, each in found.items()])
        else:
            show(*(f"{name}  {each}" for name, each in found.items()))


@app.command("accounts")
def list_accounts(context: typer.Context, as_json: AsJson = False) -> None:
    """List all open accounts."""
    with opened(context) as home:
        found = _accounts(home).all()
        if as_json:
            show_json([_plain(each.account, each.name, each.balance.minor, each.balance.currency) for each in found])
        else:
            show(
                *(
                    [_line(each) for each in found]
                    or ["No accounts yet: `semper bank open ACCOUNT --name NAME` opens one."]
                )
            )


def _accounts(home: Home) -> Accounts:
    _require_bank(home)
    return accounts_of(home)


def _require_bank(home: Home) -> None:
    if home.config.role != "bank":
        raise UsageError(
            "USAGE_INVALID", f"cannot act as a bank: this home is a {home.config.role}'s; --home names another"
        )


def _line(account: Account) -> str:
    return f"{account.account}  {account.balance}  {escape(account.name, 120)}"


def _plain(account: str, name: str, minor: int, currency: str) -> dict[str, Any]:
    return {"account": account, "name": name, "balance": minor, "currency": currency}

"""`semper purse`: coins in this home, and the bank they come from."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from semper_host.api_v1 import Unknown
from semper_host.cli.facing import Desk, desk
from semper_host.cli.opening import now
from semper_host.cli.printing import show, show_json
from semper_host.host.payments import OpenPurse, Payments, proof_of
from semper_host.model.errors import UsageError
from semper_host.model.money import Money
from semper_host.model.money import parse as parse_money
from semper_host.supporting.archive.purses import CoinState
from semper_host.supporting.trusted_ui.display_text import escape

app = typer.Typer(
    no_args_is_help=True, help="Open purses at banks, turn money of an account into coins, see what is there."
)
Named = Annotated[str, typer.Option("--purse", help="Which purse, by name (default: the only one).")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON, amounts in minor units.")]


@app.command("open")
def open_purse(
    context: typer.Context,
    url: Annotated[str, typer.Argument(help="The bank's address, such as http://127.0.0.1:8401.")],
    name: Annotated[
        str, typer.Option(help="What to call the purse (default: the currency and a part of the bank's key).")
    ] = "",
) -> None:
    """Open a purse at a bank: verify who it is by your trust roots, obtain and admit its payment system.

    Opened again under the same name it takes the bank's current keys; coins stay. Tell the bank the account number
    that is printed, so that it can open the account.
    """
    with desk(context) as open_desk:
        purse = _payments(open_desk).open(url.rstrip("/"), now(), name)
        show(
            f"Opened the purse {purse.record.name} at {escape(purse.record.bank, 80)}.",
            f"  account: {purse.account_name}",
        )


@app.command("list")
def list_purses(context: typer.Context, as_json: AsJson = False) -> None:
    """List all purses with what can be spent, what is set aside for payments under way, account and bank."""
    with desk(context) as open_desk:
        purses = _payments(open_desk).purses(now())
        if as_json:
            show_json([_plain(each) for each in purses])
            return
        lines = [line for each in purses for line in _lines(each)]
        show(*lines or ["No purses yet: `semper purse open URL` opens one at a bank."])


@app.command()
def withdraw(
    context: typer.Context,
    amount: Annotated[str, typer.Argument(help="How much, such as '25.00 EUR'.")],
    purse: Named = "",
) -> None:
    """Turn money of your account at the bank into coins in the purse.

    If the bank does not answer, give the same command again: it finishes what was begun and never debits twice.
    """
    with desk(context) as open_desk:
        payments = _payments(open_desk)
        chosen = _chosen(payments, purse)
        proof_of(payments.withdraw(chosen, parse_money(amount)), "withdraw")
        show(*_lines(chosen))


@app.command()
def status(context: typer.Context, purse: Named = "", as_json: AsJson = False) -> None:
    """Ask the bank what became of payments that are not settled yet. Nothing is paid by asking."""
    with desk(context) as open_desk:
        payments = _payments(open_desk)
        chosen = [_chosen(payments, purse)] if purse else payments.purses(now())
        told = [each for one in chosen for each in _unsettled(payments, one)]
        if as_json:
            show_json(told)
            return
        lines = []
        for each in told:
            amount = Money(each["amount"], each["currency"])
            lines.append(f"{each['purse']}: {each['label'][:16]}  {amount}  {each['state']}  {each['why']}".rstrip())
        show(*lines or ["No payment is under way; no coins are set aside."])


@app.command()
def restore(context: typer.Context, purse: Named = "") -> None:
    """After the loss of the archive: find all coins again that this home's seed ever made; spent ones are left out.

    Open the purse first, with the keys of the old home.
    """
    with desk(context) as open_desk:
        payments = _payments(open_desk)
        chosen = _chosen(payments, purse)
        found = payments.restore(chosen)
        show(f"The bank knows {found} coins of this seed.", *_lines(chosen))


def _payments(open_desk: Desk) -> Payments:
    return Payments(open_desk.home, open_desk.sandbox, open_desk.client)


def _chosen(payments: Payments, name: str) -> OpenPurse:
    """Return the purse `name`, or the only one. Raises UsageError USAGE_INVALID."""
    if name:
        return payments.purse(name, now())
    purses = payments.purses(now())
    if len(purses) != 1:
        why = (
            "there is none; `semper purse open URL` opens one"
            if not purses
            else "there are several; name one with --purse"
        )
        raise UsageError("USAGE_INVALID", f"cannot choose a purse: {why}")
    return purses[0]


def _unsettled(payments: Payments, purse: OpenPurse) -> list[dict[str, Any]]:
    """Return each label that coins are set aside for, how much, and the bank's word on it ("unknown": no answer)."""
    amounts: dict[bytes, int] = {}
    for coin in purse.purse.archive.coins(purse.record.name, CoinState.RESERVED):
        amounts[coin.label] = amounts.get(coin.label, 0) + coin.value
    told = []
    for label, minor in amounts.items():
        said = payments.status(purse, label)
        state, why = ("unknown", said.why) if isinstance(said, Unknown) else (said.state, "")
        named = {"purse": purse.record.name, "label": label.hex(), "currency": purse.keyset.currency}
        told.append({**named, "amount": minor, "state": state, "why": why})
    return told


def _plain(purse: OpenPurse) -> dict[str, Any]:
    return {
        "name": purse.record.name,
        "bank": purse.record.bank,
        "url": purse.record.url,
        "system": purse.keys.system,
        "key": purse.keys.signing,
        "account": purse.account_name,
        "currency": purse.keyset.currency,
        "balance": purse.purse.balance().minor,
        "reserved": purse.purse.reserved().minor,
    }


def _lines(purse: OpenPurse) -> list[str]:
    reserved = purse.purse.reserved()
    aside = f"  ({reserved} set aside for payments under way)" if reserved else ""
    return [
        f"{purse.record.name}  {purse.purse.balance()}{aside}",
        f"  at {escape(purse.record.bank, 80)}, {purse.record.url}",
        f"  account: {purse.account_name}",
    ]

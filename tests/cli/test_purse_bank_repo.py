"""`semper purse`, `semper bank` and `semper repo`, as somebody types them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from semper_host.admission.pack import Pack, write_pack
from semper_host.cli import bank, purse, repo
from semper_host.cli.settings import Settings
from semper_host.confinement.zygote import Zygote
from semper_host.host.banking import Bank
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.home import Home
from semper_host.host.minting import MINT_SECONDS
from semper_host.model.errors import SemperError
from semper_host.supporting.communication.client import Client
from semper_host.supporting.communication.runner import running
from service_repo import writing
from service_repo.publish import Repository
from tests.host.marketplace import PASSPHRASE, Authorities, Marketplace, first_party_packs, now

Run = Callable[..., str]


@pytest.fixture(scope="module")
def made() -> tuple[Authorities, dict[str, Pack], MintKeys]:
    authorities = Authorities()
    mint = MintKeys.generate("EUR", now() + MINT_SECONDS, [2**power for power in range(10)])
    return authorities, first_party_packs(authorities), mint


@pytest.fixture
def market(tmp_path: Path, made: tuple[Authorities, dict[str, Pack], MintKeys]) -> Iterator[Marketplace]:
    authorities, packs, mint = made
    with Zygote.start() as zygote, Client() as client:
        market = Marketplace(tmp_path, authorities, packs, mint, zygote, client)
        with market.opened:
            yield market


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command in a home and return what it printed; what it raised, or its exit code, comes through."""
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    program = typer.Typer()
    for noun, app in (("bank", bank.app), ("purse", purse.app), ("repo", repo.app)):
        program.add_typer(app, name=noun)

    @program.callback()
    def settings(context: typer.Context, home: Path) -> None:
        context.obj = Settings(home, secret)

    def run(home: Home, *words: str, code: int = 0) -> str:
        done = CliRunner().invoke(program, [str(home.path), *words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.stdout

    return run


def refused(code: str, run: Run, *words: Any) -> None:
    with pytest.raises(SemperError) as caught:
        run(*words)
    assert caught.value.code == code and caught.value.message.startswith("cannot ")


def test_a_customer_opens_a_purse_and_withdraws_at_a_bank_that_is_up(market: Marketplace, run: Run) -> None:
    bank_home, _, _ = market.up(market.home("bank"), lambda home: Bank(home, market.sandbox(home)))
    buyer = market.home("buyer")
    assert "No purses yet" in run(buyer, "purse", "list")
    assert "account: customer:" in run(buyer, "purse", "open", bank_home.config.url + "/", "--name", "daily")
    [mine] = json.loads(run(buyer, "purse", "list", "--json"))
    assert (mine["name"], mine["bank"], mine["currency"], mine["balance"]) == ("daily", "bank", "EUR", 0)

    run(bank_home, "bank", "open", mine["account"], "--name", "Bea Buyer")
    assert "20.00 EUR" in run(bank_home, "bank", "credit", mine["account"], "20.00 EUR")
    assert "7.41 EUR" in run(buyer, "purse", "withdraw", "7.41 EUR")

    [account] = json.loads(run(bank_home, "bank", "accounts", "--json"))
    assert account == {"account": mine["account"], "name": "Bea Buyer", "balance": 1259, "currency": "EUR"}
    [one] = json.loads(run(bank_home, "bank", "balance", mine["account"], "--json"))
    assert one["balance"] == 1259
    whole = {each["account"]: each["balance"] for each in json.loads(run(bank_home, "bank", "balance", "--json"))}
    assert whole["bank:reserve"] == -2000 and whole["mint:outstanding"] == 741
    assert "No payment is under way" in run(buyer, "purse", "status")
    assert json.loads(run(buyer, "purse", "status", "--json")) == []
    assert "7.41 EUR" in run(buyer, "purse", "restore", "--purse", "daily")


def test_what_the_bank_refuses_is_said_and_moves_nothing(market: Marketplace, run: Run) -> None:
    bank_home, _, _ = market.up(market.home("bank"), lambda home: Bank(home, market.sandbox(home)))
    buyer = market.home("buyer")
    run(buyer, "purse", "open", bank_home.config.url)
    refused("PAYMENT_REFUSED", run, buyer, "purse", "withdraw", "1.00 EUR")
    refused("MONEY_INVALID", run, buyer, "purse", "withdraw", "1,00")
    refused("USAGE_INVALID", run, buyer, "purse", "withdraw", "1.00 EUR", "--purse", "other")
    refused("USAGE_INVALID", run, bank_home, "bank", "credit", "customer:" + "0" * 64, "1.00 EUR")
    refused("USAGE_INVALID", run, bank_home, "bank", "open", "customer:me", "--name", "Me")


def test_a_purse_cannot_be_opened_at_a_bank_that_nobody_trusted_certified(market: Marketplace, run: Run) -> None:
    from semper_host.host import trusting

    bank_home, _, _ = market.up(market.home("bank"), lambda home: Bank(home, market.sandbox(home)))
    buyer = market.home("buyer")
    trusting.remove(buyer.trust, "Registrars")
    refused("CHAIN_UNTRUSTED", run, buyer, "purse", "open", bank_home.config.url)
    assert json.loads(run(buyer, "purse", "list", "--json")) == []
    refused("PEER_UNREACHABLE", run, buyer, "purse", "open", "http://127.0.0.1:1")
    refused("USAGE_INVALID", run, buyer, "purse", "withdraw", "1.00 EUR")


def test_a_mint_is_made_once_by_a_bank_only(market: Marketplace, run: Run, tmp_path: Path) -> None:
    from semper_host.host import home as homes

    homes.create(tmp_path / "new", homes.Config(role="bank", name="new"), PASSPHRASE)
    new = market.open(tmp_path / "new")
    refused("HOME_MISSING", run, new, "bank", "accounts")
    assert "2 coin values" in run(new, "bank", "init", "--currency", "chf", "--denominations", "2")
    refused("HOME_EXISTS", run, new, "bank", "init")
    assert "No accounts yet" in run(new, "bank", "accounts")
    assert "0.00 CHF" in run(new, "bank", "balance")
    refused("USAGE_INVALID", run, market.home("buyer"), "bank", "init")


def test_packs_are_published_listed_and_checked(market: Marketplace, run: Run, tmp_path: Path) -> None:
    home = market.home("repository")
    refused("HOME_MISSING", run, home, "repo", "list")
    run(home, "repo", "init")
    assert "Nothing published yet" in run(home, "repo", "list")
    files = []
    for name in ("payment-ecash", "commerce-courseware"):
        files.append(tmp_path / f"{name}.smpack")
        files[-1].write_bytes(write_pack(market.packs[name]))
    run(home, "repo", "publish", *map(str, files))
    listed = json.loads(run(home, "repo", "list", "--json"))
    assert [(each["id"], each["evaluations"]) for each in listed] == [("semper/courseware", 1), ("semper/ecash", 1)]
    assert "All 2 published versions are whole" in run(home, "repo", "fsck")
    stored = home.path / "repository" / "packs" / f"{listed[0]['bundle']}.smpack"
    whole = stored.read_bytes()
    stored.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    assert f"packs/{listed[0]['bundle']}.smpack" in run(home, "repo", "fsck", "--dry-run", code=1)


def test_a_pack_is_published_at_another_partys_repository(market: Marketplace, run: Run, tmp_path: Path) -> None:
    merchant = market.home("merchant")
    file = tmp_path / "courseware.smpack"
    file.write_bytes(write_pack(market.packs["commerce-courseware"]))
    refused("USAGE_INVALID", run, merchant, "repo", "publish", str(file))
    with running(writing.app(Repository.init(tmp_path / "theirs"))) as url:
        assert "semper/courseware" in run(merchant, "repo", "publish", str(file), "--url", url)
        bad = tmp_path / "bad.smpack"
        bad.write_bytes(b"no pack")
        refused("ARCHIVE_INVALID", run, merchant, "repo", "publish", str(bad), "--url", url)
    refused("PEER_UNREACHABLE", run, merchant, "repo", "publish", str(file), "--url", url)
    refused("USAGE_INVALID", run, merchant, "repo", "list")


@pytest.mark.parametrize("noun", ["purse", "bank", "repo"])
def test_help_lists_every_command_with_a_sentence(noun: str) -> None:
    app = {"purse": purse.app, "bank": bank.app, "repo": repo.app}[noun]
    shown = CliRunner().invoke(app, ["--help"]).stdout
    for command in app.registered_commands:
        assert command.callback is not None and (command.callback.__doc__ or "").strip()
        assert (command.name or command.callback.__name__).removesuffix("_account") in shown

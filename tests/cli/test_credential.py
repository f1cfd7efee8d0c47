"""Tickets and tokens at the command line: a theatre issues and verifies, Alice holds; confined bundles do the work."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from semper_host.admission.pack import Pack
from semper_host.admission.service_keys import ServiceKeys
from semper_host.cli import credential, token
from semper_host.cli.printing import show_json
from semper_host.cli.settings import Settings
from semper_host.confinement.zygote import Zygote
from semper_host.host import identity, installed
from semper_host.host.credentials.desk import Desk
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.home import Home
from semper_host.host.sandbox import Sandbox
from semper_host.model.errors import SemperError
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic import cose
from tests.host.marketplace import PASSPHRASE, Authorities, Marketplace, first_party_packs, now

Run = Callable[..., str]
SEAT = ("--claim", "seat=12 F")


@pytest.fixture(scope="module")
def made() -> tuple[Authorities, dict[str, Pack]]:
    authorities = Authorities()
    return authorities, first_party_packs(authorities)


@pytest.fixture
def theatre(tmp_path: Path, made: tuple[Authorities, dict[str, Pack]]) -> Iterator[Home]:
    with Zygote.start() as zygote, Client() as client:
        market = Marketplace(tmp_path, *made, MintKeys.generate("EUR", now(), [1]), zygote, client)
        with market.opened:
            homes = {name: market.home(role, name) for role, name in (("merchant", "theatre"), ("buyer", "alice"))}
            for home in homes.values():
                installed.install(home, made[1]["items-credential"], now())
            (tmp_path / "theatre.keys").write_bytes(identity.service(homes["theatre"], now()).statement)
            yield homes["theatre"]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    program = typer.Typer()
    program.add_typer(credential.app, name="credential")
    program.add_typer(token.app, name="token")

    @program.callback()
    def settings(context: typer.Context, home: Path) -> None:
        context.obj = Settings(home, secret)

    def run(who: str, *words: str | Path, refused: str = "") -> str:
        done = CliRunner().invoke(program, [str(tmp_path / who), *map(str, words)])
        if refused:
            assert isinstance(done.exception, SemperError), (words, done.exception, done.output)
            assert done.exception.code == refused and done.exception.message.startswith("cannot ")
            return done.exception.message
        assert done.exception is None, (words, done.exception)
        return done.stdout

    return run


def test_a_ticket_from_the_box_office_to_the_door(theatre: Home, run: Run, tmp_path: Path) -> None:
    keys, ticket, status = tmp_path / "theatre.keys", tmp_path / "hamlet.ticket", tmp_path / "main.status"
    holder = run("alice", "credential", "key").strip()
    run("theatre", "credential", "issue", "--holder", holder, "--title", "Hamlet", *SEAT, "-o", ticket)
    assert "Hamlet" in run("alice", "credential", "add", ticket, "--issuer", keys)
    (held,) = json.loads(run("alice", "credential", "list", "--json"))["credentials"]
    assert held["claims"] == {"seat": "12 F"} and held["once"]
    run("theatre", "credential", "status", "-o", status)

    issuer = ServiceKeys.decode(cose.peek(keys.read_bytes()).payload).name

    def at_the_door(*options: str, refused: str = "") -> str:
        asked = json.loads(run("theatre", "credential", "ask", "--json"))
        shown = tmp_path / "shown"
        question = ("--to", asked["to"], "--challenge", asked["challenge"])
        run("alice", "credential", "present", held["name"][:8], *question, "-o", shown)
        words = ("--issuer", keys, "--challenge", asked["challenge"], "--status", status)
        return run("theatre", "credential", "check", shown, *words, *options, refused=refused)

    assert at_the_door(*SEAT) == f"Accepted, as issued by {issuer}.\n"
    assert "seat is 1 A" in at_the_door("--claim", "seat=1 A", refused="CREDENTIAL_DECLINED")
    assert at_the_door("--redeem") == f"Redeemed, as issued by {issuer}.\n"
    assert "redeemed before" in at_the_door("--redeem", refused="CREDENTIAL_DECLINED")
    assert "Hamlet" in run("theatre", "credential", "revoke", ticket)
    run("theatre", "credential", "status", "-o", status)
    assert "revoked" in at_the_door(refused="CREDENTIAL_DECLINED")


def test_a_ticket_for_somebody_else_is_not_kept(theatre: Home, run: Run, tmp_path: Path) -> None:
    run("theatre", "credential", "issue", "--holder", "ab" * 32, "--title", "Hamlet", "-o", tmp_path / "ticket")
    words = ("credential", "add", tmp_path / "ticket", "--issuer", tmp_path / "theatre.keys")
    assert "not for a key of this home" in run("alice", *words, refused="USAGE_INVALID")
    assert "No credential yet" in run("alice", "credential", "list")


def test_anonymous_tokens_are_bought_and_redeemed_once(theatre: Home, run: Run, tmp_path: Path) -> None:
    keys = ("--issuer", tmp_path / "theatre.keys", "--token-keys", tmp_path / "reader.keys")
    run("theatre", "token", "keys", "reader", "-o", tmp_path / "reader.keys")
    run("theatre", "token", "keys", "reader", refused="HOME_EXISTS")
    wanted, signed, one = tmp_path / "wanted", tmp_path / "signed", tmp_path / "one"
    run("alice", "token", "want", "--kind", "reader", "--count", "2", *keys, "-o", wanted)
    assert "2 reader tokens" in run("theatre", "token", "sign", wanted, "-o", signed)
    assert "2 reader tokens" in run("alice", "token", "take", signed, *keys)
    run("alice", "token", "give", "--kind", "reader", "-o", one)
    redeem = ("token", "redeem", one, "--kind", "reader", *keys)
    told = [run("theatre", *redeem, "--use", "order 7") for _ in range(2)]
    assert told[0] == told[1] and told[0].startswith("Redeemed, as issued by ")
    assert "redeemed before" in run("theatre", *redeem, "--use", "order 8", refused="CREDENTIAL_DECLINED")


def test_a_token_lost_on_its_way_is_written_again_and_no_other(theatre: Home, run: Run, tmp_path: Path) -> None:
    kind = "\x1b[2Jreader"
    keys = ("--issuer", tmp_path / "theatre.keys", "--token-keys", tmp_path / "reader.keys")
    run("theatre", "token", "keys", kind, kind, refused="USAGE_INVALID")
    run("theatre", "token", "keys", kind, "-o", tmp_path / "reader.keys")
    run("alice", "token", "want", "--kind", kind, *keys, "-o", tmp_path / "wanted")
    run("theatre", "token", "sign", tmp_path / "wanted", "-o", tmp_path / "signed")
    told = run("alice", "token", "take", tmp_path / "signed", *keys)
    assert told.isascii() and told.strip().isprintable()
    give = ("token", "give", "--kind", kind, "-o")
    run("alice", *give, tmp_path / "alice", refused="USAGE_INVALID")  # a folder is in the way: the token did not leave
    run("alice", *give, tmp_path / "one", "--again")
    run("alice", *give, tmp_path / "two", "--again")
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()
    with pytest.raises(AssertionError):
        run("alice", *give, tmp_path / "more")
    assert not (tmp_path / "more").exists()


def test_no_two_processes_hand_out_the_same_holders_key(theatre: Home) -> None:
    with ThreadPoolExecutor(8) as pool:
        keys = [*pool.map(lambda _: Desk(theatre, Sandbox(theatre.archive), now()).new_holder(), range(24))]
    assert len(set(keys)) == 24


def test_json_for_programs_moves_no_cursor(capsys: pytest.CaptureFixture[str]) -> None:
    hostile = {"title": "Ham\x9b2Jlet \u202e \u2028 \x1b[1m \x7f é 😀"}
    show_json(hostile)
    shown = capsys.readouterr().out
    assert json.loads(shown) == hostile and "é 😀" in shown
    assert all(line.isprintable() for line in shown.split("\n"))


@pytest.mark.parametrize(
    "words",
    [
        ("credential", "issue", "--holder", "xyz", "--title", "t"),
        ("credential", "issue", "--holder", "ab", "--title", "t"),
        ("credential", "issue", "--holder", "ab" * 32, "--title", "t", "--claim", "seat"),
        ("credential", "present", "00", "--to", "ab" * 32, "--challenge", "ab" * 32),
        ("credential", "present", "00", "--to", "", "--challenge", "ab" * 32),
    ],
)
def test_what_is_misspelt_is_named(theatre: Home, run: Run, words: tuple[str, ...]) -> None:
    run("theatre", *words, refused="USAGE_INVALID")

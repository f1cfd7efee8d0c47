"""`semper repo` as somebody types it: a repository with its witnesses, an auditor and a mirror, each in a home."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from semper_host.admission.pack import Pack, write_pack
from semper_host.admission.statements import Withdrawal, sign
from semper_host.cli import repo
from semper_host.cli.settings import Settings
from semper_host.host import home as homes
from semper_host.model.errors import SemperError
from service_repo.audit import audit
from service_repo.durable_file import Folder
from service_repo.identity import load
from tests.service_repo.conftest import NOW, PUBLISHER, Published, content, series
from tests.supporting.communication.socks_server import NAME, socks_server

PASSPHRASE = "a long enough passphrase"
Run = Callable[..., str]
ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    file = tmp_path / "passphrase"
    file.write_text(PASSPHRASE + "\n")
    return file


@pytest.fixture
def run(tmp_path: Path, secret: Path) -> Run:
    """Run `semper repo` in the home of a name; return what it printed."""
    program = typer.Typer()
    program.add_typer(repo.app, name="repo")

    @program.callback()
    def settings(context: typer.Context, home: Path) -> None:
        context.obj = Settings(home, secret)

    def run(name: str, *words: str, code: int = 0) -> str:
        home = tmp_path / name
        if not home.exists():
            homes.create(home, homes.Config(role="repository", name=name), PASSPHRASE)
        done = CliRunner().invoke(program, [str(home), "repo", *words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == code, done.output
        return done.stdout

    return run


@contextmanager
def serving(tmp_path: Path, secret: Path, name: str, *words: str) -> Iterator[str]:
    """Run a serving command in a process of its own; gives the address that it prints."""
    command = [sys.executable, "-m", "semper_host", "--home", str(tmp_path / name), "--passphrase-file", str(secret)]
    child = subprocess.Popen([*command, "repo", *words], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert child.stdout is not None
        lines = iter(child.stdout.readline, "")
        yield next(line.removeprefix("ready ").strip() for line in lines if line.startswith("ready "))
    finally:
        child.terminate()
        assert child.wait(30) == 0


def packed(tmp_path: Path, made: Published) -> str:
    file = tmp_path / f"{made.digest.hex()[:8]}.smpack"
    file.write_bytes(write_pack(Pack(made.archive, made.release, made.evaluations)))
    return str(file)


def refused(code: str, run: Run, *words: str) -> str:
    with pytest.raises(SemperError) as caught:
        run(*words)
    assert caught.value.code == code and caught.value.message.startswith("cannot ")
    return caught.value.message


def test_a_repository_its_witness_an_auditor_and_a_mirror(tmp_path: Path, secret: Path, run: Run) -> None:
    first, second = series(2)
    run("repo", "init", "--origin", "log.example/one")
    run("repo", "publish", packed(tmp_path, first))
    key = load(tmp_path / "repo" / "repository").keys.log.public.hex()
    with serving(tmp_path, secret, "repo", "serve") as url:
        printed = run("witness", "witness", "--watch", f"log.example/one {key} {url}", "--name", "w.example")
        witness_key = printed.split("key ")[1].split()[0]
        arguments = ("witness", "--listen", "127.0.0.1:0", "--name", "w.example")
        with serving(tmp_path, secret, "witness", *arguments) as witness_url:
            run("repo", "init", "--witness", f"w.example {witness_key} {witness_url}", "--quorum", "1")
            assert "1.1.0" in run("repo", "publish", packed(tmp_path, second))
            run("repo", "policy", "-o", str(tmp_path))
            policy = str(tmp_path / "log.cbor")
            assert "7 entries" in run("auditor", "audit", url, "--policy", policy)
            done = run("auditor", "mirror", url, str(tmp_path / "copy"), "--policy", policy)
            assert "The copy shows 7 entries" in done
    assert audit(Folder(tmp_path / "copy"), load(tmp_path / "repo" / "repository").policy).findings == ()
    found = json.loads(run("auditor", "audit", str(tmp_path / "copy"), "--policy", policy, "--json"))
    assert found == {"schema": "semper.audit/1", "origin": "log.example/one", "size": 7, "findings": []}


def through_proxy(tmp_path: Path, name: str, port: int) -> None:
    config = tmp_path / name / "config.yaml"
    config.write_text(config.read_text().replace("proxy: ''", f"proxy: socks5h://127.0.0.1:{port}"))


def test_who_reads_a_repository_calls_it_through_the_homes_proxy(tmp_path: Path, secret: Path, run: Run) -> None:
    run("repo", "init")
    run("repo", "publish", packed(tmp_path, series(1)[0]))
    run("repo", "policy", "-o", str(tmp_path))
    policy = ("--policy", str(tmp_path / "log.cbor"))
    homes.create(tmp_path / "auditor", homes.Config(role="buyer", name="auditor"), PASSPHRASE)
    with serving(tmp_path, secret, "repo", "serve") as url, socks_server(hidden_example="127.0.0.1") as server:
        through_proxy(tmp_path, "auditor", server.port)
        hidden = url.replace("127.0.0.1", "hidden.example")
        assert "all of it holds" in run("auditor", "audit", hidden, *policy)
        assert "The copy shows" in run("auditor", "mirror", hidden, str(tmp_path / "copy"), *policy)
    assert {(each.form, each.host) for each in server.asked} == {(NAME, "hidden.example")}
    assert len({each.user for each in server.asked}) == 2 and all(each.user for each in server.asked)


def test_nothing_that_a_repository_or_its_readers_ask_goes_around_the_homes_proxy(tmp_path: Path, run: Run) -> None:
    """The proxy is down: what listens hears nothing, neither as a repository nor as a witness."""
    run("repo", "init")
    run("repo", "publish", packed(tmp_path, series(1)[0]))
    run("repo", "policy", "-o", str(tmp_path))
    policy = ("--policy", str(tmp_path / "log.cbor"))
    through_proxy(tmp_path, "repo", 9)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.setblocking(False)
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        refused("PEER_UNREACHABLE", run, "repo", "audit", url, *policy)
        refused("PEER_UNREACHABLE", run, "repo", "mirror", url, str(tmp_path / "copy"), *policy)
        witness = f"w.example {PUBLISHER.public.hex()} {url}"
        said = run("repo", "init", "--witness", witness, "--quorum", "1")
        assert "cannot" in said and "they will be asked again" in said
        with pytest.raises(BlockingIOError):
            listening.accept()


def test_an_audit_says_where_something_is_wrong_and_remembers_what_it_saw(tmp_path: Path, run: Run) -> None:
    [made] = series(1)
    run("repo", "init")
    run("repo", "publish", packed(tmp_path, made))
    directory = tmp_path / "repo" / "repository"
    assert "all of it holds" in run("repo", "audit")
    whole = content(directory)
    bundle = directory / "packs" / f"{made.digest.hex()}.smpack"
    bundle.write_bytes(b"changed")
    assert f"packs/{made.digest.hex()}.smpack" in run("repo", "audit", code=1)
    assert "all of it holds" in run("repo", "audit", "--no-content")
    assert "mended  packs/" in run("repo", "fsck")
    assert content(directory) == whole
    note = whole["log/checkpoint"]
    run("repo", "publish", packed(tmp_path, series(2)[1]))
    run("repo", "audit")
    (directory / "log" / "checkpoint").write_bytes(note)
    assert "has shown 6" in refused("ROLLBACK", run, "repo", "audit")


def test_statements_are_said_and_counted(tmp_path: Path, run: Run) -> None:
    [made] = series(1)
    run("repo", "init")
    run("repo", "publish", packed(tmp_path, made))
    said = tmp_path / "withdrawal"
    said.write_bytes(sign(Withdrawal("semper/items", made.digest, "old", NOW), PUBLISHER))
    assert "a log of 4 entries" in run("repo", "say", str(said))
    found = json.loads(run("repo", "stats", "--json"))
    assert found["kinds"] == {"evaluation": 2, "release": 1, "status": 1, "withdrawal": 1}
    assert "1 withdrawal" in run("repo", "stats")
    assert run("repo", "list").rstrip().endswith("2 evaluations, withdrawn")
    assert [row["withdrawn"] for row in json.loads(run("repo", "list", "--json"))] == [True]


def test_a_repository_that_shows_nothing_yet_has_nothing_to_audit(run: Run) -> None:
    run("repo", "init")
    refused("LOG_MISSING", run, "repo", "audit")


def test_the_database_is_made_anew(tmp_path: Path, run: Run) -> None:
    [made] = series(1)
    run("repo", "init")
    run("repo", "publish", packed(tmp_path, made))
    private = tmp_path / "repo" / "repository.private"
    for file in private.glob("repository.db*"):
        file.unlink()
    assert "with 3 entries" in run("repo", "fsck", "--rebuild")
    assert "Published semper/items" in run("repo", "publish", packed(tmp_path, made))


@pytest.mark.parametrize(
    "words",
    [
        ("init", "--witness", "w.example"),
        ("init", "--witness", "w.example abc http://127.0.0.1"),
        ("init", "--witness", f"w.example {PUBLISHER.public.hex()} ftp://x"),
        ("witness", "--watch", "one two"),
        ("witness", "--listen", "nowhere"),
        ("witness", "--listen", "127.0.0.1:99999"),
    ],
)
def test_what_cannot_be_meant_is_refused(run: Run, words: tuple[str, ...]) -> None:
    refused("USAGE_INVALID", run, "repo", *words)


def test_a_quorum_that_the_witnesses_cannot_reach_is_refused(run: Run) -> None:
    one = f"w.example {PUBLISHER.public.hex()} http://127.0.0.1:1"
    refused("CONFIG_INVALID", run, "repo", "init", "--witness", one, "--quorum", "2")
    refused("CONFIG_INVALID", run, "repo", "init", "--witness", one, "--witness", one)

"""`semper repo anchor` and `semper trust repository` as somebody types them: an operator's ceremony, a user's trust."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest
import typer
from typer.testing import CliRunner

from semper_host.admission.log_evidence import Equivocation
from semper_host.cli import repo, trust
from semper_host.cli.settings import Settings
from semper_host.host import home as homes
from semper_host.host import known_heads, trusting
from semper_host.host.known_heads import KnownHead, Row
from semper_host.model.encoding import encode
from semper_host.model.errors import AdmissionRefused, SemperError, UsageError
from semper_host.supporting.anchor.client import begin, update
from semper_host.supporting.anchor.files import from_files
from semper_host.supporting.anchor.state import Anchor, Head
from tests.admission.log_world import LogWorld
from tests.service_repo.conftest import EVALUATOR

PASSPHRASE = "a long enough passphrase"
Run = Callable[..., str]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run `semper repo` or `semper trust` in the home of a name; return what it printed."""
    secret = tmp_path / "passphrase"
    secret.write_text(PASSPHRASE + "\n")
    program = typer.Typer()
    program.add_typer(repo.app, name="repo")
    program.add_typer(trust.app, name="trust")

    @program.callback()
    def settings(context: typer.Context, home: Path) -> None:
        context.obj = Settings(home, secret)

    def run(name: str, *words: str) -> str:
        home = tmp_path / name
        if not home.exists():
            role = "repository" if name == "keeper" else "buyer"
            homes.create(home, homes.Config(role=role, name=name), PASSPHRASE)
        done = CliRunner().invoke(program, [str(home), *words])
        if done.exception is not None and not isinstance(done.exception, SystemExit):
            raise done.exception
        assert done.exit_code == 0, done.output
        return done.stdout

    return run


@pytest.fixture
def witness() -> tuple[str, str]:
    key = LogWorld(0).witnesses[0].key.public.hex()
    return ("--witness", f"one.example {key} http://127.0.0.1:9")


def anchor_at(tmp_path: Path) -> Path:
    return tmp_path / "keeper" / "repository" / "anchor"


def followed(tmp_path: Path) -> Anchor:
    """What a user sees who trusted the first root."""
    place = anchor_at(tmp_path)
    root = (place / "1.root.json").read_bytes()
    head = Head.decode((place / "head.cbor").read_bytes())
    fetch = from_files((each.name, each.data) for each in head.files)
    return update(begin(root, sha256(root).hexdigest()), fetch, int(time.time())).require()


def fingerprint(said: str) -> str:
    return said.partition("SHA-256  ")[2].split()[0]


def root_keys(run: Run, tmp_path: Path, *names: str) -> list[str]:
    files = [str(tmp_path / f"{name}.key") for name in names]
    for file in files:
        run("keeper", "repo", "anchor", "key", file)
    return files


def with_keys(files: list[str]) -> list[str]:
    return [word for file in files for word in ("--root-key", file)]


def test_repository_with_witnesses_prints_what_its_users_trust_it_by(
    run: Run, tmp_path: Path, witness: tuple[str, str]
) -> None:
    said = run("keeper", "repo", "init", *witness)
    root = (anchor_at(tmp_path) / "1.root.json").read_bytes()
    assert fingerprint(said) == sha256(root).hexdigest()
    assert "move it off this machine" in said
    again = run("keeper", "repo", "init")
    assert "SHA-256" not in again
    assert "1 of 1 witnesses must cosign" in again


def test_repository_without_witnesses_has_nothing_to_trust_it_by(run: Run, tmp_path: Path) -> None:
    said = run("keeper", "repo", "init")
    assert "nobody relies on it. Run this again with --witness" in said
    assert not anchor_at(tmp_path).exists()
    with pytest.raises(UsageError, match=r"^cannot make the anchor: its log has no witnesses"):
        run("keeper", "repo", "anchor", "init")


def test_user_trusts_by_fingerprint_lists_and_removes(run: Run, tmp_path: Path, witness: tuple[str, str]) -> None:
    pin = fingerprint(run("keeper", "repo", "init", *witness))
    root = str(anchor_at(tmp_path) / "1.root.json")
    added = run("bea", "trust", "repository", "add", root, "--sha256", pin, "--url", "https://repository.example")
    assert pin in added
    [listed] = json.loads(run("bea", "trust", "repository", "list", "--json"))["repositories"]
    assert (listed["name"], listed["sha256"], listed["url"]) == ("Repository", pin, "https://repository.example")
    assert "nothing seen of it yet" in run("bea", "trust", "repository", "list")
    assert pin in run("bea", "trust", "list")
    run("bea", "trust", "repository", "remove", "Repository")
    assert "relies on no repository" in run("bea", "trust", "repository", "list")


@pytest.mark.parametrize("pin", ["00" * 32, "00", "x" * 64])
def test_other_fingerprint_is_not_trusted(run: Run, tmp_path: Path, witness: tuple[str, str], pin: str) -> None:
    run("keeper", "repo", "init", *witness)
    with pytest.raises(SemperError) as caught:
        run("bea", "trust", "repository", "add", str(anchor_at(tmp_path) / "1.root.json"), "--sha256", pin)
    assert caught.value.code in ("ANCHOR_INVALID", "USAGE_INVALID")
    assert not trusting.load(tmp_path / "bea" / "trust").policy.repositories


def test_file_that_is_no_root_is_not_trusted(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "root.json"
    file.write_bytes(b"{}")
    with pytest.raises(AdmissionRefused, match=r"^cannot use the repository's anchor"):
        run("bea", "trust", "repository", "add", str(file), "--sha256", sha256(b"{}").hexdigest())


def test_root_keys_of_several_people_rotate_step_by_step(run: Run, tmp_path: Path, witness: tuple[str, str]) -> None:
    old = root_keys(run, tmp_path, "ann", "ben", "cay")
    run("keeper", "repo", "init", *witness, *with_keys(old), "--threshold", "2")
    new = root_keys(run, tmp_path, "dan")
    kept = [word for file in (old[0], *new) for word in ("--keep", file)]
    said = run("keeper", "repo", "anchor", "rotate", *kept, "--threshold", "2", *with_keys(old[:1]))
    assert "1 more signatures needed" in said
    assert followed(tmp_path).root_version == 1
    said = run("keeper", "repo", "anchor", "sign", *with_keys(old[1:2]))
    assert "1 more signatures needed" in said
    assert run("keeper", "repo", "anchor", "sign", *with_keys(new)).count("published") == 2
    assert followed(tmp_path).root_version == 2


def test_authority_and_minimum_host_need_the_root_key(run: Run, tmp_path: Path, witness: tuple[str, str]) -> None:
    [only] = root_keys(run, tmp_path, "ann")
    run("keeper", "repo", "init", *witness, "--root-key", only)
    certificate = tmp_path / "board.der"
    certificate.write_bytes(EVALUATOR.chain[0])
    said = run("keeper", "repo", "anchor", "add-authority", str(certificate), "--name", "board")
    assert "1 more signatures needed" in said
    run("keeper", "repo", "anchor", "sign", "--root-key", only)
    assert "authorities/board.der" in followed(tmp_path).names
    with pytest.raises(UsageError, match=r"^cannot ask for the host 'newest'"):
        run("keeper", "repo", "anchor", "update", "--minimum-host", "newest", "--root-key", only)
    run("keeper", "repo", "anchor", "update", "--minimum-host", "0.2.0", "--root-key", only)
    seen = followed(tmp_path)
    assert seen.minimum_host == "0.2.0"
    assert "authorities/board.der" in seen.names


def test_person_sees_both_notes_exports_them_and_decides(run: Run, tmp_path: Path, witness: tuple[str, str]) -> None:
    pin = fingerprint(run("keeper", "repo", "init", *witness))
    run("bea", "trust", "repository", "add", str(anchor_at(tmp_path) / "1.root.json"), "--sha256", pin)
    assert "one history so far" in run("bea", "trust", "resolve")
    log = LogWorld(1_800_000_000)
    notes = [log.checkpoint(5, root=bytes([number]) * 32) for number in (0xAA, 0xBB)]
    home = homes.open_home(tmp_path / "bea", PASSPHRASE)
    [trusted] = trusting.load(home.trust).policy.repositories
    known = known_heads.load(home, trusted).known
    dispute = encode(Equivocation(log.origin, *notes))
    disputed = Row(trusted, KnownHead(known.anchor, notes[0], (), dispute))
    home.archive.commit(lambda tx: known_heads.keep(home, tx, disputed))
    home.close()
    assert "SHOWED TWO HISTORIES" in run("bea", "trust", "repository", "list")
    evidence = tmp_path / "notes.cbor"
    said = run("bea", "trust", "resolve", "--export", str(evidence))
    assert "aa" * 32 in said
    assert "bb" * 32 in said
    assert evidence.read_bytes() == dispute
    for vague in ("aa", "cc" * 8):
        with pytest.raises(UsageError, match=r"^cannot accept"):
            run("bea", "trust", "resolve", "--accept", vague)
    run("bea", "trust", "resolve", "--accept", "bbbbbbbb")
    assert "one history so far" in run("bea", "trust", "resolve")
    home = homes.open_home(tmp_path / "bea", PASSPHRASE)
    assert known_heads.load(home, trusted).known.note == notes[1]
    home.close()
    with pytest.raises(UsageError, match=r"^cannot find the repository"):
        run("bea", "trust", "resolve", "Another")

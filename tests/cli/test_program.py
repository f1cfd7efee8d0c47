"""The program as a whole: what loads when, what help says, and how anything that goes wrong is told."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from semper_host.cli import lazy
from semper_host.cli.program import Commands, exit_code
from semper_host.model.errors import AdmissionRefused, CapabilityRefused, SemperError, Unavailable, UsageError

NOUNS = (
    "offer", "deal", "purse", "credential", "token", "bank", "trustee", "bundle", "terms", "authority", "repo", "trust",
    "contract", "transfer", "catalogue",
)  # fmt: skip


def commands(name: str) -> Iterator[tuple[str, Any]]:
    loaded = lazy.load(name, Commands.later[name])
    yield name, loaded
    for verb, command in getattr(loaded, "commands", {}).items():
        yield f"{name} {verb}", command


def test_every_noun_and_top_level_command_is_there() -> None:
    assert set(Commands.later) == {*NOUNS, "init", "up", "demo", "doctor", "batch"}


@pytest.mark.parametrize("noun", Commands.later)
def test_every_command_loads_under_its_own_name_and_says_what_it_does(noun: str) -> None:
    for name, command in commands(noun):
        assert command.name == name.split()[-1]
        assert command.help and command.help.strip().endswith((".", "?", "`")), name


@pytest.mark.parametrize("noun", Commands.later)
def test_every_option_of_every_command_says_what_it_is_for(noun: str) -> None:
    silent = [
        f"{name} {parameter.opts[0]}"
        for name, command in commands(noun)
        for parameter in command.params
        if not getattr(parameter, "help", None)
    ]
    assert not silent


def test_help_names_every_command_and_loads_none_of_them(semper: Any) -> None:
    shown = semper.ok("nowhere", "--help").out
    assert all(name in shown for name in Commands.later)
    probe = (
        "import sys\nsys.argv = ['semper', '--help']\nfrom semper_host.cli.program import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        "import json\nprint(json.dumps(sorted(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    loaded = set(json.loads(done.stdout.splitlines()[-1]))
    assert not loaded & {"sqlalchemy", "cryptography", "starlette", "httpx2", "semper_host.cli.bundle"}


def test_a_command_that_needs_no_archive_does_not_load_the_database() -> None:
    probe = (
        "import sys\nimport semper_host.cli.authority, semper_host.cli.trust, semper_host.cli.bundle\n"
        "import semper_host.cli.terms, semper_host.cli.doctor, semper_host.cli.home\n"
        "print('sqlalchemy' in sys.modules)\n"
    )
    done = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_an_unknown_command_is_a_usage_error_that_suggests_the_right_one(semper: Any) -> None:
    assert "'bundle'" in semper.run("nowhere", "bundel", "list").misused()


def test_a_noun_without_a_verb_shows_its_verbs(semper: Any) -> None:
    ran = semper.run("nowhere", "trust")
    assert "explain" in ran.out + ran.misused()


def test_a_missing_argument_is_a_usage_error(semper: Any) -> None:
    assert "Missing" in semper.run("nowhere", "bundle", "sign").misused()


def test_a_file_that_is_not_there_is_a_usage_error(semper: Any) -> None:
    assert "does not exist" in semper.run("nowhere", "terms", "check", "none.yaml").misused()


def test_a_home_that_is_not_there_says_how_to_make_one(semper: Any) -> None:
    told = semper.run("nowhere", "trust", "list").refused(2, "HOME_MISSING")
    assert "semper init" in told


def test_a_home_is_not_made_twice(semper: Any) -> None:
    semper.ok("home", "init")
    semper.run("home", "init").refused(2, "HOME_EXISTS")


def test_a_new_home_is_its_owners_alone_trusts_nobody_and_has_the_drivers_lock(semper: Any) -> None:
    semper.ok("home", "init", "--role", "buyer")
    home = semper.root / "home"
    assert home.stat().st_mode & 0o077 == 0
    assert (home / "trust" / "drivers.lock").is_file()
    listed = semper.ok("home", "trust", "list", "--json").json
    assert listed["authorities"] == [] and {each["name"] for each in listed["drivers"]} == {"terminal", "scripted"}


def test_a_wrong_passphrase_opens_nothing(semper: Any) -> None:
    semper.ok("home", "init", "--role", "authority")
    semper.passphrase_file.write_text("another\n")
    semper.run("home", "authority", "init").refused(2, "PASSPHRASE_WRONG")
    assert not (semper.root / "home" / "public" / "root.crt").exists()


@pytest.mark.parametrize("content", [None, b"\xff\xfe\x00"])
def test_a_passphrase_file_that_cannot_be_read_is_named(semper: Any, content: bytes | None) -> None:
    semper.ok("home", "init")
    semper.passphrase_file.unlink()
    if content is not None:
        semper.passphrase_file.write_bytes(content)
    semper.run("home", "bundle", "list").refused(2, "USAGE_INVALID")


def test_a_passphrase_is_not_asked_for_without_a_terminal(semper: Any) -> None:
    semper.ok("home", "init")
    assert "--passphrase-file" in semper.run("home", "bundle", "list", SEMPER_PASSPHRASE_FILE="").refused(
        2, "USAGE_INVALID"
    )


def test_a_fault_inside_shows_no_traceback_unless_asked(semper: Any) -> None:
    semper.ok("home", "init")
    (semper.root / "home" / "trust" / "drivers.lock").unlink()
    (semper.root / "home" / "trust" / "drivers.lock").mkdir()
    told = semper.run("home", "trust", "list").refused(3, "BACKEND_FAILED")
    assert "SEMPER_DEBUG" in told
    assert "Traceback" in semper.run("home", "trust", "list", SEMPER_DEBUG="1").err


def test_exit_codes_tell_refused_from_usage_from_unavailable() -> None:
    assert exit_code(AdmissionRefused("EVAL_MISSING", "cannot")) == 1
    assert exit_code(CapabilityRefused("CAPABILITY_REFUSED", "cannot")) == 1
    assert exit_code(UsageError("USAGE_INVALID", "cannot")) == 2
    assert exit_code(Unavailable("PEER_UNREACHABLE", "cannot")) == 3
    assert exit_code(SemperError("VERSION_UNSUPPORTED", "cannot")) == 1

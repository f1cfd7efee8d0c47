"""`semper contract` and `semper transfer`: several homes, each with processes of its own; some of these are killed."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from msgspec.structs import replace
from typer.testing import CliRunner, Result

from semper_host.cli.program import app
from semper_host.host import home as homes
from semper_host.host import trusting
from semper_host.model.errors import SemperError
from semper_host.supporting.preferences import preferences
from tests.cli.conftest import PASSPHRASE, Cli
from tests.free_ports import free_address
from tests.host.marketplace import Authorities
from tests.supporting.communication.socks_server import socks_server

TEXT = "We share the boat.\nWho sails it, cleans it.\n"
PATIENCE = 50
FILES = {"rules.txt": "No smoking.", "anna.txt": "Berth 7", "bruno.txt": "Berth 9"}


@dataclass
class Quay:
    """A marina that invites, a trustee, Anna, Bruno, and a judge who knows nobody but the registrars."""

    cli: Cli
    trustee: str
    number: str

    def begin(self, home: str, *words: str | Path) -> subprocess.Popen[str]:
        """Run a command meanwhile."""
        command, environment = self.cli._command(home, words), self.cli._environment(scripted(self.cli, home))
        return subprocess.Popen(
            command, env=environment, cwd=self.cli.root, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )

    def ask(self, home: str, *words: str | Path) -> str:
        """Run a command that only looks, in this process: what a process costs is not what is tested."""
        ran = self._invoke(home, words)
        assert ran.exit_code == 0, (words, ran.output, ran.exception)
        return ran.stdout

    def refused(self, code: str, home: str, *words: str | Path) -> str:
        """Run a command that is refused with this code, and return why."""
        error = self._invoke(home, words).exception
        assert isinstance(error, SemperError) and error.code == code, (words, error)
        return error.message

    def unfinished(self, home: str, *words: str | Path) -> str:
        """Run a command that gives up at once, and return all that it says."""
        ran = self._invoke(home, (*words, "--seconds", "0"))
        assert ran.exit_code == 3, (words, ran.output, ran.exception)
        return ran.stdout + ran.stderr

    def _invoke(self, home: str, words: tuple[str | Path, ...]) -> Result:
        called = ["--home", str(self.cli.root / home), *(str(word) for word in words)]
        environment = {"SEMPER_PASSPHRASE_FILE": str(self.cli.passphrase_file), **scripted(self.cli, home)}
        return CliRunner().invoke(app, called, env=environment)

    def screens(self, home: str) -> list[list[str]]:
        """What the trusted user interface of a home asked."""
        path = self.cli.root / f"{home}.jsonl"
        frames = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
        return [frame["lines"] for frame in frames if frame["kind"] == "confirm"]


def scripted(cli: Cli, home: str) -> dict[str, str]:
    path = cli.root / f"{home}.json"
    rules = [{"when": words, "answer": True} for words in ("Do you sign this with all of them?", "Do you decide so?")]
    path.write_text(json.dumps({"schema": "semper.scripted/1", "transcript": f"{home}.jsonl", "confirm": rules}))
    return {"SEMPER_SCRIPTED_UI": str(path)}


def made(root: Path, authorities: Authorities, role: str, name: str) -> None:
    """Make a home that trusts the registrars, certified where it serves."""
    listen = free_address()
    config = homes.Config(role=role, name=name, listen=listen, url=f"http://{listen}", allow_scripted=True)
    homes.create(root / name, config, PASSPHRASE)
    preferences.save(root / name, preferences.Preferences(driver="scripted"))
    home = homes.open_home(root / name, PASSPHRASE)
    trusting.add(home.trust, "Registrars", authorities.registering.chain[0], authorities.services, [])
    if role != "buyer":
        authorities.certify(home)
    if role == "trustee":
        authorities.enrol_all(home)
    home.close()


@pytest.fixture(scope="module")
def quay(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Quay]:
    root, authorities = tmp_path_factory.mktemp("quay"), Authorities()
    cli = Cli(root)
    cli.passphrase_file.write_text(PASSPHRASE + "\n")
    for role, name in (("trustee", "T"), ("merchant", "Marina"), *(("buyer", each) for each in ("Anna", "Bruno", "J"))):
        made(root, authorities, role, name)
    for name, text in (("boat.txt", TEXT), *FILES.items()):
        (root / name).write_text(text)
    with ExitStack() as up:
        trustee = up.enter_context(cli.up("T"))
        up.enter_context(cli.up("Marina"))
        quay = Quay(cli, trustee, "")
        parties = ("--with", "Anna", "--with", "Bruno", "--trustee", trustee)
        words = ("--title", "The boat", *parties, "-o", root / "out", "--json")
        told = quay.ask("Marina", "contract", "propose", root / "boat.txt", *words)
        quay.number = json.loads(told)["contract"]
        yield quay


def ended(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, err = process.communicate(timeout=PATIENCE)
    assert "Traceback" not in out + err
    return process.returncode, out, err


def test_three_processes_sign_though_one_is_killed_after_it_promised(quay: Quay) -> None:
    out = quay.cli.root / "out"
    seats = [out / f"{quay.number[:16]}-{seat}.invitation" for seat in (1, 2)]
    assert all(path.stat().st_mode & 0o777 == 0o600 for path in seats)
    anna = quay.begin("Anna", "contract", "join", seats[0], "--seconds", str(PATIENCE))
    bruno = quay.begin("Bruno", "contract", "join", seats[1], "--seconds", str(PATIENCE), "--save", "read-me.txt")
    marina = quay.begin("Marina", "contract", "sign", quay.number[:12], "--seconds", str(PATIENCE))
    deadline = time.monotonic() + PATIENCE
    while not quay.screens("Anna"):
        assert time.monotonic() < deadline and anna.poll() is None, ended(anna)
        time.sleep(0.01)
    os.kill(anna.pid, signal.SIGKILL)
    anna.communicate()
    code, said, err = ended(quay.begin("Anna", "contract", "sign", quay.number[:8], "--seconds", str(PATIENCE)))
    assert code == 0, (said, err)
    assert "  It binds all of them." in said and "1  Anna (you): has confirmed" in said
    for process in (bruno, marina):
        code, said, err = ended(process)
        assert code == 0 and "It binds all of them." in said, (said, err)
    assert (quay.cli.root / "read-me.txt").read_text() == TEXT
    (shown,) = quay.screens("Bruno")
    assert "certified by Registrars: Marina" in "\n".join(shown)


def test_a_stranger_verifies_and_judges_it_with_the_registrars_root_alone(quay: Quay) -> None:
    root = quay.cli.root
    for home in ("Anna", "Marina"):
        quay.ask(home, "contract", "export", quay.number[:8], "-o", root / f"{home}.evidence")
    said = quay.ask("J", "deal", "verify", root / "Anna.evidence")
    assert said.startswith("A contract of 3: The boat\n") and said.endswith("everybody confirmed it.\n")
    found = json.loads(quay.ask("J", "deal", "verify", root / "Marina.evidence", "--json"))
    assert (found["schema"], found["outcome"]) == ("semper.verified-contract/1", "signed by all")
    words = ("deal", "judge", root / "Anna.evidence", root / "Marina.evidence")
    told = quay.ask("J", *words, "--claim", "2:not-signed")
    assert told.startswith("Nobody deviated: party 2 (Bruno) is wrong: the contract binds all 3 of them")
    quay.refused("USAGE_INVALID", "J", *words, "--claim", "buyer:not-paid")
    data = bytearray((root / "Anna.evidence").read_bytes())
    data[len(data) // 2] ^= 1
    (root / "changed.evidence").write_bytes(data)
    assert "changed after it was sealed" in quay.refused(
        "EVIDENCE_INVALID", "J", "deal", "verify", root / "changed.evidence"
    )


def test_contracts_are_listed_shown_and_left(quay: Quay) -> None:
    (row,) = json.loads(quay.ask("Anna", "contract", "list", "--json"))
    assert (row["contract"], row["end"], row["joined"]) == (quay.number, "done", 3)
    assert "3 of 3 joined  The boat" in quay.ask("Bruno", "contract", "list")
    assert "evidence: `semper contract export" in quay.ask("Bruno", "contract", "show", quay.number)
    assert quay.ask("J", "contract", "list") == "No contracts yet.\n"
    quay.refused("DEAL_UNKNOWN", "Anna", "contract", "show", "ffffffffff")
    quay.refused("USAGE_INVALID", "Anna", "contract", "leave", quay.number)


def test_a_contract_that_the_trustee_can_still_be_asked_for_is_not_forgotten(quay: Quay) -> None:
    asked = ("contract", "forget", quay.number[:10], "--yes")
    assert "the others may need what you signed still" in quay.refused("DEAL_UNFINISHED", "Anna", *asked)
    assert "name contracts" in quay.refused("USAGE_INVALID", "Anna", "contract", "forget", "--yes")
    quay.ask("Anna", "contract", "show", quay.number)


def test_who_cannot_invite_is_told_why(quay: Quay) -> None:
    root = quay.cli.root
    words = ("--title", "The boat", "--with", "Anna", "--trustee", quay.trustee)
    asked = ("contract", "propose", root / "boat.txt", *words)
    assert "name 2 to 15 others" in quay.refused("USAGE_INVALID", "Marina", *asked)
    quay.refused("USAGE_INVALID", "Marina", *asked, "--within", "soon")


def test_two_homes_receive_what_a_third_one_sends_though_one_is_killed_before_it_signs(quay: Quay) -> None:
    root = quay.cli.root
    parts = ("--for", f"Anna={root / 'anna.txt'}", "--for", f"Bruno={root / 'bruno.txt'}", "-o", root / "sent")
    words = ("--title", "Your berths", "--to", "Anna", "--to", "Bruno", *parts, "--json")
    sent = json.loads(quay.ask("Marina", "transfer", "send", root / "rules.txt", *words))
    number = sent["transfer"]
    anna = quay.begin("Anna", "transfer", "receive", sent["invitations"]["Anna"])
    before, deadline = len(quay.screens("Bruno")), time.monotonic() + PATIENCE
    bruno = quay.begin("Bruno", "transfer", "receive", sent["invitations"]["Bruno"])
    while len(quay.screens("Bruno")) == before:
        assert time.monotonic() < deadline and bruno.poll() is None, ended(bruno)
        time.sleep(0.005)
    os.kill(bruno.pid, signal.SIGKILL)
    bruno.communicate()
    code, said, err = ended(quay.begin("Bruno", "transfer", "resume", number[:10]))
    assert code == 0 and "bruno.txt" in said and "anna.txt" not in said, (said, err)
    code, said, err = ended(anna)
    assert code == 0, (said, err)
    folder = root / "Anna" / "received" / number[:16]
    own = {name: FILES[name] for name in ("rules.txt", "anna.txt")}
    assert {path.name: path.read_text() for path in folder.iterdir()} == own
    assert "2  Bruno: has signed for it" in quay.ask("Marina", "transfer", "show", number)
    quay.ask("Marina", "transfer", "export", number, "-o", root / "berths.evidence")
    assert "Bruno), not certified: container" in quay.ask("J", "deal", "verify", root / "berths.evidence")
    told = quay.ask("J", "deal", "judge", root / "berths.evidence", "--claim", "2:not-received")
    assert told.startswith("Nobody deviated: party 2 (Bruno) is wrong: it signed that the container was opened")
    (row,) = listed(quay, "Bruno")
    assert (row["transfer"], row["state"], row["joined"]) == (number, "received", 3)
    assert "delivered" in quay.ask("Marina", "transfer", "list")
    assert "its sender may ask again" in quay.refused("DEAL_UNFINISHED", "Bruno", "transfer", "forget", number, "--yes")
    assert quay.ask("Marina", "transfer", "forget", number[:10], "--yes") == "Forgotten: 1.\n"
    assert f"{number[:16]}  forgotten" in quay.ask("Marina", "transfer", "list")
    quay.refused("DEAL_UNKNOWN", "Marina", "transfer", "forget", number, "--yes")
    assert quay.ask("Marina", "transfer", "forget", "--before", "2020-01-01", "--yes") == "Forgotten: 0.\n"
    wrong = ("transfer", "send", root / "rules.txt", "--title", "x", "--to", "Anna", "--for", "Bruno=anna.txt")
    quay.refused("USAGE_INVALID", "Marina", *wrong)


def test_anybody_sends_anonymously_to_who_serves_though_killed_before_the_receipt_comes(quay: Quay) -> None:
    root, marina = quay.cli.root, homes.read_config(quay.cli.root / "Marina").url
    asked = ("transfer", "send", root / "rules.txt", "--anonymous", "--title", "What I saw", "--to", f"Marina={marina}")
    anna = quay.begin("Anna", *asked, "--seconds", str(PATIENCE))
    deadline = time.monotonic() + PATIENCE
    while not (waiting := [row for row in listed(quay, "Marina") if row["state"] == "waits"]):
        assert time.monotonic() < deadline and anna.poll() is None, ended(anna)
        time.sleep(0.05)
    os.kill(anna.pid, signal.SIGKILL)
    anna.communicate()
    number = waiting[0]["transfer"]
    assert "you are to sign that it was opened" in quay.ask("Marina", "transfer", "show", number)
    said = quay.ask("Marina", "transfer", "accept", number[:10])
    assert "from anonymous, key" in said and (root / "Marina/received" / number[:16] / "rules.txt").exists()
    assert quay.screens("Marina")[-1][5] == "What is decided:        What I saw"
    told = json.loads(quay.ask("Anna", "transfer", "resume", number, "--json"))
    assert told == {"transfer": number, "over": True, "receipts": 1}
    assert "delivered  anonymous, 2 of 2 joined, 1 receipts  What I saw" in quay.ask("Anna", "transfer", "list")
    quay.ask("Anna", "transfer", "export", number, "-o", root / "seen.evidence")
    assert ", not certified, sends" in quay.ask("J", "deal", "verify", root / "seen.evidence")
    told = quay.ask("J", "deal", "judge", root / "seen.evidence", "--claim", "1:not-received")
    assert told.startswith("Nobody deviated: party 1 (Marina) is wrong: it signed that the container was opened")


def test_what_is_declined_is_told_and_who_is_not_there_is_not_sent_to(quay: Quay) -> None:
    root, marina = quay.cli.root, homes.read_config(quay.cli.root / "Marina").url
    asked = ("transfer", "send", root / "rules.txt", "--anonymous", "--title", "No", "--no-origin")
    sent = quay.ask("Anna", *asked, "--to", f"Marina={marina}", "--receipt", "none")
    assert "  1  Marina: has it, it says" in sent and "delivered" in sent
    (row,) = [row for row in listed(quay, "Marina") if row["state"] == "waits"]
    assert "declined" in quay.ask("Marina", "transfer", "decline", row["transfer"])
    assert not [row for row in listed(quay, "Marina") if row["state"] == "waits"]
    address = quay.ask("Marina", "transfer", "pass", "press").strip()
    assert address.startswith(f"Marina={marina}#") and quay.ask("Marina", "transfer", "pass") == "press\n"
    assert "has it, it says" in quay.ask("Anna", *asked, "--to", address, "--receipt", "none")
    assert "anonymous with your pass press, " in quay.ask("Marina", "transfer", "list")
    assert "counts no longer" in quay.ask("Marina", "transfer", "pass", "press", "--withdraw")
    assert "only a merchant's" in quay.refused("USAGE_INVALID", "Anna", "transfer", "pass", "press")
    quay.refused("USAGE_INVALID", "Anna", *asked, "--to", f"{address}0")
    quay.refused("PEER_IDENTITY", "Anna", *asked, "--to", f"Harbour={marina}")
    quay.refused("USAGE_INVALID", "Anna", *asked, "--to", "Marina")


def test_a_home_with_a_proxy_sends_and_asks_again_through_it_alone(quay: Quay) -> None:
    root, port = quay.cli.root, urlsplit(homes.read_config(quay.cli.root / "Marina").url).port
    config = homes.read_config(root / "Bruno")
    asked = ("transfer", "send", root / "rules.txt", "--anonymous", "--title", "Hidden", "--to")
    assert "this home has no proxy: recipients see" in quay.unfinished(
        "Bruno", *asked, f"Marina=http://127.0.0.1:{port}"
    )
    with socks_server(marina_example="127.0.0.1") as server:
        homes.write_config(root / "Bruno", replace(config, proxy=f"socks5h://127.0.0.1:{server.port}"))
        told = quay.unfinished("Bruno", *asked, f"Marina=http://marina.example:{port}")
        number = told.partition("Transfer ")[2][:16]
        assert "no proxy" not in told and "  1  Marina: has it, it says" in told
        quay.unfinished("Bruno", "transfer", "resume", number)
    homes.write_config(root / "Bruno", config)
    assert len({each.user for each in server.asked}) == 2 and {each.host for each in server.asked} == {"marina.example"}


def listed(quay: Quay, home: str) -> list[dict[str, Any]]:
    """What `semper transfer list` shows a program."""
    found: list[dict[str, Any]] = json.loads(quay.ask(home, "transfer", "list", "--json"))
    return found

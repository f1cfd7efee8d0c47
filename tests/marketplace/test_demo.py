"""The demo as a program sees it: five deals between real processes, judged by the homes they leave."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
PRICE = 1990


@dataclass(frozen=True)
class Shown:
    """One run of the demo: its document, the homes it kept, and every file that every process of it opened or compiled.

    Both as pairs of the process's command and the file.
    """

    document: dict[str, Any]
    homes: Path
    opened: list[tuple[str, str]]
    compiled: list[tuple[str, str]]

    def deal(self, scenario: str) -> dict[str, Any]:
        return next(each for each in self.document["deals"] if each["scenario"] == scenario)


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    place = tmp_path_factory.mktemp("demo")
    notes = place / "watching" / "notes"
    notes.mkdir(parents=True)
    shutil.copy(Path(__file__).parent / "watching" / "sitecustomize.py", notes.parent)
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(notes.parent), str(ROOT)])}
    words = [sys.executable, "-m", "semper_host", "demo", "--json", "--keep", str(place / "homes")]
    done = subprocess.run(words, env=environment, capture_output=True, text=True, timeout=480, cwd=place, check=False)
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-2000:]
    noted: dict[str, list[tuple[str, str]]] = {"open": [], "compile": []}
    for file in notes.glob("*.notes"):
        for line in file.read_text(errors="replace").splitlines():
            event, command, path = line.split("\t")
            noted[event].append((command, path))
    return Shown(json.loads(done.stdout), place / "homes", noted["open"], noted["compile"])


def test_the_document_has_one_record_for_each_scenario(shown: Shown) -> None:
    assert set(shown.document) == {"schema", "deals"}
    assert shown.document["schema"] == "semper.demo/1"
    scenarios = [each["scenario"] for each in shown.document["deals"]]
    assert scenarios == ["sold", "resolved", "abandoned", "tampered", "unevaluated"]
    fields = {"scenario", "outcome", "label", "refusal", "balances", "goods", "evidence", "parties"}
    assert all(set(each) == fields for each in shown.document["deals"])


@pytest.mark.parametrize("scenario", ["sold", "resolved"])
def test_the_course_is_sold_and_paid_once(shown: Shown, scenario: str) -> None:
    deal = shown.deal(scenario)
    assert deal["outcome"] == "sold" and len(bytes.fromhex(deal["label"])) == 32
    assert _change(deal, "buyer") == -PRICE and _change(deal, "merchant") == PRICE and _change(deal, "held") == 0
    assert len(deal["goods"]) == 3
    assert all(file["offered_sha256"] == file["delivered_sha256"] for file in deal["goods"])


def test_who_walks_away_loses_nothing_and_gets_nothing(shown: Shown) -> None:
    deal = shown.deal("abandoned")
    assert deal["outcome"] == "none"
    assert [_change(deal, party) for party in ("buyer", "merchant", "held")] == [0, 0, 0]
    assert all(file["delivered_sha256"] is None for file in deal["goods"])


def test_terms_that_were_changed_are_refused_and_the_repository_is_blamed(shown: Shown) -> None:
    deal = shown.deal("tampered")
    assert deal["refusal"] == {"code": "ARCHIVE_DIGEST", "blame": "repository"}
    assert deal["outcome"] == "refused" and _change(deal, "buyer") == 0


def test_terms_that_nobody_evaluated_take_no_payment(shown: Shown) -> None:
    deal = shown.deal("unevaluated")
    assert deal["refusal"] == {"code": "EVAL_MISSING", "blame": "authority"}
    assert _change(deal, "buyer") == 0 and deal["label"] is None


def test_money_is_neither_made_nor_lost(shown: Shown) -> None:
    for deal in shown.document["deals"]:
        assert sum(_change(deal, party) for party in deal["balances"]) == 0


def test_every_party_is_a_process_of_its_own_with_a_home_of_its_own(shown: Shown) -> None:
    for deal in shown.document["deals"]:
        parties = deal["parties"]
        assert [party["role"] for party in parties] == ["repository", "merchant", "bank", "trustee", "buyer"]
        assert all(isinstance(party["pid"], int) for party in parties)
        assert len({party["pid"] for party in parties}) == len({party["home"] for party in parties}) == 5
        urls = [party["url"] for party in parties if party["url"]]
        assert len(set(urls)) == 4 and all(url.startswith("http://127.0.0.1:") for url in urls)


def test_no_party_opens_a_file_in_another_partys_home(shown: Shown) -> None:
    homes = [path for path in shown.homes.iterdir() if (path / "config.yaml").is_file()]
    public = [str(home / "public") for home in homes]
    seen = set()
    for command, path in shown.opened:
        words = command.split()
        if "--home" not in words or "demo" in words:
            continue
        own = Path(words[words.index("--home") + 1])
        seen.add(own.name)
        for home in homes:
            inside = Path(path).is_relative_to(home)
            handed_over = any(path.startswith(place) for place in public) or path.endswith("/trust")
            assert not inside or home == own or handed_over or "deal verify" in command, (command, path)
    assert len(seen) >= 8


def test_no_host_process_ever_compiles_a_bundle(shown: Shown) -> None:
    modules = {str(file) for file in (ROOT / "semper_host").rglob("*.py")}
    foreign = [(command, path) for command, path in shown.compiled if path not in modules]
    assert not foreign
    assert any("offer open" in command for command, _ in shown.opened), "the buyer's process was watched"


def test_the_evidence_convinces_a_stranger_and_no_changed_byte_does(shown: Shown) -> None:
    file = Path(shown.deal("sold")["evidence"])
    trust = shown.homes / "alice" / "trust"
    assert _verify(file, trust).returncode == 0
    data = file.read_bytes()
    for at in range(0, len(data), len(data) // 6):
        forged = file.with_suffix(".forged")
        forged.write_bytes(data[:at] + bytes([data[at] ^ 0x10]) + data[at + 1 :])
        refused = _verify(forged, trust)
        assert refused.returncode == 1 and "Traceback" not in refused.stderr
        assert "EVIDENCE_INVALID" in refused.stderr


def test_no_secret_leaves_a_home_in_the_clear(shown: Shown) -> None:
    passphrase = (shown.homes / "alice.passphrase").read_text().strip().encode()
    for file in (shown.homes / "alice").rglob("*"):
        if file.is_file() and file.stat().st_size < 50_000_000:
            assert passphrase not in file.read_bytes()


def _change(deal: dict[str, Any], party: str) -> int:
    amounts = deal["balances"][party]["EUR"]
    return int(amounts["after"]) - int(amounts["before"])


def _verify(file: Path, trust: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-m", "semper_host", "deal", "verify", str(file), "--roots", str(trust)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(words, capture_output=True, text=True, env=environment, timeout=60, check=False)

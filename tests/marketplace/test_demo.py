"""The demo as a program sees it: five deals between real processes, judged by the homes they leave.

It runs from a wheel, in another environment, far from the checkout: the wheel alone is enough for all of it.
"""

from __future__ import annotations

import copy
import hashlib
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from semper_host.cli.demo import command, judging
from semper_host.cli.lazy import load
from semper_host.cli.program import Commands
from semper_host.host.bundling import build_all

ROOT = Path(__file__).resolve().parents[2]
PRICE = 1990
LOOK = """
import hashlib, json
from semper_host.host import data
from semper_host.supporting.trusted_ui.drivers import load_driver
from semper_host.supporting.trusted_ui.lock import read_lock
driver = load_driver("terminal", read_lock(data.trust_roots() / "drivers.lock"))
bundles = {name: hashlib.sha256(archive).hexdigest() for name, archive in data.archives().items()}
print(json.dumps({"bundles": bundles, "driver": type(driver).__name__, "host": data.__file__}))
"""


@dataclass(frozen=True)
class Shown:
    """One run of the demo: its document, the homes it kept, and every file that every process of it opened, and every
    piece of bundle code that it compiled or executed.

    All as pairs of the process's command and the file.
    """

    document: dict[str, Any]
    homes: Path
    opened: list[tuple[str, str]]
    compiled: list[tuple[str, str]]
    executed: list[tuple[str, str]]

    def deal(self, scenario: str) -> dict[str, Any]:
        return next(each for each in self.document["deals"] if each["scenario"] == scenario)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "wheel", "-qq", "--no-index", "--no-deps", "--no-build-isolation"]
    subprocess.run([*pip, "--wheel-dir", str(folder), str(ROOT)], check=True, capture_output=True)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def elsewhere(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new virtual environment that holds the wheel, and the dependencies of this one."""
    folder = tmp_path_factory.mktemp("elsewhere")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(folder / "bin/python")]
    subprocess.run([*pip, "install", "-qq", "--no-index", "--no-deps", str(wheel)], check=True, capture_output=True)
    site = next(folder.glob("lib/python*/site-packages"))
    (site / "dependencies.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return folder


@pytest.fixture(scope="module")
def shown(elsewhere: Path, tmp_path_factory: pytest.TempPathFactory) -> Shown:
    place = tmp_path_factory.mktemp("demo")
    notes = place / "watching" / "notes"
    notes.mkdir(parents=True)
    shutil.copy(Path(__file__).parent / "watching" / "sitecustomize.py", notes.parent)
    words = ["demo", "--json", "--keep", str(place / "homes")]
    done = run(elsewhere / "bin/semper", *words, seconds=480, PYTHONPATH=str(notes.parent))
    noted: dict[str, list[tuple[str, str]]] = {"open": [], "compile": [], "exec": []}
    for file in notes.glob("*.notes"):
        for line in file.read_text(errors="replace").splitlines():
            event, by, path = line.split("\t")
            noted[event].append((by, path))
    return Shown(json.loads(done), place / "homes", noted["open"], noted["compile"], noted["exec"])


def run(program: Path, *arguments: str, seconds: int = 60, **environment: str) -> str:
    """Run a program far from the checkout and return what it prints on stdout."""
    ours = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "SEMPER_HOME")}
    done = subprocess.run(
        [str(program), *arguments], cwd="/", env={**ours, **environment}, capture_output=True, text=True,
        timeout=seconds, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:] + done.stdout[-2000:]
    return done.stdout


# --- the wheel


def test_a_wheel_holds_archives_and_no_bundle_source(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert [name for name in names if name.endswith(".smp")]
    tops = {name.partition("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"semper_host", "service_repo", "semper_terminal", "semper_scripted"}
    assert not [name for name in names if name.endswith(".pyc")]


def test_bundles_and_drivers_are_the_same_from_checkout_and_wheel(elsewhere: Path) -> None:
    found = json.loads(run(elsewhere / "bin/python", "-c", LOOK))
    built = build_all(ROOT / "plugins")
    assert found["bundles"] == {name: hashlib.sha256(archive).hexdigest() for name, archive in built.items()}
    assert found["driver"] == "TerminalDriver"
    assert Path(found["host"]).is_relative_to(elsewhere)


# --- the demo


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
    for by, path in {each for each in shown.opened if each[1].startswith(str(shown.homes))}:
        words = by.split()
        if "--home" not in words or "demo" in words:
            continue
        own = Path(words[words.index("--home") + 1])
        seen.add(own.name)
        for home in homes:
            inside = Path(path).is_relative_to(home)
            handed_over = any(path.startswith(place) for place in public) or path.endswith("/trust")
            assert not inside or home == own or handed_over or "deal verify" in by, (by, path)
    assert len(seen) >= 8


def test_no_host_process_ever_compiles_or_executes_bundle_bytes(shown: Shown, elsewhere: Path) -> None:
    modules = {str(file) for file in elsewhere.glob("lib/python*/site-packages/semper_host/**/*.py")}
    foreign = [(by, path) for by, path in (*shown.compiled, *shown.executed) if path not in modules]
    assert not foreign
    watched = {by for by, _ in shown.executed}  # modules of the host that speak to bundles: these were seen to run
    assert all(any(words in by for by in watched) for words in ("offer open", " up", "batch", "semper demo"))


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


def _another_outcome(deals: list[dict[str, Any]]) -> None:
    deals[1]["outcome"] = "none"


def _a_cent_too_few(deals: list[dict[str, Any]]) -> None:
    deals[2]["balances"]["buyer"]["EUR"]["after"] -= 1


def _money_still_held(deals: list[dict[str, Any]]) -> None:
    deals[0]["balances"]["held"]["EUR"]["after"] += 1


def _other_goods(deals: list[dict[str, Any]]) -> None:
    deals[0]["goods"][2]["delivered_sha256"] = "00" * 32


def _goods_for_nothing(deals: list[dict[str, Any]]) -> None:
    deals[2]["goods"][0]["delivered_sha256"] = deals[2]["goods"][0]["offered_sha256"]


def _no_goods(deals: list[dict[str, Any]]) -> None:
    deals[1]["goods"] = []


def _another_refusal(deals: list[dict[str, Any]]) -> None:
    deals[3]["refusal"]["code"] = "PEER_UNREACHABLE"


def _no_refusal(deals: list[dict[str, Any]]) -> None:
    deals[4]["refusal"] = None


def _one_process(deals: list[dict[str, Any]]) -> None:
    deals[0]["parties"][1]["pid"] = deals[0]["parties"][2]["pid"]


SPOILT = (
    _another_outcome, _a_cent_too_few, _money_still_held, _other_goods, _goods_for_nothing, _no_goods,
    _another_refusal, _no_refusal, _one_process,
)  # fmt: skip


@pytest.mark.parametrize("spoil", SPOILT, ids=lambda spoil: spoil.__name__.strip("_"))
def test_an_end_that_is_not_what_it_should_be_is_found(
    shown: Shown, spoil: Callable[[list[dict[str, Any]]], None]
) -> None:
    deals = copy.deepcopy(shown.document["deals"])
    assert judging.faults(deals) == []
    spoil(deals)
    assert len(judging.faults(deals)) == 1


@pytest.mark.parametrize(
    ("scenario", "refusals", "verdict"),
    [
        ("resolved", [], None), ("resolved", [], "aborted"), ("sold", [], "resolved"), ("abandoned", [], None),
        ("unevaluated", ["EVAL_MISSING"], None), ("unevaluated", ["EVAL_MISSING", "PEER_UNREACHABLE"], None),
    ],
)  # fmt: skip
def test_another_decision_of_the_trustee_or_another_refusal_is_found(
    scenario: str, refusals: list[str], verdict: str | None
) -> None:
    assert len(judging.unlike(scenario, refusals, verdict)) == 1


@pytest.mark.parametrize("wrong", ["a record", "what no record shows", "nothing"])
@pytest.mark.parametrize("as_json", [True, False])
def test_the_demo_exits_non_zero_where_an_end_is_not_what_it_should_be(
    shown: Shown, wrong: str, as_json: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    deals = copy.deepcopy(shown.document["deals"])
    if wrong == "a record":
        _a_cent_too_few(deals)
    world = SimpleNamespace(wrong=["the trustee slept"] if wrong == "what no record shows" else [], close=lambda: None)
    monkeypatch.setattr(command, "build", lambda root, story: world)
    monkeypatch.setattr(command, "SCENARIOS", (lambda everybody: deals,))
    demo = load("demo", Commands.later["demo"])
    code = demo.main(["--json"] if as_json else [], standalone_mode=False)
    told = capsys.readouterr()
    assert (code or 0, "WRONG: " in told.err) == ((0, False) if wrong == "nothing" else (1, True))
    assert not as_json or json.loads(told.out) == {"schema": "semper.demo/1", "deals": deals}


def test_a_program_reads_of_each_deal_where_the_money_is_and_who_acts_next(shown: Shown, elsewhere: Path) -> None:
    secret = str(shown.homes / "alice.passphrase")

    def deal(*words: str) -> Any:
        home = ("--home", str(shown.homes / "alice"))
        return json.loads(run(elsewhere / "bin/semper", *home, "deal", *words, "--json", SEMPER_PASSPHRASE_FILE=secret))

    listed = deal("list")
    assert [each["place"] for each in listed] == ["END.sold", "END.sold", "END.none"]
    for each, where, holder in zip(listed, ("payee", "payee", "purse"), ("EUROCOM", "EUROCOM", ""), strict=True):
        assert (each["state"], each["trouble"], each["total"]) == ("over", "", {"minor": PRICE, "currency": "EUR"})
        told = deal("show", each["deal"][:16])
        assert {**told, **each} == told
        assert (told["where"], told["holder"], told["acts"], told["by"]) == (where, holder, "nobody", None)
        assert len(told["things"]) == 2


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

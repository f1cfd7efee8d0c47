"""The independent model of the exchange: in step with the code's tables, and checked by Spin where Spin is."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from semper_host.exchange import initiator, responder
from semper_host.exchange.messages import KINDS
from semper_host.exchange.requests import ABORTED, LAPSED, RESOLVED
from semper_host.exchange.state import Phase

FOLDER = Path(__file__).parents[2] / "docs" / "explanation" / "model"
TABLES = {"A": initiator.TABLE, "B": responder.TABLE}
SENDERS = {1: "A", 2: "B", 3: "A", 4: "B"}


@pytest.fixture(scope="module")
def model() -> str:
    return (FOLDER / "exchange.pml").read_text("utf-8")


@pytest.fixture(scope="module")
def check() -> ModuleType:
    spec = importlib.util.spec_from_file_location("check_model", FOLDER / "check.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("role", ["A", "B"])
def test_the_model_has_an_act_for_every_entry_of_the_codes_table_and_no_other(model: str, role: str) -> None:
    acts = set(re.findall(rf"\b{role}_([a-z]+)_([A-Z][a-z]+):", model))
    assert acts == {(phase.value, event.__name__) for phase, event in TABLES[role]}


def test_the_model_sends_the_messages_of_the_code_and_each_from_its_own_side(model: str) -> None:
    assert {f"m{number}" for number in KINDS} == set(re.findall(r"\b(m\d)\b", model))
    honest = {
        "A": model.partition("/* --- the initiator */")[2].partition("#else")[0],
        "B": model.partition("/* --- the responder */")[2].partition("#else")[0],
    }
    for number, sender in SENDERS.items():
        for role, acts in honest.items():
            says = re.search(rf"(?<![a-z_])m{number} = true", acts) is not None
            assert says is (role == sender), (number, role)


def test_the_model_has_the_codes_phases_and_verdicts(model: str) -> None:
    declared = " ".join(re.findall(r"mtype = \{([^}]*)\}", model))
    names = {name.strip().rstrip("_") for name in declared.split(",") for name in name.split()}
    phases = {phase.value for phase in Phase} - {"finished"}
    assert phases | {RESOLVED, ABORTED, LAPSED} | {"done"} <= names


def test_spin_finds_nothing_wrong_with_a_purchase(check: ModuleType) -> None:
    if check.missing():
        pytest.skip(check.missing())
    found = check.Run(("KIND=PURCHASE", "HONEST_B"))
    assert (found.errors, found.complete) == (0, True) and found.states > 500


@pytest.mark.deep
@pytest.mark.parametrize("kind", ["CONTRACT", "PURCHASE", "INFORMATION", "MONEY"])
def test_spin_finds_nothing_wrong_with_any_kind(check: ModuleType, kind: str) -> None:
    if check.missing():
        pytest.skip(check.missing())
    for honest in check.HONEST:
        assert check.Run((f"KIND={kind}", *honest)).errors == 0, honest


@pytest.mark.deep
def test_spin_finds_every_mutant(check: ModuleType) -> None:
    if check.missing():
        pytest.skip(check.missing())
    for mutant, (kind, honest) in check.MUTANTS.items():
        assert check.Run((f"KIND={kind}", *honest, mutant)).errors, mutant

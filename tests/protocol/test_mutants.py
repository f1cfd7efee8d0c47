"""Every regression and every mutant of issue 5 is killed by name; a check that can't fail would show here."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.protocol import explorer, joint, properties
from tests.protocol.mutants import MUTANTS, REGRESSIONS, Mutant

PROPERTIES = [
    properties.every_nonce_counts,
    properties.every_role_counts,
    properties.every_hold_counts,
    properties.weak_keys_are_refused,
]
ISSUE = {
    "regressions": {
        "inconsistent versions and replay", "a row per m1 instead of per label",
        "abort then bilateral finish of a revocable item", "m2 accepted just before t resolve",
        "nobody delivers release", "a swapped escrow convicts an honest seller", "small order keys",
    },
    "mutants": {
        "trustee forgets", "sends before record", "initiator continues after abort", "responder gives up",
        "buyer may abort", "trustee skips the escrow check", "trustee skips the hold check", "hold expires early",
        "nonce left out of the label", "role left out of the label", "hold left out of the label",
        "key is handed out before released",
    },
}  # fmt: skip
"""What the issue names."""
ASSERTIONS = {
    "inconsistent versions and replay": "two honest parties disagree",
    "a row per m1 instead of per label": "the trustee decides twice on one label",
    "a swapped escrow convicts an honest seller": "the trustee blames an honest initiator",
    "nobody delivers release": "the responder cannot finish alone",
    "initiator believes without message 4": "the initiator is done, but without ['price']",
    "abort then bilateral finish of a revocable item": "the responder is done, but without ['deposit']",
    "responder gives up": "the responder gave ['price'] for nothing",
    "buyer may abort": "the initiator gave ['offer'] for nothing",
    "restarted initiator makes message 1 anew": "an honest party signed two different messages, which convicts it",
    "the trustee resolves without all promises": "bound is True, but the parties say ['aborted']",
}
"""Each assertion of the exploration, by a mutant that nothing but it finds first: none of them holds of anything."""


def test_everything_that_the_issue_names_is_in_the_tables() -> None:
    assert ISSUE["regressions"] <= set(REGRESSIONS) and ISSUE["mutants"] <= set(MUTANTS)
    assert set(ASSERTIONS) <= set(REGRESSIONS) | set(MUTANTS)


@pytest.mark.parametrize("name", list(REGRESSIONS))
def test_every_regression_is_found_when_its_fix_is_taken_out(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(name, REGRESSIONS, monkeypatch)


@pytest.mark.parametrize("name", list(MUTANTS))
def test_every_mutant_is_killed(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    killed(name, MUTANTS, monkeypatch)


@pytest.mark.parametrize("check", PROPERTIES)
def test_the_properties_hold_of_the_code_as_it_ships(check: Callable[[], None]) -> None:
    check()


def killed(name: str, table: dict[str, Mutant], monkeypatch: pytest.MonkeyPatch) -> None:
    mutant = table[name]
    mutant.patch(monkeypatch)
    with pytest.raises(AssertionError) as caught:
        mutant.check()
    assert str(caught.value).startswith(ASSERTIONS.get(name, ""))
    assert mutant.check in PROPERTIES or isinstance(caught.value, explorer.Violation | joint.Violation)

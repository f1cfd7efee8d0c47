"""Every interleaving of the shipping step functions is safe. What would not be safe is in `test_mutants`.

States and transitions of each run are recorded as test properties (`pytest --junit-xml`), and printed with `-s`.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.protocol.adversary import session
from tests.protocol.explorer import Explorer
from tests.protocol.joint import JointExplorer
from tests.protocol.samples import every_kind

Record = Callable[[str, object], None]
LARGE = {("package", "b"), ("package-wide", "a"), ("package-wide", "b"), ("package-two-holds", "b")}
"""Explored as far as a short run allows in `make test`, and fully in `make test-deep`."""
SHORT = 2_000


def record(explored: Explorer | JointExplorer, record_property: Record) -> None:
    record_property("states", explored.states)
    record_property("transitions", explored.transitions)
    print(f"{explored.states} states, {explored.transitions} transitions")


@pytest.mark.parametrize("kind", list(every_kind()))
@pytest.mark.parametrize("honest", ["ab", "a", "b"])
def test_no_schedule_harms_an_honest_party(kind: str, honest: str, record_property: Record) -> None:
    limited = (kind, honest) in LARGE
    explored = Explorer((session(kind, honest),), limit=SHORT if limited else 100_000).run()
    assert explored.complete or limited
    record(explored, record_property)


@pytest.mark.deep
@pytest.mark.parametrize(("kind", "honest"), sorted(LARGE))
def test_no_schedule_of_a_large_package_harms_an_honest_party(kind: str, honest: str, record_property: Record) -> None:
    explored = Explorer((session(kind, honest),)).run()
    assert explored.complete
    record(explored, record_property)


@pytest.mark.parametrize("kind", list(every_kind()))
def test_what_was_said_in_one_exchange_harms_nobody_in_another(kind: str, record_property: Record) -> None:
    """Two initiators and two responders with the same keys: half of them are the adversary's."""
    explored = Explorer((session(kind, "a", "one"), session(kind, "b", "two")), limit=SHORT).run()
    record(explored, record_property)


@pytest.mark.deep
@pytest.mark.parametrize("kind", ["contract", "access-shown", "information", "credentials"])
def test_two_small_exchanges_are_explored_to_the_end(kind: str, record_property: Record) -> None:
    explored = Explorer((session(kind, "a", "one"), session(kind, "b", "two")), limit=1_000_000).run()
    assert explored.complete
    record(explored, record_property)


@pytest.mark.deep
@pytest.mark.parametrize("kind", list(every_kind()))
@pytest.mark.parametrize("honest", [("a", "a"), ("b", "b"), ("a", "b"), ("ab", "a"), ("ab", "b")])
def test_two_exchanges_explored_deeply(kind: str, honest: tuple[str, str], record_property: Record) -> None:
    explored = Explorer((session(kind, honest[0], "one"), session(kind, honest[1], "two")), limit=100_000).run()
    record(explored, record_property)


@pytest.mark.parametrize("honest", [(0,), (1,), (0, 1), (1, 2)])
def test_no_schedule_of_a_contract_of_three_harms_an_honest_party(
    honest: tuple[int, ...], record_property: Record
) -> None:
    record(JointExplorer(honest).run(), record_property)


@pytest.mark.deep
def test_no_schedule_of_a_contract_of_three_honest_parties_binds_some_of_them(record_property: Record) -> None:
    record(JointExplorer((0, 1, 2)).run(), record_property)

"""Every interleaving of the shipping step functions is safe. What would not be safe is in `test_mutants`.

States and transitions of each run are recorded as test properties (`pytest --junit-xml`), and printed with `-s`.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import product

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from semper_host.exchange.composition import half_hash_in
from semper_host.exchange.goods import Conviction
from semper_host.exchange.kinds import fair_purchase
from semper_host.exchange.legs import information
from semper_host.exchange.legs.leg import promise_of
from semper_host.exchange.messages import make, own
from semper_host.exchange.places import lefts
from tests.protocol.adversary import K1, OTHER_K1, WRONG_KEY, honest_opening, session
from tests.protocol.explorer import Explorer
from tests.protocol.joint import JointExplorer
from tests.protocol.samples import K2, SIDES, every_kind

Record = Callable[[str, object], None]
LARGE = {
    ("package", "b"),
    ("package-wide", "a"),
    ("package-wide", "b"),
    ("package-two-holds", "b"),
    ("package-mixed", "b"),
}
"""Explored as far as a short run allows in `make test`, and fully in `make test-deep`."""
SHORT = 2_000
PAIRS = ["contract", "access-shown", "information", "credentials", "payment-receipt", "fair-purchase"]
"""Kinds of which two exchanges at once are explored to the end; the last takes minutes."""


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


@pytest.mark.parametrize(
    "items", ["dollars|survey", "ticket|order", "letter|euros", "dollars|pass", "course|membership"]
)
@pytest.mark.parametrize("honest", ["ab", "a", "b"])
def test_no_schedule_of_an_odd_package_harms_an_honest_party(items: str, honest: str) -> None:
    assert Explorer((session(f"package-items:{items}", honest),)).run().complete


@pytest.mark.deep
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(sides=SIDES, honest=st.sampled_from(["ab", "a", "b"]))
def test_no_schedule_of_a_random_package_harms_an_honest_party(sides: tuple[list[str], list[str]], honest: str) -> None:
    Explorer((session(f"package-items:{' '.join(sides[0])}|{' '.join(sides[1])}", honest),), limit=4_000).run()


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
@pytest.mark.parametrize("kind", PAIRS)
def test_two_exchanges_are_explored_to_the_end(kind: str, record_property: Record) -> None:
    explored = Explorer((session(kind, "a", "one"), session(kind, "b", "two")), limit=1_000_000, losing=False).run()
    assert explored.complete
    record(explored, record_property)


@pytest.mark.deep
@pytest.mark.parametrize("kind", list(every_kind()))
@pytest.mark.parametrize("honest", [("a", "a"), ("b", "b"), ("a", "b"), ("ab", "a"), ("ab", "b")])
def test_two_exchanges_explored_deeply(kind: str, honest: tuple[str, str], record_property: Record) -> None:
    explored = Explorer((session(kind, honest[0], "one"), session(kind, honest[1], "two")), limit=15_000).run()
    record(explored, record_property)


@pytest.mark.parametrize("kind", ["fair-purchase", "information", "package"])
def test_no_keys_that_an_adversary_can_bring_convict_an_honest_giver(kind: str) -> None:
    each = session(kind, "a")
    case, parts = each.initiator.case, honest_opening(each).attachments
    for first, second in product((K1, OTHER_K1, WRONG_KEY, b""), (K2, WRONG_KEY, b"")):
        conviction = Conviction(case.id, first, second)
        m1 = own(make(case.crypto, 1, case.id, parts, preimage=case.preimage))
        if kind == "fair-purchase":
            assert not fair_purchase.convicts(case, m1, conviction)
        else:
            promise, place = promise_of(parts[:3]), lefts(each.label)[0]
            assert not information.convicts(case, place, promise, half_hash_in(m1), conviction)


@pytest.mark.parametrize("honest", [(0,), (1,), (0, 1), (1, 2)])
def test_no_schedule_of_a_contract_of_three_harms_an_honest_party(
    honest: tuple[int, ...], record_property: Record
) -> None:
    record(JointExplorer(honest).run(), record_property)


@pytest.mark.deep
def test_no_schedule_of_a_contract_of_three_honest_parties_binds_some_of_them(record_property: Record) -> None:
    record(JointExplorer((0, 1, 2)).run(), record_property)

"""Nothing created, nothing lost."""

from __future__ import annotations

import pytest

from semper_host.exchange.conservation import Balance, Holdings, Possession, check
from semper_host.model.money import Money
from tests.protocol.world import refused


def euros(**minor: int) -> tuple[Balance, ...]:
    return tuple(Balance(name, Money(amount, "EUR")) for name, amount in minor.items())


TICKET = b"t" * 32
BEFORE = Holdings(euros(buyer=50, seller=0), (Possession("seller", TICKET),))


@pytest.mark.parametrize(
    "after",
    [
        BEFORE,
        Holdings(euros(buyer=30, hold=20), (Possession("buyer", TICKET),)),
        Holdings((*euros(buyer=30, seller=20), Balance("seller", Money(0, "USD"))), (Possession("buyer", TICKET),)),
    ],
)
def test_what_changes_hands_is_conserved(after: Holdings) -> None:
    check(BEFORE, after)


@pytest.mark.parametrize(
    "after",
    [
        Holdings(euros(buyer=50, seller=1), BEFORE.possessions),
        Holdings(euros(buyer=49, seller=0), BEFORE.possessions),
        Holdings((*euros(buyer=30), Balance("seller", Money(20, "USD"))), BEFORE.possessions),
        Holdings(BEFORE.balances),
        Holdings(BEFORE.balances, (Possession("buyer", TICKET), Possession("seller", TICKET))),
        Holdings(BEFORE.balances, (Possession("buyer", b"f" * 32),)),
    ],
)
def test_what_appears_or_disappears_stops_the_host(after: Holdings) -> None:
    with refused("BACKEND_FAILED"):
        check(BEFORE, after)


def test_nobody_shares_an_item_that_only_one_can_have() -> None:
    twice = Holdings(BEFORE.balances, (Possession("a", TICKET), Possession("b", TICKET)))
    with refused("BACKEND_FAILED"):
        check(twice, twice)

"""Nothing created, nothing lost: what is conserved whenever items change hands."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from semper_host.model.encoding import Record
from semper_host.model.errors import SemperError
from semper_host.model.money import Money


class Balance(Record, frozen=True):
    """Money that `holder` (a party, an account, a hold) has."""

    holder: str
    amount: Money


class Possession(Record, frozen=True):
    """An item, named by its digest, that one `holder` alone can have: a ticket, say; not information."""

    holder: str
    item: bytes


class Holdings(Record, frozen=True):
    """Everything that the participants of a step have, before it or after it."""

    balances: tuple[Balance, ...] = ()
    possessions: tuple[Possession, ...] = ()


def check(before: Holdings, after: Holdings) -> None:
    """Require that `after` has exactly the money, currency by currency, and the items that `before` has.

    Raises SemperError (BACKEND_FAILED): a host that breaks this must stop, it is nobody's business outcome.
    """
    if totals(before.balances) != totals(after.balances):
        raise SemperError("BACKEND_FAILED", "cannot go on: money would appear or disappear")
    items = [Counter(each.item for each in holdings.possessions) for holdings in (before, after)]
    if items[0] != items[1]:
        raise SemperError("BACKEND_FAILED", "cannot go on: an item would appear or disappear")
    if any(count > 1 for count in items[1].values()):
        raise SemperError("BACKEND_FAILED", "cannot go on: two would have an item that only one can have")


def totals(balances: Iterable[Balance]) -> dict[str, int]:
    """Return the sum of `balances` in minor units, by currency; currencies that sum to zero are left out."""
    sums: Counter[str] = Counter()
    for balance in balances:
        sums[balance.amount.currency] += balance.amount.minor
    return {currency: minor for currency, minor in sums.items() if minor}

"""A purse: the coins of one mint in this home, each free, reserved for something, or spent.

What is reserved for a label stays so until the payment is settled (the bundle drops the coins), refused (`free`), or
for ever unknown: then the same call is made again, never another payment.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from hashlib import sha256
from typing import Any

import msgspec

from semper_host.api_v1.calls import Paid, Refused, Unknown
from semper_host.host.coin_selection import Change, Ready, change_values, next_step, taken_and_missing
from semper_host.host.handlers.keyset import Keyset
from semper_host.model.errors import Unavailable, UsageError
from semper_host.model.learning import learn
from semper_host.model.money import Money
from semper_host.model.requests import Coin
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.purses import CoinRow, CoinState

MOST_EXCHANGES = 100

learn(Coin)  # purses are worked by several threads


class Purse:
    """The purse called `name` of this home, for coins of `keyset`."""

    def __init__(self, archive: Archive, name: str, keyset: Keyset) -> None:
        self.archive = archive
        self.name = name
        self.keyset = keyset
        self._paid = b"purse-paid/" + name.encode()

    def balance(self) -> Money:
        """Return what can be spent now."""
        return Money(self.archive.purse_total(self.name), self.keyset.currency)

    def reserved(self) -> Money:
        """Return what is set aside for payments that are not settled yet."""
        return Money(self.archive.purse_total(self.name, CoinState.RESERVED), self.keyset.currency)

    def prepare(self, amount: Money, label: bytes) -> Ready | Change:
        """Reserve coins for `label` that make `amount` exactly, or, first, coins to exchange for that.

        Asked again for the same label, it gives what is reserved, or was spent, for it already. Raises UsageError
        (FUNDS_INSUFFICIENT).
        """
        if amount.currency != self.keyset.currency:
            raise UsageError("FUNDS_INSUFFICIENT", f"cannot pay {amount}: the purse is in {self.keyset.currency}")
        return self.archive.commit(lambda tx: self._prepare(tx, amount.minor, label))

    def free(self, label: bytes) -> None:
        """Make what was reserved or to be exchanged for `label` free again: the bank refused, nothing moved."""

        def work(tx: Any) -> None:
            self.archive.free_reserved(tx, self.name, label)
            self.archive.free_reserved(tx, self.name, change_label(label))

        self.archive.commit(work)

    def paid(self, label: bytes) -> bool:
        """Say whether coins were paid for `label`: the bank signed that it holds them."""
        return self.archive.recall(self._paid, label.hex()) is not None

    def put(self, tx: Any, coin: Coin) -> bool:
        """Put a coin into the purse; False if it was there before, in whatever state."""
        return self.archive.add_coin(tx, self.name, serial(coin), coin.value, msgspec.msgpack.encode(coin))

    def drop(self, coins: Sequence[Coin], *, paid: bool = False) -> None:
        """Mark coins as spent, free or reserved as they are; the others reserved with them stay reserved.

        If `paid`, what they were reserved for is remembered as paid with them: prepared again, it takes no others.
        """
        gone = {serial(coin): coin for coin in coins}
        self.archive.commit(lambda tx: self._drop(tx, gone, paid))

    def _prepare(self, tx: Any, amount: int, label: bytes) -> Ready | Change:
        paid = self.archive.recall(self._paid, label.hex(), tx)
        if paid is not None:
            return Ready(msgspec.msgpack.decode(paid, type=list[Coin]))
        held = self.archive.coins(self.name, CoinState.RESERVED, tx)
        ready, changing = self._labelled(held, label), self._labelled(held, change_label(label))
        if ready:
            return Ready(ready)
        free = [self._coin(row) for row in self.archive.coins(self.name, CoinState.FREE, tx)]
        values = self.keyset.values
        if changing:  # an exchange under way is gone on with
            total = sum(coin.value for coin in changing)
            return Change(changing, change_values(total, taken_and_missing(free, amount)[1], values))
        step = next_step(free, amount, values)
        serials = [serial(coin) for coin in step.coins]
        self.archive.reserve_coins(tx, self.name, serials, label if isinstance(step, Ready) else change_label(label))
        return step

    def _drop(self, tx: Any, gone: dict[bytes, Coin], paid: bool) -> None:
        reserved = self.archive.coins(self.name, CoinState.RESERVED, tx)
        for label in sorted({row.label for row in reserved if row.serial in gone}):
            group = [row.serial for row in reserved if row.label == label]
            self.archive.free_reserved(tx, self.name, label)
            self.archive.reserve_coins(tx, self.name, [each for each in group if each not in gone], label)
            if paid:
                spent_on = msgspec.msgpack.encode([gone[each] for each in group if each in gone])
                self.archive.keep(tx, self._paid, label.hex(), spent_on)
        spent = [row.serial for row in self.archive.coins(self.name, CoinState.FREE, tx) if row.serial in gone]
        if spent:
            mark = sha256(b"semper/purse/dropped/1" + b"".join(spent)).digest()
            self.archive.reserve_coins(tx, self.name, spent, mark)
            self.archive.spend_reserved(tx, self.name, mark)

    def _labelled(self, rows: Sequence[CoinRow], label: bytes) -> list[Coin]:
        return [self._coin(row) for row in rows if row.label == label]

    def _coin(self, row: CoinRow) -> Coin:
        return msgspec.msgpack.decode(row.coin, type=Coin)


def exact_coins(
    purse: Purse, amount: Money, label: bytes, refresh: Callable[[list[Coin], list[int]], Paid]
) -> list[Coin] | Refused | Unknown:
    """Return coins reserved for `label` that make `amount`; `refresh` is the bundle's payer.refresh, to exchange coins.

    Unknown: the bank did not answer; the same call goes on where this one stopped. Raises FUNDS_INSUFFICIENT.
    """
    for _ in range(MOST_EXCHANGES):
        step = purse.prepare(amount, label)
        if isinstance(step, Ready):
            return step.coins
        result = refresh(step.coins, step.values)
        if isinstance(result, Unknown):
            return result
        if isinstance(result, Refused):
            purse.free(label)
            if result.code != "DOUBLE_SPENT":  # else the dead coin was dropped: pay with others
                return result
    raise Unavailable("BACKEND_FAILED", f"cannot make {amount} of the purse's coins: exchanging does not end")


def serial(coin: Coin) -> bytes:
    """Return what tells a coin from all others: SHA-256 of its message. The bank's key for its spending, too."""
    return sha256(coin.message).digest()


def change_label(label: bytes) -> bytes:
    """Return the label under which coins are reserved that are exchanged towards a payment under `label`."""
    return sha256(b"semper/purse/change/1" + label).digest()

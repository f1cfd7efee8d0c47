"""Double entry in integer minor units: every posting sums to zero, once, all or nothing (DESIGN §8).

What a payment system's bank side asks with `Post` and `HoldState` is answered here. A posting's first answer, also a
refusal, stands for ever under its key: a late duplicate of what was refused never takes effect.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import Connection, bindparam, func, select

from semper_host.model.encoding import encode
from semper_host.model.money import MAX_MINOR, Money
from semper_host.model.requests import Entry, HoldRow, Post, Posted
from semper_host.supporting.ledger.books import Books
from semper_host.supporting.ledger.tables import TABLES, balances, entries, holds, postings, spent

T = TypeVar("T")
Change = dict[tuple[str, str], int]
"""What a posting adds, in minor units, by account and currency."""

CONFLICT, MALFORMED, UNBALANCED, SPENT, STATE, FUNDS, LIMIT = (
    "conflict", "malformed", "unbalanced", "spent", "state", "funds", "limit",
)  # fmt: skip
"""Why a posting is refused (`Posted.why`): its key was used with other fields; it names a state without a label or the
like; it does not sum to zero; a key was spent before; the hold is in another state; an account would go below zero;
an account would exceed 10^15 minor units."""

_POSTED = select(postings).where(postings.c.key == bindparam("is_key"))
_SPENT = select(spent.c.detail).where(spent.c.key == bindparam("is_key"))
_BALANCE = select(balances.c.minor).where(
    balances.c.account == bindparam("of_account"), balances.c.currency == bindparam("in_currency")
)
_SET_BALANCE = (
    balances.update()
    .where(balances.c.account == bindparam("of_account"), balances.c.currency == bindparam("in_currency"))
    .values(minor=bindparam("new_minor"))
)
_HOLD = select(holds).where(holds.c.label == bindparam("is_label")).order_by(holds.c.seq)
_SUMS = select(entries.c.currency, func.sum(entries.c.minor)).group_by(entries.c.currency)
_BY_ACCOUNT = select(entries.c.account, entries.c.currency, func.sum(entries.c.minor)).group_by(
    entries.c.account, entries.c.currency
)
_STATEMENT = (
    select(entries.c.minor, entries.c.currency)
    .where(entries.c.account == bindparam("of_account"))
    .order_by(entries.c.id)
)


class Ledger:
    """The books of one bank, in the store of its home. `tx` is the transaction; None reads the last durable state."""

    def __init__(self, store: Books) -> None:
        self._store = store
        store.create(TABLES)

    def post(self, tx: Connection, post: Post) -> Posted:
        """Post in the transaction `tx`; see `model.requests.Post`. A refusal changes nothing but is remembered."""
        fields = _digest(post)
        known = tx.execute(_POSTED, {"is_key": post.key}).first()
        if known is not None:
            return (
                Posted(bool(known.done), known.why, known.proof) if known.fields == fields else Posted(False, CONFLICT)
            )
        change = _summed(post.entries)
        answer = self._refusal(tx, post, change) or Posted(True)
        row = {"key": post.key, "fields": fields, "done": int(answer.done), "why": answer.why, "proof": answer.proof}
        tx.execute(postings.insert(), row)
        if answer.done:
            self._write(tx, post, change)
        return answer

    def balance(self, tx: Connection | None, account: str, currency: str) -> Money:
        """Return what `account` has in `currency`; zero if nothing was ever posted to it."""
        named = {"of_account": account, "in_currency": currency}
        return Money(int(self._look(tx, lambda c: c.execute(_BALANCE, named).scalar()) or 0), currency)

    def hold(self, tx: Connection | None, label: bytes) -> HoldRow | None:
        """Return the hold under `label` with each state's detail, oldest first, or None."""
        rows = self._look(tx, lambda c: c.execute(_HOLD, {"is_label": label}).all())
        return HoldRow(rows[-1].state, [row.detail for row in rows]) if rows else None

    def spent(self, tx: Connection | None, key: bytes) -> bytes | None:
        """Return the detail kept when `key` was spent, or None if it was not."""
        return self._look(tx, lambda c: c.execute(_SPENT, {"is_key": key}).scalar())

    def statement(self, tx: Connection | None, account: str) -> list[Money]:
        """Return all that was posted to `account`, oldest first."""
        rows = self._look(tx, lambda c: c.execute(_STATEMENT, {"of_account": account}).all())
        return [Money(row.minor, row.currency) for row in rows]

    def trial_balance(self, tx: Connection | None = None) -> dict[str, int]:
        """Return the sum of all entries per currency: zero, unless somebody changed the file."""
        return {currency: int(total) for currency, total in self._look(tx, lambda c: c.execute(_SUMS).all())}

    def differences(self, tx: Connection | None = None) -> dict[tuple[str, str], int]:
        """Return where the running balances differ from the sum of the entries: empty, unless the file was changed."""
        return self._look(tx, _differences)

    def _look(self, tx: Connection | None, work: Callable[[Connection], T]) -> T:
        return self._store.read(work) if tx is None else work(tx)

    def _refusal(self, tx: Connection, post: Post, change: Change) -> Posted | None:
        """Return why `post` can't be done, or None. Cheap checks first, funds last."""
        if not _well_formed(post):
            return Posted(False, MALFORMED)
        if any(_per_currency(change).values()):
            return Posted(False, UNBALANCED)
        for key, times in Counter(post.spend).items():
            earlier = post.detail if times > 1 else self.spent(tx, key)
            if earlier is not None:
                return Posted(False, SPENT, earlier)
        if post.label:
            hold = self.hold(tx, post.label)
            if post.expect != (hold.state if hold else ""):
                return Posted(False, STATE, hold.details[-1] if hold else b"")
        return self._overdraft(tx, change)

    def _overdraft(self, tx: Connection, change: Change) -> Posted | None:
        for (account, currency), minor in change.items():
            after = self.balance(tx, account, currency).minor + minor
            if minor < 0 and after < 0 and not may_go_below_zero(account):
                return Posted(False, FUNDS)
            if abs(after) > MAX_MINOR:
                return Posted(False, LIMIT)
        return None

    def _write(self, tx: Connection, post: Post, change: Change) -> None:
        if post.entries:
            tx.execute(entries.insert(), [_entry_row(post.key, entry) for entry in post.entries])
        for (account, currency), minor in change.items():
            self._add(tx, account, currency, minor)
        if post.spend:
            tx.execute(spent.insert(), [{"key": key, "detail": post.detail} for key in post.spend])
        if post.label:
            seq = len(tx.execute(_HOLD, {"is_label": post.label}).all()) + 1
            row = {"label": post.label, "seq": seq, "state": post.become, "detail": post.detail}
            tx.execute(holds.insert(), row)

    def _add(self, tx: Connection, account: str, currency: str, minor: int) -> None:
        named = {"of_account": account, "in_currency": currency}
        before = tx.execute(_BALANCE, named).scalar()
        if before is None:
            tx.execute(balances.insert(), {"account": account, "currency": currency, "minor": minor})
        else:
            tx.execute(_SET_BALANCE, named | {"new_minor": before + minor})


def may_go_below_zero(account: str) -> bool:
    """Say whether `account` is the bank's own: only what the bank owes itself can be negative."""
    return account == "mint:outstanding" or account.startswith("bank:")


def _well_formed(post: Post) -> bool:
    holds_move = bool(post.label) and bool(post.become)
    holds_rest = not (post.label or post.expect or post.become)
    return bool(post.key) and (holds_move or holds_rest) and all(map(_storable, _texts(post)))


def _texts(post: Post) -> list[str]:
    states = [post.expect, post.become] if post.label else []
    return [f"{state}." for state in states] + [text for e in post.entries for text in (e.account, e.amount.currency)]


def _storable(text: str) -> bool:
    """PostgreSQL keeps no text with a zero in it; what one database refuses, all refuse."""
    return bool(text) and "\0" not in text


def _summed(posted: list[Entry]) -> Change:
    change: Change = {}
    for entry in posted:
        at = (entry.account, entry.amount.currency)
        change[at] = change.get(at, 0) + entry.amount.minor
    return change


def _per_currency(change: Change) -> dict[str, int]:
    sums: dict[str, int] = {}
    for (_, currency), minor in change.items():
        sums[currency] = sums.get(currency, 0) + minor
    return sums


def _entry_row(key: bytes, entry: Entry) -> dict[str, object]:
    return {
        "posting": key,
        "account": entry.account,
        "currency": entry.amount.currency,
        "minor": entry.amount.minor,
    }


def _digest(post: Post) -> bytes:
    amounts = [[entry.account, entry.amount.minor, entry.amount.currency] for entry in post.entries]
    fields = [amounts, list(post.spend), post.label, post.expect, post.become, post.detail]
    return hashlib.sha256(b"semper/ledger-post/1" + encode(fields)).digest()


def _differences(tx: Connection) -> dict[tuple[str, str], int]:
    summed = {(account, currency): int(total) for account, currency, total in tx.execute(_BY_ACCOUNT).all()}
    kept = {(row.account, row.currency): row.minor for row in tx.execute(select(balances)).all()}
    found = {at: kept.get(at, 0) - summed.get(at, 0) for at in kept.keys() | summed.keys()}
    return {at: difference for at, difference in found.items() if difference}

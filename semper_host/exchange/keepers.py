"""Whoever keeps something under L until it is final or goes back: payment systems with holds, issuers with statuses."""

from __future__ import annotations

from typing import NamedTuple

from semper_host.exchange.case import Case
from semper_host.exchange.held_money import read_settlement
from semper_host.exchange.items import Status, Token
from semper_host.exchange.labels import Label
from semper_host.exchange.places import Place, places
from semper_host.exchange.status import FINAL, REVOKED, read_status
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURED, RELEASED, VOIDED

GIVEN = (CAPTURED, RELEASED, FINAL)
"""Records that say: it is the taker's for good."""
BACK = (VOIDED, REVOKED)
"""Records that say: it went back to the giver, or is worth nothing to the taker."""


class Keeper(NamedTuple):
    """One keeper: its signing key, whether it keeps an item of the initiator, and which hold or status."""

    key: bytes
    first: bool
    hold: int | None
    status: Status | None


class End(NamedTuple):
    """A keeper's signed word: the record, whether the taker has the item, the key that came along (or b"")."""

    keeper: Keeper
    record: Token
    given: bool
    sealed: bytes


def keepers_of(label: Label) -> tuple[Keeper, ...]:
    """Return the keepers in the order of the label's items: holds and statuses."""
    return tuple(_keeper(label, place) for place in places(label) if place.revocable and _kept(label, place))


def read_end(case: Case, record: Token, hold: bytes = b"") -> End:
    """Return which keeper of the case signed `record`, and what it says.

    `hold`: the id, where there is one hold and it is known. Raises PeerDeviated.
    """
    refused = PeerDeviated("HOLD_INVALID", f"cannot use a record of kind {record.name!r} here", evidence=record.data)
    for keeper in keepers_of(case.label):
        try:
            return _read(case, keeper, record, hold)
        except PeerDeviated as error:
            refused = error
    raise refused


def keepers_heard(case: Case, records: tuple[Token, ...]) -> frozenset[Keeper]:
    """Return the keepers whose words are among `records`, which were read before."""
    everybody = keepers_of(case.label)
    if len(everybody) == 1 and records:
        return frozenset(everybody)
    return frozenset(read_end(case, record).keeper for record in records)


def _read(case: Case, keeper: Keeper, record: Token, hold: bytes) -> End:
    if keeper.status is not None:
        read_status(case, record, keeper.status)
        return End(keeper, record, record.name in GIVEN, b"")
    single = len(case.label.holds) == 1
    ended = read_settlement(case, record, hold if single else b"", keeper.hold or 0)
    return End(keeper, record, record.name in GIVEN, ended.sealed)


def _kept(label: Label, place: Place) -> bool:
    return place.hold is None or place.hold < len(label.holds)


def _keeper(label: Label, place: Place) -> Keeper:
    status = place.item.status
    key = status.issuer if status is not None else label.holds[place.hold or 0].system
    return Keeper(key, place.first, place.hold, status)

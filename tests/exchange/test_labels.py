"""What no honest party accepts in a label, and that every field of it counts."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from semper_host.exchange.fair_exchange import join
from semper_host.exchange.items import HoldTerms, ItemRef, Party
from semper_host.exchange.labels import DELTA, LATEST, MARGIN, Label, Seat, label_of
from semper_host.exchange.state import Role
from semper_host.model.encoding import decode, encode
from semper_host.model.money import Money
from tests.protocol.world import (
    BUYER,
    EXPIRY,
    GOODS,
    MINT,
    OTHER,
    PRICE,
    SELLER,
    T2,
    T_RESOLVE,
    TRUSTEE,
    hashed,
    label_for,
    refused,
)

HOLD = HoldTerms(MINT.signing.public, "eurocom", PRICE, EXPIRY)

LETTER = ItemRef("statement", "letter", b"l" * 32)
CHANGES: dict[str, dict[str, Any]] = {
    "deal": {"deal": b"d" * 32}, "step": {"step": "other"}, "iteration": {"iteration": 1},
    "initiator": {"initiator": OTHER.party}, "responder": {"responder": OTHER.party},
    "trustee": {"trustee": OTHER.party},
    "sealing key": {"trustee": Party(TRUSTEE.signing.public, OTHER.sealing.public)},
    "roles swapped": {"initiator": BUYER.party, "responder": SELLER.party},
    "left": {"left": ItemRef("statement", "information", b"i" * 32)},
    "hold's payee": {"holds": (replace(HOLD, payee="other"),)},
    "hold's system": {"holds": (replace(HOLD, system=OTHER.signing.public),)},
    "hold's expiry": {"holds": (replace(HOLD, least_expiry=EXPIRY + 1),)},
    "t2": {"t2": T2 + 1}, "t_resolve": {"t_resolve": T_RESOLVE + 1},
    "nonce a": {"nonce_a": b"c" * 16}, "nonce b": {"nonce_b": b"c" * 16},
    "a further left item": {"and_left": (LETTER,)}, "a further right item": {"and_right": (LETTER,)},
    "a further party": {"others": (Seat(OTHER.party, LETTER),)},
    "the form of an item": {"left": ItemRef("statement", "information", hashed(encode(GOODS)), form="information")},
}  # fmt: skip

REFUSED: dict[str, dict[str, Any]] = {
    "no time to resolve": {"t_resolve": T2 + DELTA - 1},
    "a hold that ends too early": {"holds": (replace(HOLD, least_expiry=T_RESOLVE + MARGIN - 1),)},
    "times beyond all bounds": {"t_resolve": LATEST + 1},
    "negative time": {"t2": -1},
    "no hold": {"holds": ()},
    "two holds": {"holds": (HOLD, HOLD)},
    "another amount": {"holds": (replace(HOLD, amount=Money(1, "EUR")),)},
    "no payee": {"holds": (replace(HOLD, payee=""),)},
    "no money": {"right": ItemRef("money", "price", amount=Money(0, "EUR"))},
    "money without amount": {"right": ItemRef("money", "price")},
    "negative money": {"right": ItemRef("money", "price", amount=-PRICE), "holds": (replace(HOLD, amount=-PRICE),)},
    "an amount of what is no money": {"left": ItemRef("statement", "information", b"i" * 32, PRICE)},
    "an item without digest": {"left": ItemRef("statement", "information")},
    "an unknown family": {"left": ItemRef("gold", "bar", b"i" * 32)},
    "money on the left": {"left": ItemRef("money", "price", amount=PRICE)},
    "both sides the same": {"responder": SELLER.party},
    "a party that is its own trustee": {"trustee": BUYER.party},
    "a short key": {"responder": Party(b"k", b"k")},
    "a short nonce": {"nonce_a": b"n"},
    "a long nonce": {"nonce_b": b"n" * 33},
    "no deal": {"deal": b""},
    "no step": {"step": ""},
    "a negative iteration": {"iteration": -1},
    "a label without end": {"step": "s" * 10_000},
}


def test_a_label_survives_its_encoding() -> None:
    label = label_for("fair-purchase")
    assert Label.decode(encode(label)) == label
    assert len(label_of(label)) == 32


@pytest.mark.parametrize("name", list(CHANGES))
def test_every_field_counts(name: str) -> None:
    assert label_of(label_for("fair-purchase", **CHANGES[name])) != label_of(label_for("fair-purchase"))


@pytest.mark.parametrize("name", list(REFUSED))
def test_no_honest_party_joins_an_exchange_with(name: str) -> None:
    label = label_for("fair-purchase", **REFUSED[name])
    for role, keys in ((Role.INITIATOR, SELLER), (Role.RESPONDER, BUYER)):
        with refused("PEER_DEVIATED"):
            join(label, role, keys.crypto)


def test_another_format_suite_or_kind_is_unsupported() -> None:
    label = label_for("contract")
    for change in ({"domain": "other"}, {"format": 2}, {"suite": "rsa"}, {"kind": "barter"}):
        with refused("VERSION_UNSUPPORTED"):
            join(replace(label, **change), Role.INITIATOR, SELLER.crypto)


def test_each_kind_exchanges_its_own_families_of_items() -> None:
    wrong = {"contract": "fair-purchase", "fair-purchase": "payment-receipt", "payment-receipt": "contract"}
    for kind, other in wrong.items():
        with refused("PEER_DEVIATED"):
            join(replace(label_for(other), kind=kind), Role.INITIATOR, SELLER.crypto)


def test_what_came_later_leaves_labels_without_it_as_they_were() -> None:
    """A label in the first format has the keys 0 to 16, so L of every exchange before packages is what it was."""
    label = decode(encode(label_for("fair-purchase")))
    assert list(label) == list(range(17))
    assert list(label[10]) == [0, 1, 2] and list(label[11]) == [0, 1, 2, 3]
    assert Label.from_plain(label) == label_for("fair-purchase")

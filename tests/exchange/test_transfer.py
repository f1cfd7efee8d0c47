"""Transfers: something for nothing, with exactly the tokens that were asked for."""

from __future__ import annotations

from itertools import chain, combinations

import pytest
from msgspec.structs import replace

from semper_host.exchange.items import ItemRef
from semper_host.exchange.transfer import (
    ATTRIBUTES,
    CONFIDENTIAL,
    OPENED,
    ORIGIN,
    RECEIPT,
    RECEIPT_KIND,
    Parcel,
    Receipt,
    Transfer,
    check_receipt,
    give,
    learnt,
    make_transfer,
    name_of,
    take,
)
from semper_host.exchange.transfer_looking import witness, witness_receipt
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from tests.protocol.world import BUYER, OTHER, SELLER, hashed, refused

ITEM = b"parcel service number 4711"


def transfer(*security: str, step: str = "ship") -> Transfer:
    item = ItemRef("statement", "shipment", hashed(ITEM))
    return make_transfer(
        deal=b"D" * 32, step=step, sender=SELLER.party, recipient=BUYER.party, item=item, security=security,
        nonce=b"n" * 16,
    )  # fmt: skip


COMBINATIONS = list(chain(*(combinations(ATTRIBUTES, count) for count in range(len(ATTRIBUTES) + 1))))


@pytest.mark.parametrize("security", COMBINATIONS)
def test_every_combination_of_attributes(security: tuple[str, ...]) -> None:
    agreed = transfer(*security)
    parcel = give(agreed, SELLER.crypto, ITEM)
    assert (ITEM in parcel) == (CONFIDENTIAL not in security)
    taken = take(agreed, BUYER.crypto, parcel)
    assert taken.item == ITEM
    assert (taken.receipt is not None) == bool({RECEIPT, OPENED} & set(security))
    if taken.receipt is not None:
        check_receipt(agreed, SELLER.crypto, parcel, taken.receipt)
    assert take(agreed, BUYER.crypto, parcel, before=parcel) == taken, "the same parcel gives the same receipt"


def test_what_a_receipt_says_is_bytes_received_or_opened() -> None:
    for asked, said in ((RECEIPT, "received"), (OPENED, "opened")):
        agreed = transfer(asked)
        parcel = give(agreed, SELLER.crypto, ITEM)
        signed = take(agreed, BUYER.crypto, parcel).receipt or b""
        assert Receipt.decode(OTHER.crypto.open(signed, RECEIPT_KIND, BUYER.signing.public)).what == said


def test_a_second_different_parcel_convicts_the_sender() -> None:
    agreed = transfer(ORIGIN, CONFIDENTIAL)
    first, second = give(agreed, SELLER.crypto, ITEM), give(agreed, SELLER.crypto, ITEM)
    with refused("PEER_DEVIATED") as caught:
        take(agreed, BUYER.crypto, second, before=first)
    assert caught.error is not None and caught.error.evidence == encode([first, second])


def test_neither_side_hands_over_or_takes_another_item() -> None:
    agreed, name = transfer(), name_of(transfer())
    with refused("PEER_DEVIATED"):
        give(agreed, SELLER.crypto, b"stones")
    with refused("PEER_DEVIATED"):
        take(agreed, BUYER.crypto, encode(Parcel(name, b"stones")))


def test_a_parcel_without_the_promised_origin_or_with_another_is_refused() -> None:
    plain, signed = transfer(), transfer(ORIGIN)
    with refused("MESSAGE_UNEXPECTED"):
        take(signed, BUYER.crypto, encode(Parcel(name_of(signed), ITEM)))
    origin = Parcel.decode(give(transfer(ORIGIN, step="other"), SELLER.crypto, ITEM)).origin
    with refused("PEER_DEVIATED"):
        take(signed, BUYER.crypto, encode(Parcel(name_of(signed), ITEM, origin)))
    with refused("SIG_INVALID"):
        take(signed, BUYER.crypto, give(signed, OTHER.crypto, ITEM))
    with refused("MESSAGE_UNEXPECTED"):
        take(plain, BUYER.crypto, give(signed, SELLER.crypto, ITEM))


def test_a_confidential_item_opens_for_its_recipient_in_its_transfer_only() -> None:
    agreed = transfer(CONFIDENTIAL)
    parcel = give(agreed, SELLER.crypto, ITEM)
    with refused("SIG_INVALID"):
        take(agreed, OTHER.crypto, parcel)
    other = transfer(CONFIDENTIAL, step="other")
    with refused("SIG_INVALID"):
        take(other, BUYER.crypto, encode(Parcel(name_of(other), Parcel.decode(parcel).body)))


def test_a_receipt_for_something_else_is_refused() -> None:
    agreed = transfer(RECEIPT)
    parcel = give(agreed, SELLER.crypto, ITEM)
    name = name_of(agreed)
    for receipt in (Receipt(name, b"\x00" * 32, "received"), Receipt(name, hashed(parcel), "opened")):
        with refused("MESSAGE_UNEXPECTED"):
            check_receipt(agreed, SELLER.crypto, parcel, BUYER.crypto.sign(encode(receipt), RECEIPT_KIND))
    with refused("SIG_INVALID"):
        forged = OTHER.crypto.sign(encode(Receipt(name, hashed(parcel), "received")), RECEIPT_KIND)
        check_receipt(agreed, SELLER.crypto, parcel, forged)


def test_unknown_attributes_are_refused() -> None:
    with refused("PEER_DEVIATED"):
        transfer("telepathic")


# --- items that only the sender knows before


def open_transfer(*security: str) -> Transfer:
    return replace(transfer(ORIGIN, *security), item=ItemRef("statement", "shipment"))


@pytest.mark.parametrize("security", [(), (RECEIPT,), (OPENED, CONFIDENTIAL)])
def test_what_only_the_sender_knows_is_fixed_by_its_token_of_origin(security: tuple[str, ...]) -> None:
    agreed = open_transfer(*security)
    parcel = give(agreed, SELLER.crypto, ITEM)
    taken = take(agreed, BUYER.crypto, parcel)
    assert taken.item == ITEM
    assert learnt(agreed, OTHER.crypto, parcel) == transfer(ORIGIN, *security)
    assert witness(agreed, OTHER.crypto, parcel) == transfer(ORIGIN, *security)
    if taken.receipt is not None:
        check_receipt(agreed, SELLER.crypto, parcel, taken.receipt)
        said = witness_receipt(agreed, OTHER.crypto, parcel, taken.receipt)
        assert said == ("opened" if OPENED in security else "received")


def test_without_a_token_of_origin_nothing_would_fix_it() -> None:
    with refused("PEER_DEVIATED"):
        make_transfer(
            deal=b"D" * 32, step="ship", sender=SELLER.party, recipient=BUYER.party,
            item=ItemRef("statement", "shipment"), security=(RECEIPT,), nonce=b"n" * 16,
        )  # fmt: skip


def test_a_token_of_origin_for_another_item_than_lies_there_is_refused() -> None:
    agreed = open_transfer()
    one, other = (Parcel.decode(give(agreed, SELLER.crypto, item)) for item in (ITEM, b"another"))
    for parcel in (replace(one, body=other.body), replace(one, origin=other.origin), replace(one, origin=None)):
        for look in (take, witness):
            with pytest.raises(SemperError):
                look(agreed, BUYER.crypto, encode(parcel))


def test_an_onlooker_sees_what_lies_open_and_no_more() -> None:
    agreed = transfer(CONFIDENTIAL, ORIGIN)
    parcel = give(agreed, SELLER.crypto, ITEM)
    assert witness(agreed, OTHER.crypto, parcel) == agreed
    with refused("SIG_INVALID"):
        witness(agreed, OTHER.crypto, give(agreed, OTHER.crypto, ITEM))
    plain = transfer(RECEIPT)
    false = replace(Parcel.decode(give(plain, SELLER.crypto, ITEM)), body=b"another")
    with refused("PEER_DEVIATED"):
        witness(plain, OTHER.crypto, encode(false))


def test_an_onlooker_takes_no_receipt_for_another_parcel() -> None:
    agreed = open_transfer(RECEIPT)
    one, other = (give(agreed, SELLER.crypto, item) for item in (ITEM, b"another"))
    receipt = take(agreed, BUYER.crypto, one).receipt or b""
    with refused("MESSAGE_UNEXPECTED"):
        witness_receipt(agreed, OTHER.crypto, other, receipt)

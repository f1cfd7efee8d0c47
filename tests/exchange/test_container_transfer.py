"""Containers in transfers: one tree for several recipients, each opens its part; no receipt for what is missing."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from semper_host.exchange import container_transfer, transfer
from semper_host.exchange.container_transfer import check_receipt, give, make_transfers, sealed, take
from semper_host.exchange.transfer import ORIGIN_KIND, RECEIPT_KIND, Origin, Parcel, Transfer, name_of
from semper_host.model import container as containers
from semper_host.model.container import Container, Group, item_at, pack
from semper_host.model.container_editing import node_at, rewrite
from semper_host.model.container_form import node_map
from semper_host.model.container_nodes import Copy, Sealed
from semper_host.model.container_sealing import info_for, seal
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.model.items import Item
from semper_host.model.security import NOTHING, Fairness, Receipt, Security, make_security
from tests.protocol.world import BUYER, OTHER, SELLER, refused

LETTER = Item("statement.letter", b"Dear both,")
PRICE, ADDRESS = Item("statement.price", b"19.90 EUR"), Item("statement.address", b"12 Long Street")
FOR_BUYER = make_security(confidential=(BUYER.party.sealing,))
FOR_OTHER = make_security(confidential=(OTHER.party.sealing,))


def tree(outer: Security = NOTHING) -> Container:
    """A letter for everybody, a price for the buyer alone, an address for the other alone."""
    return pack(Group(outer, [LETTER, Group(FOR_BUYER, [PRICE]), Group(FOR_OTHER, [ADDRESS])]), b"seed".ljust(32))


def to(container: Container, *recipients: object) -> tuple[Transfer, ...]:
    parties = [each.party for each in recipients or (BUYER, OTHER)]  # type: ignore[attr-defined]
    return make_transfers(
        container, deal=b"D" * 32, step="ship", sender=SELLER.party, recipients=parties, nonce=b"n" * 16
    )


def test_each_recipient_opens_its_own_part_of_one_tree() -> None:
    container = tree()
    for_buyer, for_other = to(container)
    buyers, _ = take(for_buyer, BUYER.crypto, give(for_buyer, SELLER.crypto, container))
    others, _ = take(for_other, OTHER.crypto, give(for_other, SELLER.crypto, container))
    assert buyers.digest == others.digest == container.digest
    assert item_at(buyers, (0,)) == item_at(others, (0,)) == LETTER
    assert item_at(buyers, (1, 0)) == PRICE and item_at(others, (2, 0)) == ADDRESS
    for found, path in ((buyers, (2, 0)), (others, (1, 0))):
        with pytest.raises(SemperError):
            item_at(found, path)


@pytest.mark.parametrize(
    ("origin", "receipt", "confidential", "anonymous"),
    list(product((False, True), Receipt, (False, True), (False, True))),
)
def test_every_combination_of_attributes(origin: bool, receipt: Receipt, confidential: bool, anonymous: bool) -> None:
    parties = (BUYER.party.sealing, OTHER.party.sealing) if confidential else ()
    container = tree(make_security(origin=origin, receipt=receipt, confidential=parties, anonymous=anonymous))
    for agreed, party in zip(to(container), (BUYER, OTHER), strict=True):
        parcel = give(agreed, SELLER.crypto, container)
        assert (LETTER.body in parcel) != confidential and PRICE.body not in parcel
        found, taken = take(agreed, party.crypto, parcel)
        assert found.digest == container.digest
        assert (taken.receipt is not None) == (receipt != Receipt.NONE)
        if taken.receipt is not None:
            check_receipt(agreed, SELLER.crypto, container, parcel, taken.receipt)
        signed = Parcel.decode(parcel).origin
        assert (signed is not None) == origin
        if signed is not None:
            said = Origin.decode(OTHER.crypto.open(signed, ORIGIN_KIND, SELLER.signing.public))
            assert said == Origin(name_of(agreed), container.digest)
        assert take(agreed, party.crypto, parcel, before=parcel) == (found, taken)


def test_an_inner_node_can_ask_for_more_than_the_whole() -> None:
    asking = Group(make_security(origin=True, receipt=Receipt.OPENED), [PRICE])
    container = pack(Group(NOTHING, [LETTER, asking]), b"seed".ljust(32))
    (agreed,) = to(container, BUYER)
    assert {"origin", "opened"} <= set(agreed.security)


def test_no_receipt_is_given_for_what_was_left_out() -> None:
    container = tree(make_security(receipt=Receipt.OPENED))
    agreed, _ = to(container)
    for lesser in (containers.elide(container, [(0,)]), containers.show(container, (0,))):
        parcel = transfer.give(agreed, SELLER.crypto, containers.write(lesser))
        with refused("CONTAINER_INVALID"):
            take(agreed, BUYER.crypto, parcel)


def hide(container: Container, path: tuple[int, ...], *recipients: bytes) -> bytes:
    """Return the container as a sender writes it who seals the part at `path` to `recipients`, named or not."""
    part = node_at(container.root, path)
    copies = tuple(
        Copy(key, SELLER.crypto.seal(key, encode(node_map(part)), info_for(part.digest, key))) for key in recipients
    )
    root = rewrite(sealed(container, SELLER.crypto).root, {path: lambda _: Sealed(part.digest, copies)})
    return containers.write(Container(root))


def test_no_receipt_is_given_where_everything_is_sealed_to_somebody_else() -> None:
    container = pack(Group(make_security(receipt=Receipt.OPENED), [LETTER]), b"seed".ljust(32))
    (agreed,) = to(container, BUYER)
    parcel = transfer.give(agreed, SELLER.crypto, hide(container, (), OTHER.party.sealing))
    with refused("CONTAINER_INVALID"):
        take(agreed, BUYER.crypto, parcel)


def test_the_receipt_names_what_stayed_sealed_so_a_withheld_part_is_nobodys_debt() -> None:
    container = tree(make_security(receipt=Receipt.OPENED))
    agreed, _ = to(container)
    honest, lying = give(agreed, SELLER.crypto, container), hide(container, (0,), OTHER.party.sealing)
    _, taken = take(agreed, BUYER.crypto, honest)
    assert taken.receipt is not None
    said = transfer.Receipt.decode(OTHER.crypto.open(taken.receipt, RECEIPT_KIND, BUYER.party.signing))
    assert said.hidden == (node_at(container.root, (2,)).digest,)
    parcel = transfer.give(agreed, SELLER.crypto, lying)
    _, taken = take(agreed, BUYER.crypto, parcel)
    assert taken.receipt is not None
    with refused("MESSAGE_UNEXPECTED"):
        check_receipt(agreed, SELLER.crypto, container, parcel, taken.receipt)


def test_a_part_that_was_kept_from_somebody_it_names_is_refused_by_the_others() -> None:
    both = make_security(confidential=(BUYER.party.sealing, OTHER.party.sealing))
    container = pack(Group(NOTHING, [LETTER, Group(both, [PRICE])]), b"seed".ljust(32))
    agreed, _ = to(container)
    parcel = transfer.give(agreed, SELLER.crypto, hide(container, (1,), BUYER.party.sealing))
    with refused("CONTAINER_INVALID"):
        take(agreed, BUYER.crypto, parcel)


def test_a_bare_transfer_takes_no_container_with_hidden_parts() -> None:
    container = tree(make_security(receipt=Receipt.OPENED))
    agreed, _ = to(container)
    for parcel in (
        give(agreed, SELLER.crypto, container),
        transfer.give(agreed, SELLER.crypto, containers.write(containers.elide(container, [()]))),
    ):
        with refused("CONTAINER_INVALID"):
            transfer.take(agreed, BUYER.crypto, parcel)


def test_a_recipient_does_not_open_parts_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(container_transfer, "MOST_SEALED", 3)
    for count, accepted in ((3, True), (4, False)):
        parts = [Group(FOR_BUYER, [PRICE]) for _ in range(count)]
        container = pack(Group(NOTHING, parts), b"seed".ljust(32))
        (agreed,) = to(container, BUYER)
        parcel = give(agreed, SELLER.crypto, container)
        if accepted:
            assert containers.complete(take(agreed, BUYER.crypto, parcel)[0])
        else:
            with refused("CONTAINER_LIMITS"):
                take(agreed, BUYER.crypto, parcel)


def test_a_container_that_asks_for_fairness_is_the_senders_fault_where_it_comes_in_a_transfer() -> None:
    container = tree(make_security(fairness=Fairness.WEAK))
    agreed, _ = to(tree())
    moved = replace(agreed, item=replace(agreed.item, digest=container.digest))
    with refused("CONTAINER_INVALID"):
        take(moved, BUYER.crypto, give(moved, SELLER.crypto, container))


def test_a_transfer_that_promises_less_than_the_container_asks_is_refused() -> None:
    container = tree(make_security(origin=True, receipt=Receipt.OPENED))
    agreed, _ = to(container)
    for security in ((), ("origin",), ("opened",), ("origin", "receipt")):
        lesser = transfer.make_transfer(
            deal=agreed.deal, step=agreed.step, sender=agreed.sender, recipient=agreed.recipient, item=agreed.item,
            security=security, nonce=agreed.nonce,
        )  # fmt: skip
        sent = containers.write(container_transfer.sealed(container, SELLER.crypto))
        parcel = transfer.give(lesser, SELLER.crypto, sent)
        with refused("CONTAINER_INVALID"):
            take(lesser, BUYER.crypto, parcel)


def test_a_part_sealed_to_somebody_it_does_not_name_is_refused() -> None:
    container = tree()
    with pytest.raises(SemperError):
        seal(container, (1,), [OTHER.party.sealing], SELLER.crypto.seal)


def test_another_container_in_its_place_is_refused() -> None:
    agreed, _ = to(tree())
    other = pack(Group(NOTHING, [LETTER]), b"seed".ljust(32))
    with refused("PEER_DEVIATED"):
        give(agreed, SELLER.crypto, other)
    with refused("PEER_DEVIATED"):
        take(agreed, BUYER.crypto, encode(Parcel(name_of(agreed), containers.write(other))))


def test_a_second_different_parcel_convicts_the_sender() -> None:
    container = tree(make_security(confidential=(BUYER.party.sealing, OTHER.party.sealing)))
    agreed, _ = to(container)
    first, second = (give(agreed, SELLER.crypto, container) for _ in range(2))
    with refused("PEER_DEVIATED") as caught:
        take(agreed, BUYER.crypto, second, before=first)
    assert caught.error is not None and caught.error.evidence == encode([first, second])


def test_what_asks_for_fairness_is_not_transferred() -> None:
    for fairness in (Fairness.WEAK, Fairness.STRONG):
        with pytest.raises(SemperError) as error:
            to(tree(make_security(fairness=fairness)))
        assert error.value.code == "FAIRNESS_UNATTAINABLE"


def test_a_recipient_whom_the_whole_is_not_for_or_who_comes_twice_is_refused() -> None:
    container = pack(Group(FOR_BUYER, [LETTER]), b"seed".ljust(32))
    for recipients in ((OTHER,), (BUYER, OTHER), (BUYER, BUYER)):
        with pytest.raises(SemperError) as error:
            to(container, *recipients)
        assert error.value.code == "CONTAINER_PART"

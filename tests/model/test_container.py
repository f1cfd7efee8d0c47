"""Signed once, then cut, sealed and shown in parts: everything that is still there is what was signed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from semper_host.model.container import (
    Container,
    Group,
    complete,
    elide,
    hidden,
    item_at,
    pack,
    read,
    security_at,
    show,
    show_child,
    sign,
    verify,
    write,
)
from semper_host.model.container_editing import node_at, rewrite
from semper_host.model.container_nodes import Inner, Leaf, Node, Sealed, Shown
from semper_host.model.container_proof import proof_of
from semper_host.model.container_rules import Path, walk
from semper_host.model.container_sealing import audience_at, open_sealed, seal
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.model.items import Item
from semper_host.model.security import NOTHING
from semper_host.supporting.cryptographic import cose, sealing
from tests.model.containers import (
    ADDRESS,
    ANNA,
    BUYER,
    CONTENTS,
    DEAL,
    OFFER,
    OTHER,
    PARTIES,
    SEED,
    SELLER,
    holds,
    mixtures,
    refused,
    signed,
    signer,
)


@given(CONTENTS)
def test_whatever_is_packed_is_read_back(content: Item | Group) -> None:
    container = signed(content)
    assert read(write(container)) == container == Container.decode(encode(container))
    assert holds(container) == container.digest


@given(mixtures())
def test_any_mix_of_hiding_keeps_digest_and_signature(pair: tuple[Container, Container]) -> None:
    whole, mixed = pair
    assert holds(mixed) == whole.digest
    assert read(write(mixed)) == mixed


@given(mixtures())
def test_everything_visible_is_what_was_signed(pair: tuple[Container, Container]) -> None:
    whole, mixed = pair
    for path, node in walk(mixed.root):
        if isinstance(node, Leaf):
            assert item_at(mixed, path) == item_at(whole, path)


@settings(max_examples=300, deadline=None)
@given(mixtures(), st.data())
def test_any_changed_byte_is_detected(pair: tuple[Container, Container], data: st.DataObject) -> None:
    written = bytearray(write(pair[1]))
    written[data.draw(st.integers(0, len(written) - 1))] ^= data.draw(st.integers(1, 255))
    try:
        changed = read(bytes(written))
        verify(changed, cose.open1, [SELLER.public], context=DEAL)
    except SemperError as error:
        assert error.message.startswith("cannot ")
        return
    # What is sealed was sealed after signing: its recipients alone can tell, when they open it or find no copy.
    pairs = [
        (path, before, after)
        for (path, before), (_, after) in zip(walk(pair[1].root), walk(changed.root), strict=True)
        if before != after and isinstance(before, Sealed) and isinstance(after, Sealed)
    ]
    assert pairs
    path, before, after = pairs[-1]
    intact = [copy.recipient for copy in after.copies if copy in before.copies]
    assert len(intact) == len(before.copies) - 1
    harmed = next(copy.recipient for copy in before.copies if copy.recipient not in intact)
    with refused("SIG_INVALID", "CONTAINER_PART"):
        open_sealed(changed, path, harmed, PARTIES[harmed].open)


@given(st.binary(max_size=300))
def test_rubbish_is_refused_with_a_clear_word(data: bytes) -> None:
    with refused("ENCODING_INVALID", "CONTAINER_INVALID", "VERSION_UNSUPPORTED"):
        read(data)


@given(mixtures(), st.integers(0, 400))
def test_a_truncated_container_is_refused(pair: tuple[Container, Container], cut: int) -> None:
    written = write(pair[1])
    with refused("ENCODING_INVALID"):
        read(written[: max(0, len(written) - 1 - cut)])


@given(CONTENTS, CONTENTS)
def test_different_contents_have_different_digests(one: Item | Group, other: Item | Group) -> None:
    assume(one != other)
    assert pack(one, SEED).digest != pack(other, SEED).digest


# --- attacks on what was signed


def swapped(node: Node) -> Inner:
    assert isinstance(node, Inner)
    return Inner(node.security, (node.children[1], node.children[0], *node.children[2:]))


OTHER_LEAF = Leaf("statement.offer", b"\x01" * 16, b"a course")
TAMPERINGS: dict[str, Callable[[Inner], Node]] = {
    "two parts swapped": swapped,
    "a part left out": lambda root: Inner(root.security, root.children[1:]),
    "a part doubled": lambda root: Inner(root.security, (*root.children, root.children[-1])),
    "a part salted anew": lambda root: Inner(root.security, (OTHER_LEAF, *root.children[1:])),
    "a part from elsewhere": lambda root: Inner(root.security, (pack(OFFER, b"t" * 32).root, *root.children[1:])),
    "an attribute weakened": lambda root: Inner(replace(root.security, origin=False), root.children),
    "a group without its attributes": lambda root: root.children[1],
    "a child shown at another place": lambda root: Shown(
        root.security, 3, 1, root.children[0], proof_of(root.levels, 0)
    ),
}  # fmt: skip


@pytest.mark.parametrize("tampering", TAMPERINGS)
def test_tampering_breaks_the_signature(tampering: str) -> None:
    container = signed()
    assert isinstance(container.root, Inner)
    tampered = Container(TAMPERINGS[tampering](container.root), container.signatures)
    with refused("CONTAINER_INVALID"):
        holds(tampered)


def test_editing_never_puts_another_part_in_a_parts_place() -> None:
    with refused("CONTAINER_INVALID"):
        rewrite(signed().root, {(0,): lambda _: OTHER_LEAF})


def test_a_signature_holds_for_its_signer_context_and_container_only() -> None:
    container = signed()
    for signers, context in (([SELLER.public], b""), ([SELLER.public], b"E" * 32)):
        with refused("CONTAINER_INVALID"):
            verify(container, cose.open1, signers, context=context)
    with refused("SIG_INVALID"):
        verify(container, cose.open1, [OTHER.public], context=DEAL)
    other = Container(pack(Item("money.price", b"1 EUR"), SEED).root, container.signatures)
    with refused("CONTAINER_INVALID"):
        holds(other)


def test_another_signed_statement_is_no_signature_of_a_container() -> None:
    container = pack(OFFER, SEED)
    as_other_kind = cose.sign1(encode([container.digest]), "receipt", SELLER)
    with refused("SIG_INVALID"):
        verify(Container(container.root, (as_other_kind,)), cose.open1, [SELLER.public])
    of_other_form = cose.sign1(encode([container.digest]), "container", SELLER)
    with refused("CONTAINER_INVALID"):
        verify(Container(container.root, (of_other_form,)), cose.open1, [SELLER.public])


def test_signatures_are_exactly_those_expected_in_their_order() -> None:
    both = sign(signed(), signer(BUYER), context=DEAL)
    assert verify(both, cose.open1, [SELLER.public, BUYER.public], context=DEAL) == both.digest
    with refused("SIG_INVALID"):
        verify(both, cose.open1, [BUYER.public, SELLER.public], context=DEAL)
    for signers in ([SELLER.public], [SELLER.public, BUYER.public, OTHER.public], []):
        with refused("CONTAINER_INVALID"):
            verify(both, cose.open1, signers, context=DEAL)


def test_non_repudiation_of_origin_needs_a_signature() -> None:
    with refused("CONTAINER_INVALID"):
        verify(pack(OFFER, SEED), cose.open1, [])
    assert verify(pack(Item("statement.note", b"hello"), SEED), cose.open1, [])


def test_nobody_signs_what_is_hidden_from_them_by_accident() -> None:
    whole = signed()
    parts = (elide(whole, [(0,)]), seal(whole, ADDRESS, [ANNA.public], sealing.seal), show(whole, (2,)))
    assert complete(whole)
    for container in parts:
        assert not complete(container) and container.digest == whole.digest
        with refused("CONTAINER_PART"):
            sign(container, signer(BUYER))
        assert len(sign(container, signer(BUYER), unseen=True).signatures) == 2


# --- parts


def test_eliding_removes_the_bytes_and_leaves_the_rest() -> None:
    cut = elide(signed(), [ADDRESS, (2,)])
    assert b"Rome" not in write(cut) and b"19.90" not in write(cut) and b"No. 7" in write(cut)
    assert hidden(cut) == (ADDRESS, (2,))
    assert elide(elide(signed(), [ADDRESS]), [(1,)]) == elide(signed(), [ADDRESS, (1,)]) == elide(signed(), [(1,)])
    assert holds(elide(signed(), [()])) == signed().digest


def test_an_elided_part_cannot_be_guessed_since_equal_items_have_different_digests() -> None:
    twins = pack(Group(NOTHING, [Item("money.price", b"1 EUR")] * 2), SEED)
    first, second = (node_at(elide(twins, [(0,), (1,)]).root, path) for path in ((0,), (1,)))
    assert first != second
    assert pack(Item("money.price", b"1 EUR"), SEED).digest != pack(Item("money.price", b"1 EUR"), b"t" * 32).digest


def test_show_leaves_one_part_its_proofs_and_the_signature() -> None:
    shown = show(signed(), ADDRESS)
    assert [path for path, _ in walk(shown.root)] == [(), (1,), ADDRESS]
    assert item_at(shown, ADDRESS) == Item("statement.address", b"Rome")
    assert holds(shown) == signed().digest
    beside = show_child(signed(), ADDRESS)
    assert item_at(beside, (0,)) and holds(beside) == signed().digest
    assert show(beside, ADDRESS) == shown and show(shown, ADDRESS) == shown


@pytest.mark.parametrize("path", [(3,), (-1,), (0, 0), (1, 2), (1, 0, 0)])
def test_a_path_that_is_not_there_is_refused(path: Path) -> None:
    for operation in (item_at, show, security_at, audience_at, lambda c, p: elide(c, [p])):
        with refused("CONTAINER_PART"):
            operation(signed(), path)


def test_what_is_hidden_is_not_read_as_an_item() -> None:
    for container in (elide(signed(), [(0,)]), show(signed(), (1,))):
        with refused("CONTAINER_PART"):
            item_at(container, (0,))
    with refused("CONTAINER_PART"):
        item_at(signed(), (1,))
    with refused("CONTAINER_PART"):
        show_child(signed(), ())

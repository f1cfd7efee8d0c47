"""Parts kept for named parties: they open for those, whoever sealed them, and for nobody else."""

from __future__ import annotations

from typing import Any

import pytest

from semper_host.model.container import (
    Container,
    elide,
    read,
    write,
)
from semper_host.model.container_editing import node_at
from semper_host.model.container_rules import Path
from semper_host.model.container_sealing import info_for, open_sealed, seal, sealed_for
from semper_host.model.encoding import decode, encode
from semper_host.supporting.cryptographic import sealing
from semper_host.supporting.cryptographic.sealing import SealingKey
from tests.model.containers import ADDRESS, ANNA, BERT, CARL, holds, refused, signed


def test_a_sealed_part_opens_for_the_named_parties_and_nobody_else() -> None:
    for path in (ADDRESS, (1,)):
        container = read(write(seal(signed(), path, [BERT.public, ANNA.public], sealing.seal)))
        assert b"Rome" not in write(container)
        for key in (ANNA, BERT):
            assert sealed_for(container, key.public) == (path,)
            assert open_sealed(container, path, key.public, key.open) == signed()
        with refused("CONTAINER_PART"):
            open_sealed(container, path, CARL.public, CARL.open)
        with refused("SIG_INVALID"):
            open_sealed(container, path, ANNA.public, CARL.open)


def test_only_parties_named_in_what_is_signed_are_sealed_to() -> None:
    for path, party in ((ADDRESS, CARL), ((0,), ANNA), ((), ANNA)):
        with refused("CONTAINER_PART"):
            seal(signed(), path, [party.public], sealing.seal)
    with refused("CONTAINER_PART"):
        seal(signed(), ADDRESS, [], sealing.seal)
    for hiding in (elide(signed(), [ADDRESS]), seal(signed(), ADDRESS, [ANNA.public], sealing.seal)):
        with refused("CONTAINER_PART"):
            seal(hiding, ADDRESS, [ANNA.public], sealing.seal)


def sealed_by_hand(path: Path, digest: bytes, plaintext: bytes, party: SealingKey) -> Container:
    """Put a part of an attacker's making, with any digest, where a part of the container was."""
    copies = [[party.public, sealing.seal(party.public, plaintext, info_for(digest, party.public))]]
    plain: Any = decode(write(signed()))
    above = plain[1]
    for index in path[:-1]:
        above = above[4][index]
    if path:
        above[4][path[-1]] = {9: digest, 10: copies}
    else:
        plain[1] = {9: digest, 10: copies}
    return read(encode(plain))


def test_a_recipient_cannot_pass_a_part_on_as_if_it_was_meant_for_somebody_else() -> None:
    digest = node_at(signed().root, (1,)).digest
    plaintext = encode(decode(write(signed()))[1][4][1])
    forwarded = sealed_by_hand((1,), digest, plaintext, CARL)
    assert holds(forwarded), "nothing that can be seen says who may read it"
    with refused("CONTAINER_INVALID"):
        open_sealed(forwarded, (1,), CARL.public, CARL.open)
    with refused("CONTAINER_INVALID"):
        sealed_by_hand(ADDRESS, b"x" * 32, plaintext, CARL)


@pytest.mark.parametrize(
    "plaintext",
    [
        encode({0: "statement.address", 1: b"\x01" * 16, 2: b"Paris"}),
        encode({0: "credential.member-card", 1: b"", 2: b""}),
        encode({9: b"d" * 32}),
        encode([]),
        b"",
        b"\xff" * 20,
    ],
    ids=["another", "malformed", "elided", "no node", "empty", "rubbish"],
)
def test_what_was_sealed_must_be_the_part_itself(plaintext: bytes) -> None:
    container = sealed_by_hand(ADDRESS, node_at(signed().root, ADDRESS).digest, plaintext, ANNA)
    assert holds(container) == signed().digest
    with refused("CONTAINER_INVALID", "ENCODING_INVALID"):
        open_sealed(container, ADDRESS, ANNA.public, ANNA.open)


def test_a_sealed_stub_that_tells_nothing_is_refused() -> None:
    digest = node_at(signed().root, ADDRESS).digest
    container = sealed_by_hand(ADDRESS, digest, encode({9: digest}), ANNA)
    with refused("CONTAINER_INVALID"):
        open_sealed(container, ADDRESS, ANNA.public, ANNA.open)


def test_two_sealed_parts_swapped_with_their_digests_or_without_are_refused() -> None:
    container = seal(seal(signed(), (1, 0), [ANNA.public], sealing.seal), (1, 1), [ANNA.public], sealing.seal)
    plain: Any = decode(write(container))
    group = plain[1][4][1][4]
    group[0], group[1] = group[1], group[0]
    with refused("CONTAINER_INVALID"):
        holds(read(encode(plain)))
    group[0], group[1] = group[1], group[0]
    group[0][10], group[1][10] = group[1][10], group[0][10]
    mixed = read(encode(plain))
    assert holds(mixed)
    with refused("SIG_INVALID"):
        open_sealed(mixed, (1, 0), ANNA.public, ANNA.open)


def test_a_sealed_part_may_hold_parts_hidden_before() -> None:
    container = seal(elide(signed(), [ADDRESS]), (1,), [BERT.public], sealing.seal)
    opened = open_sealed(container, (1,), BERT.public, BERT.open)
    assert opened == elide(signed(), [ADDRESS])

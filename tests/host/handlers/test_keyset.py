"""A keyset is read strictly: a mint's public keys decide what is money."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest

from semper_host.host.handlers.keyset import Denomination, Keyset, read_keyset
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.model.encoding import encode
from semper_host.model.errors import CapabilityRefused, SemperError


def test_a_keyset_comes_back_as_it_was(mint_keys: MintKeys) -> None:
    assert read_keyset(encode(mint_keys.keyset)) == mint_keys.keyset
    assert mint_keys.keyset.values == (1, 2, 4, 8)
    assert mint_keys.keyset.key(3) is None


def test_private_keys_come_back_as_they_were(mint_keys: MintKeys) -> None:
    again = MintKeys.decode(mint_keys.encode())
    assert again.keyset == mint_keys.keyset
    assert again.secret(4).public == mint_keys.keyset.key(4)
    assert "private" not in repr(again).lower()
    with pytest.raises(CapabilityRefused):
        again.secret(3)


def test_a_new_expiry_keeps_the_identity_and_a_new_key_does_not(mint_keys: MintKeys) -> None:
    keyset = mint_keys.keyset
    later = msgspec.structs.replace(keyset, expiry=keyset.expiry + 1)
    fewer = msgspec.structs.replace(keyset, denominations=keyset.denominations[1:])
    assert later.id == keyset.id != fewer.id


def broken(keyset: Keyset) -> list[Any]:
    one, two, *_ = keyset.denominations
    replace = msgspec.structs.replace
    return [
        replace(keyset, denominations=()),
        replace(keyset, currency="XXX"),
        replace(keyset, denominations=(two, one)),
        replace(keyset, denominations=(one, one)),
        replace(keyset, denominations=(Denomination(0, one.key), two)),
        replace(keyset, denominations=(Denomination(-2, one.key), two)),
        replace(keyset, denominations=(two, Denomination(3, one.key))),
        replace(keyset, denominations=(one, Denomination(2, one.key))),
        replace(keyset, denominations=(Denomination(1, b"junk"),)),
        replace(keyset, denominations=(Denomination(1, encode({0: bytes(256), 1: 65537})),)),
        replace(keyset, denominations=(Denomination(1, encode({0: b"\xff" * 256, 1: 3})),)),
        replace(keyset, denominations=tuple(Denomination(2**n, bytes([n])) for n in range(30))),
    ]


def test_a_keyset_outside_the_rules_is_refused(mint_keys: MintKeys) -> None:
    for keyset in broken(mint_keys.keyset):
        with pytest.raises(SemperError):
            read_keyset(encode(keyset))
    for junk in (b"", b"\xa0", encode({0: "EUR"}), encode(mint_keys.keyset) + b"\x00"):
        with pytest.raises(SemperError):
            read_keyset(junk)

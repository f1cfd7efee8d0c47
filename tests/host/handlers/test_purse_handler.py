"""What the payer's, payee's and trustee's requests are answered with."""

from __future__ import annotations

from typing import Any

import pytest

from semper_host.host.coin_selection import Change, Ready
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.handlers.purse import PartyHandler, PurseHandler
from semper_host.host.handlers.purse_state import Purse
from semper_host.model.encoding import encode
from semper_host.model.errors import CapabilityRefused, PeerDeviated, Unavailable, UsageError
from semper_host.model.money import Money
from semper_host.model.requests import (
    Ask,
    Blind,
    BlindSign,
    Coin,
    Drop,
    Keep,
    Now,
    Output,
    Post,
    Random,
    Reblind,
    Recall,
    Reply,
    Unblind,
    Verify,
)
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic import blind_rsa, cose
from semper_host.supporting.cryptographic.signing import SigningKey

L, M = b"\x01" * 32, b"\x02" * 32


def silent(message: bytes, account: bool) -> Reply:
    return Reply(False)


def signed(keys: MintKeys, outputs: list[Output]) -> list[bytes]:
    return [blind_rsa.blind_sign(keys.secret(output.value), output.blinded) for output in outputs]


def fill(payer: PurseHandler, keys: MintKeys, values: list[int]) -> list[Coin]:
    outputs = payer(Blind(values))
    coins: list[Coin] = payer(Unblind(outputs, signed(keys, outputs)))
    return coins


def test_coins_are_made_and_bear_the_mints_signature(payer: PurseHandler, purse: Purse, mint_keys: MintKeys) -> None:
    coins = fill(payer, mint_keys, [4, 1, 4])
    assert [coin.value for coin in coins] == [4, 1, 4]
    for coin in coins:
        key = mint_keys.keyset.key(coin.value)
        assert key is not None and blind_rsa.verify(key, coin.message, coin.signature)
        assert len(coin.message) == 64
    assert purse.balance() == Money(9, "EUR")


def test_outputs_never_repeat_and_are_made_again_from_the_seed(payer: PurseHandler, mint_keys: MintKeys) -> None:
    first, second = payer(Blind([4, 4])), payer(Blind([4]))
    assert len({output.blinded for output in first + second}) == 3
    assert payer(Reblind(4, 0, 3)) == first + second


def test_the_same_coin_unblinded_twice_is_one_coin(payer: PurseHandler, purse: Purse, mint_keys: MintKeys) -> None:
    outputs = payer(Blind([8]))
    signatures = signed(mint_keys, outputs)
    assert payer(Unblind(outputs, signatures)) == payer(Unblind(outputs, signatures))
    assert purse.balance().minor == 8


def test_one_bad_signature_keeps_the_whole_batch_out(payer: PurseHandler, purse: Purse, mint_keys: MintKeys) -> None:
    outputs = payer(Blind([8, 4]))
    good = signed(mint_keys, outputs)
    for bad in ([good[0], bytes(256)], [good[1], good[0]], [good[0], b""]):
        with pytest.raises(PeerDeviated) as refused:
            payer(Unblind(outputs, bad))
        assert refused.value.code == "SIG_INVALID"
    assert purse.balance().minor == 0


def test_an_output_that_the_purse_did_not_make_is_refused(payer: PurseHandler, mint_keys: MintKeys) -> None:
    outputs = payer(Blind([8]))
    for foreign in (Output(8, b"\x02" * 256), Output(4, outputs[0].blinded)):
        with pytest.raises(CapabilityRefused):
            payer(Unblind([foreign], signed(mint_keys, outputs)))
    with pytest.raises(CapabilityRefused):
        payer(Unblind(outputs, []))


def test_purses_of_other_seeds_make_other_coins(payer: PurseHandler, purse: Purse, mint_keys: MintKeys) -> None:
    other = PurseHandler(Purse(purse.archive, "other", mint_keys.keyset), b"x" * 32, payer._ask, lambda: 0)
    assert other(Blind([8])) != payer(Blind([8]))


def test_values_without_a_key_and_too_many_coins_are_refused(payer: PurseHandler) -> None:
    for request in (Blind([3]), Blind([1] * 129), Reblind(1, 0, 129), Reblind(1, -1, 2), Reblind(64, 0, 1)):
        with pytest.raises(CapabilityRefused):
            payer(request)


def test_a_restored_output_moves_the_counter_past_it(payer: PurseHandler, mint_keys: MintKeys) -> None:
    found = payer(Reblind(2, 5, 1))
    payer(Unblind(found, signed(mint_keys, found)))
    assert payer(Blind([2])) == payer(Reblind(2, 6, 1))


# --- the purse


def test_reserved_coins_pay_one_thing_only(payer: PurseHandler, purse: Purse, mint_keys: MintKeys) -> None:
    fill(payer, mint_keys, [8, 4])
    ready = purse.prepare(Money(8, "EUR"), L)
    assert isinstance(ready, Ready)
    assert purse.prepare(Money(8, "EUR"), L) == ready
    with pytest.raises(UsageError) as refused:
        purse.prepare(Money(8, "EUR"), M)
    assert refused.value.code == "FUNDS_INSUFFICIENT"
    assert (purse.balance().minor, purse.reserved().minor) == (4, 8)
    purse.free(L)
    assert isinstance(purse.prepare(Money(8, "EUR"), M), Ready)


def test_an_exchange_under_way_is_gone_on_with(payer: PurseHandler, purse: Purse, mint_keys: MintKeys) -> None:
    fill(payer, mint_keys, [8])
    change = purse.prepare(Money(3, "EUR"), L)
    assert isinstance(change, Change) and sorted(change.values) == [1, 1, 2, 4]
    assert purse.prepare(Money(3, "EUR"), L) == change
    purse.free(L)
    assert purse.balance().minor == 8


def test_another_currency_is_not_in_the_purse(purse: Purse) -> None:
    with pytest.raises(UsageError):
        purse.prepare(Money(1, "USD"), L)


def test_dropping_a_part_leaves_the_rest_reserved(payer: PurseHandler, purse: Purse, mint_keys: MintKeys) -> None:
    fill(payer, mint_keys, [8, 4, 2])
    ready = purse.prepare(Money(14, "EUR"), L)
    assert isinstance(ready, Ready)
    payer(Drop(ready.coins[:1]))
    assert (purse.balance().minor, purse.reserved().minor) == (0, 6)
    payer(Drop(ready.coins[1:], True))
    assert purse.reserved().minor == 0


def test_dropping_what_is_not_there_changes_nothing(payer: PurseHandler, purse: Purse, mint_keys: MintKeys) -> None:
    coins = fill(payer, mint_keys, [8, 4])
    payer(Drop(coins[:1]))
    payer(Drop([coins[0], Coin(4, bytes(64), b"")]))
    assert purse.balance().minor == 4


def test_a_purse_outlives_its_process(payer: PurseHandler, purse: Purse, mint_keys: MintKeys) -> None:
    outputs = payer(Blind([8]))
    again = PurseHandler(Purse(purse.archive, "purse", mint_keys.keyset), b"seed".ljust(32), payer._ask, lambda: 0)
    again(Unblind(outputs, signed(mint_keys, outputs)))
    assert again(Blind([8])) != outputs
    assert purse.balance().minor == 8


# --- what every side may ask


def test_what_is_kept_is_recalled_and_scopes_are_apart(archive: Archive) -> None:
    one = PartyHandler(archive, b"one", silent, lambda: 7)
    two = PartyHandler(archive, b"two", silent, lambda: 7)
    one(Keep("name", b"value"))
    assert (one(Recall("name")), two(Recall("name")), one(Recall("other"))) == (b"value", None, None)
    assert one(Now()) == 7


def test_randomness_is_bounded_and_fresh(payer: PurseHandler) -> None:
    assert len(payer(Random(32))) == 32
    assert payer(Random(32)) != payer(Random(32))
    for count in (-1, 1025, 10**9):
        with pytest.raises(CapabilityRefused):
            payer(Random(count))


def test_keeping_is_bounded(payer: PurseHandler) -> None:
    for request in (Keep("n" * 201, b""), Keep("n", bytes(65_537))):
        with pytest.raises(CapabilityRefused):
            payer(request)


@pytest.mark.parametrize("code", ["PEER_UNREACHABLE", "PEER_RESPONSE"])
def test_a_bank_out_of_reach_is_a_reply_that_is_not_ok(archive: Archive, code: str) -> None:
    def ask(message: bytes, account: bool) -> Reply:
        raise Unavailable(code, "cannot reach the bank")

    assert PartyHandler(archive, b"", ask, lambda: 0)(Ask(b"?")) == Reply(False)


def test_a_full_disk_is_not_taken_for_a_silent_bank(archive: Archive) -> None:
    def ask(message: bytes, account: bool) -> Reply:
        raise Unavailable("STORAGE_FULL", "cannot write")

    with pytest.raises(Unavailable):
        PartyHandler(archive, b"", ask, lambda: 0)(Ask(b"?"))


def test_verifying_tells_good_from_bad_without_raising(payer: PurseHandler) -> None:
    key = SigningKey.from_seed(bytes(32))
    statement = cose.sign1(encode({0: 1}), "hold.held", key)
    assert payer(Verify(statement, "hold.held", key.public)) == encode({0: 1})
    for request in (
        Verify(statement, "hold.voided", key.public),
        Verify(statement[:-1], "hold.held", key.public),
        Verify(statement, "hold.held", SigningKey.from_seed(b"\x01" * 32).public),
        Verify(statement, "hold.held", b""),
        Verify(statement, "hold.held", bytes(32)),
        Verify(b"", "hold.held", key.public),
        Verify(statement, "No Such Kind!", key.public),
    ):
        assert payer(request) is None


@pytest.mark.parametrize("request_", [BlindSign([]), Post(b"k", [], [])])
def test_a_bank_request_has_no_answer_at_a_customer(payer: PurseHandler, request_: Any) -> None:
    with pytest.raises(CapabilityRefused):
        payer(request_)


def test_a_payee_has_no_purse(archive: Archive) -> None:
    with pytest.raises(CapabilityRefused):
        PartyHandler(archive, b"", silent, lambda: 0)(Blind([1]))

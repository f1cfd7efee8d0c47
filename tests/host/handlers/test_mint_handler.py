"""What a bank's requests are answered with: never a signature that the ledger does not cover."""

from __future__ import annotations

from typing import Any

import pytest

from semper_host.host.handlers.coin_secrets import CoinSecrets
from semper_host.host.handlers.mint import MintHandler
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.model.encoding import encode
from semper_host.model.errors import CapabilityRefused
from semper_host.model.holds import Held, Settlement
from semper_host.model.money import Money
from semper_host.model.requests import (
    Attest,
    Blind,
    BlindSign,
    CheckCoins,
    CheckOutputs,
    Coin,
    Entry,
    HoldState,
    Issued,
    Mint,
    MintView,
    Output,
    Post,
    Posted,
    Spent,
)
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.signing import SigningKey

BANK = SigningKey.from_seed(b"bank".ljust(32))
EUR = "EUR"


def made(keys: MintKeys, value: int, counter: int = 0) -> Any:
    return CoinSecrets(b"s" * 32, keys.keyset).make(value, counter)


def pay_for(mint: MintHandler, outputs: list[Output], key: bytes = b"k") -> Posted:
    amount = Money(sum(output.value for output in outputs), EUR)
    posted: Posted = mint(Post(key, [Entry("bank:equity", -amount), Entry("mint:outstanding", amount)], issue=outputs))
    return posted


def test_the_mint_says_what_it_is(mint: MintHandler) -> None:
    assert mint(Mint()) == MintView("EUR", BANK.public)


def test_only_paid_outputs_are_signed_and_always_with_the_same_bytes(mint: MintHandler, mint_keys: MintKeys) -> None:
    coin, other = made(mint_keys, 4), made(mint_keys, 4, 1)
    with pytest.raises(CapabilityRefused):
        mint(BlindSign([coin.output]))
    assert pay_for(mint, [coin.output]).done
    assert mint(BlindSign([coin.output])) == mint(BlindSign([coin.output]))
    assert mint(Issued([coin.output, other.output])) == [True, False]
    with pytest.raises(CapabilityRefused):
        mint(BlindSign([coin.output, other.output]))
    with pytest.raises(CapabilityRefused):
        mint(BlindSign([Output(8, coin.output.blinded)]))  # paid for at another value


def test_a_refused_posting_issues_nothing(mint: MintHandler, mint_keys: MintKeys) -> None:
    output = made(mint_keys, 4).output
    overdrawn = [Entry("customer:poor", Money(-4, EUR)), Entry("mint:outstanding", Money(4, EUR))]
    assert mint(Post(b"k", overdrawn, issue=[output])) == Posted(False, "funds")
    assert mint(Issued([output])) == [False]


def test_coins_are_checked_under_their_own_values_key(mint: MintHandler, mint_keys: MintKeys) -> None:
    making = made(mint_keys, 4)
    pay_for(mint, [making.output])
    coin = making.finish(mint(BlindSign([making.output]))[0])
    wrong = [
        Coin(8, coin.message, coin.signature), Coin(3, coin.message, coin.signature), Coin(4, coin.message, b""),
        Coin(4, b"", coin.signature), Coin(4, coin.message[:-1] + bytes([coin.message[-1] ^ 1]), coin.signature),
    ]  # fmt: skip
    assert mint(CheckCoins([coin, *wrong])) == [True] + [False] * 5


def test_outputs_are_checked_against_the_key_they_would_be_signed_with(mint: MintHandler, mint_keys: MintKeys) -> None:
    good = made(mint_keys, 4).output
    key = mint_keys.keyset.key(4)
    assert key is not None
    numbers = [number.to_bytes(256, "big") for number in (key.n, key.n - 1, 0, 1)]
    wrong = [*numbers, b"", good.blinded[:-1]]
    outputs = [good, Output(3, good.blinded), *(Output(4, each) for each in wrong)]
    assert mint(CheckOutputs(outputs)) == [True] + [False] * 7


def test_spent_keys_are_told(mint: MintHandler) -> None:
    mint(Post(b"k", [], [b"a" * 32], detail=b"d"))
    assert mint(Spent([b"a" * 32, b"b" * 32])) == [True, False]
    assert mint(Post(b"l", [], [b"a" * 32], detail=b"e")) == Posted(False, "spent", b"d")


def held(label: bytes, system: bytes = BANK.public) -> Held:
    keys = (b"\x01" * 32, b"\x02" * 32, b"\x03" * 32)
    return Held(label, bytes(16), "customer:shop", Money(4, EUR), 2**31, *keys, system, bytes(32))


def open_hold(mint: MintHandler, label: bytes) -> Held:
    hold = held(label)
    detail = encode({"op": "hold", "request": bytes(32), "held": hold, "more": []})
    entries = [Entry("bank:equity", Money(-4, EUR)), Entry("mint:held", Money(4, EUR))]
    assert mint(Post(b"hold" + label, entries, label=label, expect="", become="held", detail=detail)).done
    return hold


def end_hold(mint: MintHandler, label: bytes, state: str) -> Settlement:
    settlement = Settlement(label, bytes(16), "customer:shop", Money(4, EUR), 5)
    entries = [Entry("mint:held", Money(-4, EUR)), Entry("customer:shop", Money(4, EUR))]
    detail = encode({"op": "end", "settlement": settlement, "by": b""})
    assert mint(Post(b"end" + label, entries, label=label, expect="held", become=state, detail=detail)).done
    return settlement


def test_the_bank_attests_what_the_ledger_says(mint: MintHandler) -> None:
    label = b"\x07" * 32
    hold = open_hold(mint, label)
    statement = mint(Attest("hold.held", encode(hold)))
    assert cose.open1(statement, "hold.held", BANK.public) == encode(hold)
    assert statement == mint(Attest("hold.held", encode(hold)))
    ended = end_hold(mint, label, "captured")
    assert cose.open1(mint(Attest("hold.captured", encode(ended))), "hold.captured", BANK.public) == encode(ended)
    assert mint(HoldState(label)).state == "captured"


def test_the_bank_attests_nothing_else(mint: MintHandler) -> None:
    label, other = b"\x07" * 32, b"\x08" * 32
    hold = open_hold(mint, label)
    early = Settlement(label, bytes(16), "customer:shop", Money(4, EUR), 5)
    ended_other = Settlement(other, bytes(16), "customer:shop", Money(4, EUR), 5)
    lies = [
        ("hold.captured", early), ("hold.released", early), ("hold.voided", early), ("hold.voided", ended_other),
        ("hold.captured", ended_other), ("hold.held", held(other)), ("hold.held", held(label, bytes(32))),
        ("offer", hold), ("trustee.decision", hold), ("hold.held", early), ("hold.captured", hold),
    ]  # fmt: skip
    for kind, record in lies:
        with pytest.raises(CapabilityRefused):
            mint(Attest(kind, encode(record)))
    for junk in (b"", b"\xa0", b"junk"):
        with pytest.raises(CapabilityRefused):
            mint(Attest("hold.held", junk))
    open_hold(mint, other)
    settled = end_hold(mint, other, "captured")
    for kind in ("hold.released", "hold.voided"):
        with pytest.raises(CapabilityRefused):
            mint(Attest(kind, encode(settled)))


def test_a_bank_has_no_purse(mint: MintHandler) -> None:
    with pytest.raises(CapabilityRefused):
        mint(Blind([1]))

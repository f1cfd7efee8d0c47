"""Area payments: withdrawing a typical amount from a bank over loopback HTTP, against its RSA operations alone."""

from __future__ import annotations

from collections.abc import Iterator

from benchmarks.measure import Bench, Row, clocked, duration, in_turn
from semper_host.api_v1 import Settled
from semper_host.host.coin_selection import split
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.model.money import Money
from semper_host.supporting.cryptographic import blind_rsa

AMOUNT = Money(1990, "EUR")


def rows(bench: Bench) -> Iterator[Row]:
    """Yield the rows of this area."""
    setting = bench.setting
    payments, purse = setting.purse(setting.home("buyer"))
    values = split(AMOUNT.minor, purse.keyset.values)
    mint = MintKeys.decode(setting.mint.encode())

    def withdraw() -> None:
        assert isinstance(payments.withdraw(purse, AMOUNT), Settled)

    timings = in_turn(bench.runs, clocked(withdraw), clocked(lambda: _rsa(mint, values)))
    yield duration("payments.withdraw_19_90_eur", "ms", timings[0], timings[1])


def _rsa(mint: MintKeys, values: list[int]) -> None:
    """Blind, sign and finalise one coin of each value."""
    for value in values:
        key = mint.secret(value)
        blinded = blind_rsa.blind(key.public, b"coin", bytes(32))
        signature = blind_rsa.blind_sign(key, blinded.blinded)
        blind_rsa.finalize(key.public, blinded.message, signature, blinded.inverse)

"""A bank's mint: one RSA key pair a coin value, made once and kept encrypted in the home's keyring."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from semper_host.host.handlers.keyset import MOST_VALUES, VALUES
from semper_host.host.handlers.mint_keys import MintKeys
from semper_host.host.home import Home
from semper_host.model.errors import UsageError
from semper_host.model.money import MINOR_DIGITS
from semper_host.supporting.cryptographic import blind_rsa
from semper_host.supporting.cryptographic.rsa_keys import PrivateKey

MINT = "mint"
DENOMINATIONS = len(VALUES)
MINT_SECONDS = 5 * 365 * 24 * 3600
"""How long a new mint will take its coins, in seconds."""

Progress = Callable[[int, int], None]
"""Told after each key how many of how many are made."""


def init_mint(
    home: Home, currency: str, denominations: int, now: int, progress: Progress = lambda done, of: None
) -> MintKeys:
    """Make the keys of coins of 1, 2, 4, … minor units, `denominations` of them, and keep them. Takes seconds.

    Raises UsageError HOME_EXISTS where this home has a mint, USAGE_INVALID for an unknown currency or number.
    """
    if home.keyring.load(MINT) is not None:
        raise UsageError("HOME_EXISTS", "cannot make a mint: this home has one, and coins at large bear its keys")
    if currency not in MINOR_DIGITS:
        raise UsageError("USAGE_INVALID", f"cannot make a mint for {currency[:8]!r}: it is no currency this host knows")
    if not 1 <= denominations <= MOST_VALUES:
        raise UsageError("USAGE_INVALID", f"cannot make {denominations} coin values: 1 to {MOST_VALUES} can be")
    values = [2**power for power in range(denominations)]
    made = _generate(denominations, progress)
    keys = MintKeys.generate(currency, now + MINT_SECONDS, values, made.__next__)
    home.keyring.store(MINT, keys.encode())
    return keys


def open_mint(home: Home) -> MintKeys:
    """Return the mint's keys of this home. Raises UsageError HOME_MISSING where it has no mint yet."""
    stored = home.keyring.load(MINT)
    if stored is None:
        raise UsageError("HOME_MISSING", "cannot act as a bank: this home has no mint; `semper bank init` makes one")
    return MintKeys.decode(stored)


def _generate(count: int, progress: Progress) -> Iterator[PrivateKey]:
    """Make `count` keys; the search for primes runs outside the interpreter's lock, so in several threads at once."""
    with ThreadPoolExecutor(4, thread_name_prefix="semper-mint") as pool:
        for done, key in enumerate(pool.map(lambda _: blind_rsa.generate(), range(count)), 1):
            progress(done, count)
            yield key

"""What a mint publishes: its currency and one public key a coin value (in ServiceKeys.keyset, signed by the bank)."""

from __future__ import annotations

from functools import lru_cache
from hashlib import sha256

from semper_host.model.encoding import MalformedEncoding, Record, encode
from semper_host.model.money import MINOR_DIGITS
from semper_host.supporting.cryptographic import blind_rsa

VALUES = tuple(2**power for power in range(17))
"""The usual coin values in minor units: 1, 2, 4, … 65,536 (655.36 EUR)."""

MOST_VALUES = 24


class Denomination(Record, frozen=True):
    """One coin value in minor units, and the public key of its coins (`blind_rsa.PublicKey.encode`)."""

    value: int
    key: bytes


class Keyset(Record, frozen=True):
    """The coins of one mint: `expiry` (seconds since 1970) is when it will stop taking them; `denominations` ascend."""

    currency: str
    denominations: tuple[Denomination, ...]
    expiry: int

    @property
    def values(self) -> tuple[int, ...]:
        """The coin values, ascending."""
        return tuple(each.value for each in self.denominations)

    @property
    def id(self) -> bytes:
        """What tells this mint's coins from others: SHA-256 of currency, values and keys. A new expiry keeps it."""
        return sha256(b"semper/ecash-keyset/1" + encode([self.currency, self.denominations])).digest()

    def key(self, value: int) -> blind_rsa.PublicKey | None:
        """Return the public key for coins of `value`, or None if there are none."""
        for each in self.denominations:
            if each.value == value:
                return _parsed(each.key)
        return None


def read_keyset(data: bytes) -> Keyset:
    """Return the keyset that `data` encodes, checked. Raises MalformedEncoding, PeerDeviated (SIG_KEY_WEAK)."""
    keyset = Keyset.decode(data)
    if keyset.currency not in MINOR_DIGITS:
        _refuse(f"it is in an unknown currency {keyset.currency[:8]!r}")
    if not 1 <= len(keyset.denominations) <= MOST_VALUES or keyset.values[0] < 1:
        _refuse("it has no coin values, or too many, or one below 1")
    if any(higher % lower or higher == lower for lower, higher in zip(keyset.values, keyset.values[1:], strict=False)):
        _refuse("each coin value must be a multiple of the one before")
    if len({each.key for each in keyset.denominations}) != len(keyset.denominations):
        _refuse("two coin values have the same key")
    for each in keyset.denominations:
        _parsed(each.key)
    return keyset


@lru_cache(maxsize=512)
def _parsed(key: bytes) -> blind_rsa.PublicKey:
    return blind_rsa.PublicKey.decode(key)


def _refuse(why: str) -> None:
    raise MalformedEncoding("ENCODING_INVALID", f"cannot use the mint's keyset: {why}")

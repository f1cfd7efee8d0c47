"""A coin's secrets from the purse's seed: the same seed, mint, value and counter give the same coin again.

RFC 9474, RSABSSA-SHA384-PSS-Randomized: a coin's message is a random prefix and a serial, 32 bytes each. Serial, prefix
and blinding are all derived, so a purse is restored by asking the mint which of its outputs it signed.
"""

from __future__ import annotations

from hashlib import sha256
from typing import NamedTuple

from semper_host.host.handlers.keyset import Keyset
from semper_host.model.encoding import encode
from semper_host.model.errors import CapabilityRefused
from semper_host.model.requests import Coin, Output
from semper_host.supporting.cryptographic import blind_rsa
from semper_host.supporting.cryptographic.secret import derive

_SERIAL, _BLINDING = 32, 64


class Made(NamedTuple):
    """A coin in the making: the output for the bank, and what only the purse knows."""

    counter: int
    output: Output
    key: blind_rsa.PublicKey
    blinded: blind_rsa.Blinded

    @property
    def name(self) -> str:
        """The name under which the purse remembers which coin this output is for."""
        return name_of(self.output)

    def finish(self, signature: bytes) -> Coin:
        """Return the coin from the bank's blind signature. Raises PeerDeviated (SIG_INVALID) if it is none."""
        unblinded = blind_rsa.finalize(self.key, self.blinded.message, signature, self.blinded.inverse)
        return Coin(self.output.value, self.blinded.message, unblinded)


class CoinSecrets:
    """Makes the coins of one purse: `seed` is its 32-byte seed, `keyset` its mint's."""

    def __init__(self, seed: bytes, keyset: Keyset) -> None:
        self._seed, self._keyset = seed, keyset

    def make(self, value: int, counter: int) -> Made:
        """Return coin number `counter` of `value`. Raises CapabilityRefused for a value the mint has no key for."""
        key = self._keyset.key(value)
        if key is None:
            raise CapabilityRefused("CAPABILITY_REFUSED", f"cannot make a coin of {value} minor units: there are none")
        info = b"semper/ecash-coin/1" + encode([self._keyset.id, value, counter])
        secret = derive(self._seed, info, _SERIAL + _BLINDING)
        blinded = blind_rsa.blind(key, secret[:_SERIAL], secret[_SERIAL:])
        return Made(counter, Output(value, blinded.blinded), key, blinded)


def name_of(output: Output) -> str:
    """Return the name under which a purse remembers which coin `output` is for."""
    return sha256(encode([output.value, output.blinded])).hexdigest()

"""A mint's private keys, one a coin value, and the keyset that publishes their public halves."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from semper_host.host.handlers.keyset import VALUES, Denomination, Keyset
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import CapabilityRefused
from semper_host.supporting.cryptographic import blind_rsa


class _Stored(Record, frozen=True):
    keyset: Keyset
    keys: tuple[bytes, ...]  # PKCS #8, in the order of the denominations


class MintKeys:
    """The private keys of one mint. `encode` is for the keyring alone."""

    def __init__(self, keyset: Keyset, keys: Sequence[blind_rsa.PrivateKey]) -> None:
        self.keyset = keyset
        self._keys = dict(zip(keyset.values, keys, strict=True))

    @classmethod
    def generate(
        cls,
        currency: str,
        expiry: int,
        values: Sequence[int] = VALUES,
        generate: Callable[[], blind_rsa.PrivateKey] = blind_rsa.generate,
    ) -> MintKeys:
        """Make a key for each coin value (ascending minor units). Takes seconds: 2048-bit keys are searched for."""
        keys = [generate() for _ in values]
        named = tuple(Denomination(value, key.public.encode()) for value, key in zip(values, keys, strict=True))
        return cls(Keyset(currency, named, expiry), keys)

    def secret(self, value: int) -> blind_rsa.PrivateKey:
        """Return the private key for coins of `value`. Raises CapabilityRefused where there is none."""
        if value not in self._keys:
            raise CapabilityRefused("CAPABILITY_REFUSED", f"cannot sign a coin of {value} minor units: there is no key")
        return self._keys[value]

    def encode(self) -> bytes:
        """Return keys and keyset as bytes, to be stored encrypted."""
        return encode(_Stored(self.keyset, tuple(self._keys[value].to_der() for value in self.keyset.values)))

    @classmethod
    def decode(cls, data: bytes) -> MintKeys:
        """Return what `encode` wrote. Raises MalformedEncoding, UsageError (KEYRING_INVALID)."""
        stored = _Stored.decode(data)
        return cls(stored.keyset, [blind_rsa.PrivateKey.from_der(key) for key in stored.keys])

    def __repr__(self) -> str:
        return f"MintKeys({self.keyset.currency}, values={self.keyset.values})"

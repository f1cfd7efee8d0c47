"""An issuer's keys for anonymous tokens, one RSA pair a kind, and the keyset that publishes their public halves."""

from __future__ import annotations

from collections.abc import Sequence

from semper_host.model.encoding import Record, encode
from semper_host.model.errors import CapabilityRefused
from semper_host.supporting.cryptographic import blind_rsa

TOKEN_KEYS = "credential.token-keys"
"""The kind under which an issuer signs its keyset."""


class TokenKey(Record, frozen=True):
    """One kind of token: whoever has one of its tokens is one of all who do, so it lasts long and says little."""

    kind: str
    key: bytes  # an encoded RSA public key (blind_rsa.PublicKey)
    not_after: int


class TokenKeyset(Record, frozen=True):
    """What an issuer publishes, signed: the same for everybody, or a key could mark its holders."""

    issuer: bytes
    keys: tuple[TokenKey, ...]

    def of(self, kind: str, now: int) -> blind_rsa.PublicKey | None:
        """Return the key for tokens of `kind` if its time is not over."""
        found = next((each for each in self.keys if each.kind == kind and now < each.not_after), None)
        return None if found is None else blind_rsa.PublicKey.decode(found.key)


class _Stored(Record, frozen=True):
    keyset: TokenKeyset
    keys: tuple[bytes, ...]  # PKCS #8, in the order of the keyset


class IssuerKeys:
    """The private keys. `encode` is for the keyring alone."""

    def __init__(self, keyset: TokenKeyset, keys: Sequence[blind_rsa.PrivateKey]) -> None:
        self.keyset = keyset
        self._keys = dict(zip((each.kind for each in keyset.keys), keys, strict=True))

    @classmethod
    def generate(cls, issuer: bytes, kinds: Sequence[str], not_after: int) -> IssuerKeys:
        """Make a key for each kind. Takes a moment: 2048-bit keys are searched for."""
        keys = [blind_rsa.generate() for _ in kinds]
        named = [TokenKey(kind, key.public.encode(), not_after) for kind, key in zip(kinds, keys, strict=True)]
        return cls(TokenKeyset(issuer, tuple(named)), keys)

    def secret(self, kind: str) -> blind_rsa.PrivateKey:
        """Return the private key for tokens of `kind`. Raises CapabilityRefused where there is none."""
        if kind not in self._keys:
            raise CapabilityRefused("CAPABILITY_REFUSED", f"cannot sign a token of kind {kind[:40]!r}: there is no key")
        return self._keys[kind]

    def encode(self) -> bytes:
        """Return keys and keyset as bytes, to be stored encrypted."""
        return encode(_Stored(self.keyset, tuple(key.to_der() for key in self._keys.values())))

    @classmethod
    def decode(cls, data: bytes) -> IssuerKeys:
        """Return what `encode` wrote. Raises MalformedEncoding, UsageError (KEYRING_INVALID)."""
        stored = _Stored.decode(data)
        return cls(stored.keyset, [blind_rsa.PrivateKey.from_der(key) for key in stored.keys])

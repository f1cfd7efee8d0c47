"""A holder's wallet: credentials bound to keys of this home, and anonymous tokens made from its seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from semper_host.host.credentials.token_keys import TokenKeyset
from semper_host.model.credential_requests import BlindTokens, Prove, UnblindTokens
from semper_host.model.credentials import CREDENTIAL, PRESENTATION, VERSION, Credential, Presentation, Token
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import CapabilityRefused, UsageError
from semper_host.model.requests import Request
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic import blind_rsa, cose
from semper_host.supporting.cryptographic.secret import derive
from semper_host.supporting.cryptographic.signing import SigningKey

MOST_TOKENS = 100
"""Tokens made by one request at most."""
_CREDENTIALS, _TOKENS, _MAKING, _COUNTER = b"wallet-credentials", b"wallet-tokens", b"wallet-making", b"wallet-counter"
_SERIAL, _BLINDING = 32, 64


class Held(NamedTuple):
    """A credential in the wallet: its name (hex SHA-256 of the signed bytes), what it says, the signed bytes."""

    name: str
    credential: Credential
    signed: bytes


class _Making(Record, frozen=True):
    kind: str
    counter: int


@dataclass(frozen=True)
class Wallet:
    """What a holder keeps. `key_of` returns this home's signing key for a holder's public key, if it has it."""

    archive: Archive
    seed: bytes
    key_of: Callable[[bytes], SigningKey | None]

    def put(self, signed: bytes, issuer: bytes) -> Held:
        """Keep a credential that `issuer` signed for a key of ours. Raises PeerDeviated, UsageError."""
        credential = Credential.decode(cose.open1(signed, CREDENTIAL, issuer))
        if credential.described.issuer != issuer or self.key_of(credential.described.holder) is None:
            raise UsageError("USAGE_INVALID", "cannot keep the credential: it is not for a key of this home")
        name = sha256(signed).hexdigest()
        self.archive.commit(lambda tx: self.archive.keep(tx, _CREDENTIALS, name, signed))
        return Held(name, credential, signed)

    def all(self) -> list[Held]:
        """Return the credentials in the wallet, in the order of their names."""
        return [self._held(name) for name in self.archive.kept_names(_CREDENTIALS)]

    def find(self, name: str) -> Held:
        """Return the one credential whose name begins so. Raises UsageError."""
        names = [each for each in self.archive.kept_names(_CREDENTIALS) if each.startswith(name)]
        if len(names) != 1:
            what = "no credential has" if not names else f"{len(names)} credentials have"
            raise UsageError("USAGE_INVALID", f"cannot find the credential: {what} a name that begins {name[:20]!r}")
        return self._held(names[0])

    def tokens(self, kind: str) -> list[bytes]:
        """Return the unused tokens of `kind`, encoded."""
        names = self.archive.kept_names(_TOKENS)
        kept = [self.archive.recall(_TOKENS, name) for name in names if name.startswith(f"{kind}/")]
        return [each for each in kept if each]

    def spend(self, token: bytes) -> None:
        """Take a token out of the wallet: it is about to be redeemed."""
        name = _token_name(Token.decode(token))
        self.archive.commit(lambda tx: self.archive.keep(tx, _TOKENS, name, b""))

    def prove(self, signed: bytes, audience: bytes, challenge: bytes) -> bytes:
        """Return the signed presentation of a credential in the wallet. Raises UsageError."""
        held = self.find(sha256(signed).hexdigest())
        key = self.key_of(held.credential.described.holder)
        assert key is not None, "only credentials for keys of this home are kept"
        return cose.sign1(encode(Presentation(sha256(signed).digest(), audience, challenge)), PRESENTATION, key)

    def want(self, keys: TokenKeyset, kind: str, count: int, now: int) -> list[bytes]:
        """Return blinded messages for `count` tokens of `kind`; the counters they come from are used up for good."""
        public = _key(keys, kind, now)

        def work(tx: Any) -> list[bytes]:
            kept = self.archive.recall(_COUNTER, kind, tx)
            first = 0 if kept is None else int.from_bytes(kept, "big")
            self.archive.keep(tx, _COUNTER, kind, (first + count).to_bytes(8, "big"))
            made = [self._make(public, kind, counter).blinded for counter in range(first, first + count)]
            for counter, blinded in enumerate(made, first):
                self.archive.keep(tx, _MAKING, sha256(blinded).hexdigest(), encode(_Making(kind, counter)))
            return made

        # COMMIT POINT: what is asked of the issuer can be made again after a crash
        return self.archive.commit(work)

    def take(self, keys: TokenKeyset, kind: str, blinded: list[bytes], signatures: list[bytes], now: int) -> int:
        """Put the tokens in the wallet that the issuer's signatures make; return how many. Raises PeerDeviated."""
        public = _key(keys, kind, now)
        tokens = []
        for each, signature in zip(blinded, signatures, strict=True):
            making = self.archive.recall(_MAKING, sha256(each).hexdigest())
            if making is None:
                raise CapabilityRefused("CAPABILITY_REFUSED", "cannot unblind a token that this wallet did not want")
            made = self._make(public, kind, _Making.decode(making).counter)
            signed = blind_rsa.finalize(public, made.message, signature, made.inverse)
            tokens.append(Token(VERSION, kind, public.digest, made.message, signed))

        def work(tx: Any) -> None:
            for token in tokens:
                name = _token_name(token)
                if self.archive.recall(_TOKENS, name, tx) is None:  # a used one is not brought back
                    self.archive.keep(tx, _TOKENS, name, encode(token))

        self.archive.commit(work)
        return len(tokens)

    def _make(self, public: blind_rsa.PublicKey, kind: str, counter: int) -> blind_rsa.Blinded:
        secret = derive(self.seed, b"semper/token/1" + encode([public.digest, kind, counter]), _SERIAL + _BLINDING)
        return blind_rsa.blind(public, secret[:_SERIAL], secret[_SERIAL:])

    def _held(self, name: str) -> Held:
        signed = self.archive.recall(_CREDENTIALS, name)
        assert signed is not None, "it was listed"
        return Held(name, Credential.decode(cose.peek(signed).payload), signed)


class HolderHandler:
    """Answers the holder's side of one call; `approved` is what the person agreed to."""

    def __init__(self, wallet: Wallet, approved: Prove | None, keys: TokenKeyset | None, now: int) -> None:
        self._wallet, self._approved, self._keys, self._now = wallet, approved, keys, now

    def __call__(self, request: Request) -> Any:
        """Answer one request, as `model.requests` says. Raises CapabilityRefused."""
        if isinstance(request, Prove) and request == self._approved:
            return self._wallet.prove(request.credential, request.audience, request.challenge)
        if isinstance(request, BlindTokens) and self._keys is not None and 0 < request.count <= MOST_TOKENS:
            return self._wallet.want(self._keys, request.kind, request.count, self._now)
        if isinstance(request, UnblindTokens) and self._keys is not None:
            return self._wallet.take(self._keys, request.kind, request.blinded, request.signatures, self._now)
        raise CapabilityRefused("CAPABILITY_REFUSED", f"cannot answer {type(request).__name__}: nobody agreed to it")


def _key(keys: TokenKeyset, kind: str, now: int) -> blind_rsa.PublicKey:
    public = keys.of(kind, now)
    if public is None:
        why = f"cannot make tokens of kind {kind[:40]!r}: the issuer signs none"
        raise CapabilityRefused("CAPABILITY_REFUSED", why)
    return public


def _token_name(token: Token) -> str:
    return f"{token.kind}/{sha256(token.message).hexdigest()}"

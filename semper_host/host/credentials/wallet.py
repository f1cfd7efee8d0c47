"""A holder's wallet: credentials bound to keys of this home, and anonymous tokens made from its seed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from semper_host.host.credentials.token_keys import TokenKeyset
from semper_host.model.credential_requests import BlindTokens, Prove, UnblindTokens
from semper_host.model.credentials import (
    CREDENTIAL,
    PRESENTATION,
    VERSION,
    Credential,
    Presentation,
    Token,
    well_formed,
)
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import CapabilityRefused, PeerDeviated, UsageError
from semper_host.model.requests import Request
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic import blind_rsa, cose
from semper_host.supporting.cryptographic.secret import derive
from semper_host.supporting.cryptographic.signing import SigningKey

MOST_TOKENS = 100
"""Tokens made by one request at most."""
_CREDENTIALS, _TOKENS, _MAKING, _COUNTER = b"wallet-credentials", b"wallet-tokens", b"wallet-making", b"wallet-counter"
_GIVEN = b"wallet-given"
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
        if not well_formed(credential):
            why = "cannot keep the credential: it says too much, something twice, or never ends"
            raise PeerDeviated("CREDENTIAL_DECLINED", why, evidence=signed)
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

    def tokens(self, kind: str, tx: Any = None) -> list[bytes]:
        """Return the unused tokens of `kind`, encoded."""
        names = self.archive.kept_names(_TOKENS, tx)
        kept = [self.archive.recall(_TOKENS, name, tx) for name in names if name.rpartition("/")[0] == kind]
        return [each for each in kept if each]

    def draw(self, kind: str) -> bytes | None:
        """Take a token of `kind` out of the wallet and return it, or None: it is about to be given away."""

        def work(tx: Any) -> bytes | None:
            token = next(iter(self.tokens(kind, tx)), None)
            if token is not None:
                self.archive.keep(tx, _TOKENS, _token_name(Token.decode(token)), b"")
                self.archive.keep(tx, _GIVEN, kind, token)
            return token

        # COMMIT POINT: it is given to nobody else, not by another process either
        return self.archive.commit(work)

    def drawn(self, kind: str) -> bytes | None:
        """Return the token of `kind` drawn last, or None: a crash may have come before it was given."""
        return self.archive.recall(_GIVEN, kind)

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
        tokens: dict[str, Token] = {}
        if len(blinded) != len(signatures):
            why = "cannot make tokens: not every one was signed"
            raise PeerDeviated("SIG_INVALID", why, evidence=encode(signatures))
        for each, signature in zip(blinded, signatures, strict=True):
            making = self.archive.recall(_MAKING, sha256(each).hexdigest())
            if making is None:
                raise CapabilityRefused("CAPABILITY_REFUSED", "cannot unblind a token that this wallet did not want")
            made = self._make(public, kind, _Making.decode(making).counter)
            signed = blind_rsa.finalize(public, made.message, signature, made.inverse)
            token = Token(VERSION, kind, public.digest, made.message, signed)
            tokens[_token_name(token)] = token

        def work(tx: Any) -> None:
            for name, token in tokens.items():
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


Approved = Prove | BlindTokens | UnblindTokens
"""What a person agrees to: one showing, or one step towards tokens."""


class HolderHandler:
    """Answers the holder's side of one call: `approved`, what the person agreed to, and nothing else.

    `wanted`: the blinded messages that were made.
    """

    def __init__(self, wallet: Wallet, approved: Approved | None, keys: TokenKeyset | None, now: int) -> None:
        self._wallet, self._approved, self._keys, self._now = wallet, approved, keys, now
        self.wanted: list[bytes] = []

    def __call__(self, request: Request) -> Any:
        """Answer one request, as `model.requests` says. Raises CapabilityRefused."""
        keys, agreed = self._keys, request == self._approved
        if agreed and isinstance(request, Prove):
            return self._wallet.prove(request.credential, request.audience, request.challenge)
        if agreed and isinstance(request, BlindTokens) and keys is not None and 0 < request.count <= MOST_TOKENS:
            self.wanted = self.wanted or self._wallet.want(keys, request.kind, request.count, self._now)
            return self.wanted
        if agreed and isinstance(request, UnblindTokens) and keys is not None:
            return self._wallet.take(keys, request.kind, request.blinded, request.signatures, self._now)
        raise CapabilityRefused("CAPABILITY_REFUSED", f"cannot answer {type(request).__name__}: nobody agreed to it")


def _key(keys: TokenKeyset, kind: str, now: int) -> blind_rsa.PublicKey:
    public = keys.of(kind, now)
    if public is None:
        why = f"cannot make tokens of kind {kind[:40]!r}: the issuer signs none"
        raise CapabilityRefused("CAPABILITY_REFUSED", why)
    return public


def _token_name(token: Token) -> str:
    return f"{token.kind}/{sha256(token.message).hexdigest()}"

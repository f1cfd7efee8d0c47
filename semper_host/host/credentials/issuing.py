"""An issuer: its places in status lists, what it signed, what it revoked; and the answers to its bundle's requests.

The bundle composes; the host signs only what was ordered, at the place that was allotted for it, and no other tokens
than were asked for.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, NamedTuple

from semper_host.host.credentials.token_keys import IssuerKeys
from semper_host.host.handlers.verifying import verified
from semper_host.model.credential_requests import Allot, Certify, Revoke, SignTokens
from semper_host.model.credentials import (
    CREDENTIAL,
    MOST_STATUSES,
    STATUS_LIST,
    VERSION,
    Credential,
    Described,
    StatusList,
)
from semper_host.model.encoding import MalformedEncoding, encode
from semper_host.model.errors import CapabilityRefused, UsageError
from semper_host.model.requests import Request, Verify
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic import blind_rsa, cose
from semper_host.supporting.cryptographic.signing import SigningKey

STATUS_SECONDS = 24 * 3600
"""How long a signed status list is good for: so late a revocation may be noticed at most."""
_ALLOTTED, _REVOKED, _TOKENS = "credential-places", "credential-revoked", "credential-tokens"
_SOLD = "credential-sold"
_COUNTS = b"credential-counts"


class Order(NamedTuple):
    """A credential to issue: what it says, the order's name (the same one gets the same place), and its exchange."""

    described: Described
    key: bytes
    label: bytes = b""

    def place_key(self, asked: bytes) -> bytes:
        """Return what the place is kept under: no bundle can have two orders share one, whatever it asks with."""
        return sha256(encode([asked, self.key, self.described, self.label])).digest()


@dataclass(frozen=True)
class Issuer:
    """What an issuer keeps, in its archive; `signing` is the key that its credentials name."""

    archive: Archive
    signing: SigningKey
    tokens: IssuerKeys | None = None

    def status_list(self, name: str, now: int) -> bytes:
        """Return the signed status list `name` as of `now` (seconds): all places allotted, revoked ones marked."""

        def look(tx: Any) -> tuple[int, list[tuple[bytes, bytes]]]:
            return self._count(name, tx), self.archive.all_written(f"{_REVOKED}/{name}", tx)

        count, revoked = self.archive.read(look)
        bits = bytearray((count + 7) // 8)
        for key, _ in revoked:
            index = int.from_bytes(key, "big")
            bits[index // 8] |= 1 << (index % 8)
        signed = StatusList(VERSION, self.signing.public, name, now, now + STATUS_SECONDS, count, bytes(bits))
        return cose.sign1(encode(signed), STATUS_LIST, self.signing)

    def allot(self, name: str, key: bytes) -> int:
        """Return the place of `key` in the status list `name`: a new one, or the one it has."""

        def work(tx: Any) -> int:
            standing = self.archive.written(f"{_ALLOTTED}/{name}", key, tx)
            if standing is not None:
                return int.from_bytes(standing, "big")
            index = self._count(name, tx)
            if index >= MOST_STATUSES:
                raise UsageError("USAGE_INVALID", f"cannot issue more under {name!r}: begin another status list")
            self.archive.keep(tx, _COUNTS, name, (index + 1).to_bytes(4, "big"))
            self.archive.write_once(tx, f"{_ALLOTTED}/{name}", key, index.to_bytes(4, "big"))
            return index

        # COMMIT POINT: a place that was given is never given to another credential
        return self.archive.commit(work)

    def revoke(self, name: str, index: int) -> None:
        """Mark a place as revoked, for good; doing it again changes nothing.

        Raises UsageError CREDENTIAL_SOLD for one given in an exchange: only that exchange's trustee revokes it.
        """

        def work(tx: Any) -> None:
            """All in one transaction: the place may be sold by another thread or process of the issuer meanwhile."""
            if not 0 <= index < self._count(name, tx):
                cause = f"cannot revoke place {index} of {name!r}: it was not issued"
                raise CapabilityRefused("CAPABILITY_REFUSED", cause)
            if sold_under(self.archive, name, index, tx) is not None:
                why = "it was sold in an exchange, and only the trustee could call that off"
                raise UsageError("CREDENTIAL_SOLD", f"cannot revoke the credential: {why}")
            revoke_place(self.archive, tx, name, index)

        # COMMIT POINT: a place is revoked by its issuer, or sold; never both
        self.archive.commit(work)

    def sign_tokens(self, kind: str, blinded: list[bytes], key: bytes) -> list[bytes]:
        """Return blind signatures on `blinded`; the request `key` gets them for these messages and no others."""
        if self.tokens is None:
            raise CapabilityRefused("CAPABILITY_REFUSED", "cannot sign tokens: this issuer has no keys for them")
        request = encode([kind, blinded])
        standing = self.archive.commit(lambda tx: self.archive.write_once(tx, _TOKENS, key, request))
        if standing not in (None, request):
            raise CapabilityRefused("CAPABILITY_REFUSED", "cannot sign tokens: this request was used for others")
        secret = self.tokens.secret(kind)
        return [blind_rsa.blind_sign(secret, each) for each in blinded]

    def _count(self, name: str, tx: Any = None) -> int:
        kept = self.archive.recall(_COUNTS, name, tx)
        return 0 if kept is None else int.from_bytes(kept, "big")


class IssuerHandler:
    """Answers the issuer's side of one call: nothing but what was `approved` is signed or revoked.

    `approved`: the credential to issue, the signed one to revoke, or the request for tokens to sign. `index`: the place
    that was allotted before, since the label of an exchange had to name it. `signed`: the tokens' signatures given.
    """

    def __init__(self, issuer: Issuer, approved: Order | bytes | SignTokens, index: int | None = None) -> None:
        self._issuer, self._approved, self._index = issuer, approved, index
        self._place: tuple[Allot, int] | None = None
        self.signed: list[bytes] = []
        self._answers: dict[type[Request], Callable[[Any], Any]] = {
            Allot: self._allot, Certify: self._certify, Revoke: self._revoke, SignTokens: self._sign_tokens,
            Verify: verified,
        }  # fmt: skip

    def __call__(self, request: Request) -> Any:
        """Answer one request, as `model.requests` says. Raises CapabilityRefused."""
        answer = self._answers.get(type(request))
        if answer is None:
            raise CapabilityRefused("CAPABILITY_REFUSED", f"cannot answer {type(request).__name__} at an issuer")
        return answer(request)

    def _allot(self, request: Allot) -> int:
        order = self._approved
        if not isinstance(order, Order) or order.described.status != request.status:
            raise _refused("take a place in that list")
        if self._place is None:
            key = order.place_key(request.key)
            index = self._issuer.allot(request.status, key) if self._index is None else self._index
            self._place = request, index
        _require(self._place[0] == request, "take two places for one credential")
        return self._place[1]

    def _certify(self, request: Certify) -> bytes:
        try:
            credential = Credential.decode(request.payload)
        except MalformedEncoding as error:
            raise CapabilityRefused("CAPABILITY_REFUSED", f"cannot sign a credential: {error.message}") from None
        order, place = self._approved, self._place
        if not isinstance(order, Order) or (place is None and order.described.status):
            raise _refused("sign a credential that has no place in a status list")
        approved = Credential(order.described, 0 if place is None else place[1], order.label)
        _require(credential == approved, "sign another credential than the one that was approved")
        _require(credential.described.issuer == self._issuer.signing.public, "sign in another issuer's name")
        return cose.sign1(request.payload, CREDENTIAL, self._issuer.signing)

    def _revoke(self, request: Revoke) -> None:
        _require(isinstance(self._approved, bytes), "revoke anything here")
        assert isinstance(self._approved, bytes)
        credential = Credential.decode(cose.open1(self._approved, CREDENTIAL, self._issuer.signing.public))
        place = (credential.described.status, credential.index)
        _require(place == (request.status, request.index), "revoke another credential than the one that was named")
        self._issuer.revoke(*place)

    def _sign_tokens(self, request: SignTokens) -> list[bytes]:
        _require(request == self._approved, "sign other tokens than were approved")
        self.signed = self._issuer.sign_tokens(request.kind, request.blinded, request.key)
        return self.signed


def write_sold(archive: Archive, tx: Any, name: str, index: int, label: bytes) -> bytes | None:
    """Write that a place was given in the exchange L; return None, or the L that stands there."""
    return archive.write_once(tx, f"{_SOLD}/{name}", index.to_bytes(4, "big"), label)


def sold_under(archive: Archive, name: str, index: int, tx: Any = None) -> bytes | None:
    """Return the L in which a place was given, or None."""
    return archive.written(f"{_SOLD}/{name}", index.to_bytes(4, "big"), tx)


def is_revoked(archive: Archive, name: str, index: int, tx: Any = None) -> bool:
    """Say whether a place was marked as revoked."""
    return archive.written(f"{_REVOKED}/{name}", index.to_bytes(4, "big"), tx) is not None


def revoke_place(archive: Archive, tx: Any, name: str, index: int) -> None:
    """Mark a place as revoked, for good."""
    archive.write_once(tx, f"{_REVOKED}/{name}", index.to_bytes(4, "big"), b"\x01")


def _require(fits: bool, what: str) -> None:
    if not fits:
        raise _refused(what)


def _refused(what: str) -> CapabilityRefused:
    return CapabilityRefused("CAPABILITY_REFUSED", f"cannot {what}")

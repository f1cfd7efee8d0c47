"""A verifier: signed status lists it has seen, and what was redeemed; and the answers to its bundle's requests."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from semper_host.host.credentials.token_keys import TokenKeyset
from semper_host.host.handlers.verifying import verified
from semper_host.model.credential_requests import CheckToken, Redeem, StatusOf
from semper_host.model.credentials import MOST_STATUSES, STATUS_LIST, VERSION, StatusList
from semper_host.model.encoding import encode
from semper_host.model.errors import CapabilityRefused, PeerDeviated
from semper_host.model.requests import Now, Request, Verify
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic import blind_rsa, cose

_LISTS, _REDEEMED = b"credential-status-lists", "credential-redeemed"
CLOCK_SKEW = 300


@dataclass(frozen=True)
class Verifier:
    """What a verifier keeps. `tokens`: the keyset of the issuer whose tokens it takes."""

    archive: Archive
    tokens: TokenKeyset | None = None

    def learn(self, signed: bytes, issuer: bytes, now: int) -> StatusList:
        """Keep a newer status list of `issuer`. Raises PeerDeviated for one that is false, older, or takes one back."""
        learnt = StatusList.decode(cose.open1(signed, STATUS_LIST, issuer))
        if not _well_formed(learnt, issuer, now):
            raise _false("it is not the issuer's own", signed)
        place = _name(issuer, learnt.name)

        def work(tx: Any) -> None:  # compared in the commit: an older list of another process never comes after
            kept = self.archive.recall(_LISTS, place, tx)
            known = None if kept is None else _opened(kept)
            if known is not None and (known.at > learnt.at or not _keeps(known, learnt)):
                raise _false("it takes back what an earlier one said", encode([kept, signed]))
            self.archive.keep(tx, _LISTS, place, signed)

        self.archive.commit(work)
        return learnt

    def status_of(self, issuer: bytes, name: str, index: int, now: int) -> str:
        """Return "valid" or "revoked"; "unknown" without a status list that is still good."""
        known = self._known(issuer, name)
        if known is None or not known.at - CLOCK_SKEW <= now < known.until:
            return "unknown"
        return "revoked" if known.revoked(index) else "valid"

    def redeem(self, used: bytes, use: bytes) -> bytes:
        """Write down the first use of `used`, durably, and return it."""
        # COMMIT POINT: what is accepted after this was never accepted before
        standing = self.archive.commit(lambda tx: self.archive.write_once(tx, _REDEEMED, used, use))
        return use if standing is None else standing

    def check_token(self, request: CheckToken, now: int) -> bool:
        """Say whether the token bears the signature of the key it names, for its kind, in its time."""
        key = None if self.tokens is None else self.tokens.of(request.kind, now)
        if key is None or key.digest != request.key:
            return False
        return blind_rsa.verify(key, request.message, request.signature)

    def _known(self, issuer: bytes, name: str) -> StatusList | None:
        kept = self.archive.recall(_LISTS, _name(issuer, name))
        return None if kept is None else _opened(kept)


class VerifierHandler:
    """Answers the verifier's side."""

    def __init__(self, verifier: Verifier, now: int) -> None:
        self._answers: dict[type[Request], Callable[[Any], Any]] = {
            Now: lambda _: now, Verify: verified,
            StatusOf: lambda asked: verifier.status_of(asked.issuer, asked.status, asked.index, now),
            Redeem: lambda asked: verifier.redeem(asked.used, asked.use),
            CheckToken: lambda asked: verifier.check_token(asked, now),
        }  # fmt: skip

    def __call__(self, request: Request) -> Any:
        """Answer one request, as `model.requests` says. Raises CapabilityRefused."""
        answer = self._answers.get(type(request))
        if answer is None:
            raise CapabilityRefused("CAPABILITY_REFUSED", f"cannot answer {type(request).__name__} at a verifier")
        return answer(request)


def _opened(kept: bytes) -> StatusList:
    return StatusList.decode(cose.peek(kept).payload)


def _well_formed(learnt: StatusList, issuer: bytes, now: int) -> bool:
    whole = 0 <= learnt.count <= MOST_STATUSES and len(learnt.bits) == (learnt.count + 7) // 8
    return whole and learnt.version == VERSION and learnt.issuer == issuer and learnt.at <= now + CLOCK_SKEW


def _false(cause: str, evidence: bytes) -> PeerDeviated:
    return PeerDeviated("STATUS_FALSE", f"cannot use the status list: {cause}", evidence=evidence)


def _keeps(known: StatusList, learnt: StatusList) -> bool:
    """Say whether nothing that was revoked or known is missing from the newer list."""
    if learnt.count < known.count or len(learnt.bits) < len(known.bits):
        return False
    return all(old & ~new == 0 for old, new in zip(known.bits, learnt.bits, strict=False))


def _name(issuer: bytes, name: str) -> str:
    return f"{issuer.hex()}/{sha256(name.encode()).hexdigest()}"

"""The one door: every request of a bundle is checked against its grants and quotas before the host answers it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from semper_host.model.errors import BundleMisbehaved, CapabilityRefused, SemperError
from semper_host.model.grants import Capability, Grants
from semper_host.model.money import Money
from semper_host.model.request_tables import NEEDS
from semper_host.model.requests import Keep, Pay, Random, Request


class Quotas(msgspec.Struct, frozen=True):
    """What one bundle may use up in one deal: requests and their bytes, random bytes, kept bytes and kept names."""

    requests: int = 10_000
    request_bytes: int = 16 * 1024 * 1024
    random_bytes: int = 64 * 1024
    random_at_once: int = 1024
    kept_bytes: int = 1024 * 1024
    kept_names: int = 256
    name_length: int = 128


class Usage(msgspec.Struct):
    """What one bundle has used up in one deal so far; kept, so that neither a new call nor a restart renews a quota."""

    requests: int = 0
    request_bytes: int = 0
    random_bytes: int = 0
    kept: dict[str, int] = {}
    """Bytes that the deal keeps, by name."""
    calls: dict[str, int] = {}
    """Answered requests, by capability."""
    moved: dict[str, int] = {}
    """Minor units that requests moved, by currency."""


IN_WORDS: dict[Capability, str] = {
    Capability.ASK_BANK: "to send a message to your bank",
    Capability.COINS_HOLD: "to handle your coins",
    Capability.BANK_ISSUE: "to issue coins with the mint's keys",
    Capability.BANK_LEDGER: "to post to the bank's ledger",
    Capability.BANK_ATTEST: "to have the bank sign a hold",
    Capability.MONEY_PAY: "to make a payment",
    Capability.MONEY_RECEIVE: "to take a payment",
    Capability.STATEMENT_SIGN: "to sign a statement in your name",
    Capability.INFORMATION_RELEASE: "to hand over information",
    Capability.CREDENTIAL_SHOW: "to show a credential of yours",
    Capability.CREDENTIAL_ISSUE: "to issue or revoke credentials in your name",
    Capability.CREDENTIAL_VERIFY: "to redeem credentials",
}
"""What each capability is about, completing "this service asked ..."."""

_ENCODED = msgspec.msgpack.Encoder().encode


class Broker:
    """Checks and answers the requests of one bundle in one deal; call it with a request.

    `answer` performs what is allowed. `refused` is told of every refusal, in words for the user and the archive,
    before the refusal is raised.
    """

    def __init__(
        self,
        grants: Grants,
        answer: Callable[[Any], Any],
        refused: Callable[[Any, str], None],
        quotas: Quotas | None = None,
        used: Usage | None = None,
    ) -> None:
        """`used`: what earlier calls of the deal used up."""
        self._grants = grants
        self._answer = answer
        self._refused = refused
        self._quotas = quotas or Quotas()
        used = used or Usage()
        self._requests, self._bytes, self._random = used.requests, used.request_bytes, used.random_bytes
        self._kept, self._calls, self._moved = dict(used.kept), dict(used.calls), dict(used.moved)

    @property
    def used(self) -> Usage:
        """What the deal has used up by now, for its next call."""
        return Usage(self._requests, self._bytes, self._random, dict(self._kept), dict(self._calls), dict(self._moved))

    def __call__(self, request: Request) -> Any:
        """Answer `request`. Raises CapabilityRefused (CAPABILITY_REFUSED), BundleMisbehaved (QUOTA_EXCEEDED)."""
        self._check_grant(request)
        self._count(request)
        return self._answer(request)

    def _check_grant(self, request: Request) -> None:
        needed = NEEDS[type(request)]
        if needed is None:
            return
        grant = next((grant for grant in self._grants.items if grant.capability == needed), None)
        if grant is None:
            raise self._refuse(request, CapabilityRefused, "CAPABILITY_REFUSED", self._nobody(needed))
        calls = self._calls.get(needed, 0) + 1
        if grant.calls is not None and calls > grant.calls:
            words = f"this service asked {IN_WORDS[needed]} more than {grant.calls} times"
            raise self._refuse(request, CapabilityRefused, "CAPABILITY_REFUSED", words)
        if isinstance(request, Pay):
            self._check_most(request, needed, grant.most)
        self._calls[needed] = calls

    def _check_most(self, request: Pay, needed: Capability, most: Money | None) -> None:
        """Keep the money that requests move, added up, within the grant; a negative payment is none."""
        currency = request.amount.currency
        moved = self._moved.get(currency, 0) + request.amount.minor
        if request.amount.minor < 0 or (most is not None and (currency != most.currency or moved > most.minor)):
            words = f"this service asked {IN_WORDS[needed]} of {request.amount}, beyond what was allowed"
            raise self._refuse(request, CapabilityRefused, "CAPABILITY_REFUSED", words)
        self._moved[currency] = moved

    def _nobody(self, needed: Capability) -> str:
        reason = "its evaluation does not allow that" if self._grants.evaluated else "nobody you trust has evaluated it"
        return f"this service asked {IN_WORDS[needed]}; {reason}"

    def _count(self, request: Request) -> None:
        quotas = self._quotas
        self._requests += 1
        self._bytes += len(_ENCODED(request))
        over = "requests" if self._requests > quotas.requests else "bytes" if self._bytes > quotas.request_bytes else ""
        if isinstance(request, Random):
            self._random += max(request.count, 0)
            if not 0 <= request.count <= quotas.random_at_once or self._random > quotas.random_bytes:
                over = "random bytes"
        elif isinstance(request, Keep):
            self._kept[request.name] = len(request.value)
            if sum(self._kept.values()) > quotas.kept_bytes or len(self._kept) > quotas.kept_names:
                over = "kept data"
            elif not 0 < len(request.name) <= quotas.name_length:
                over = "characters in a name"
        if over:
            words = f"this service asked for more {over} than one deal may use"
            raise self._refuse(request, BundleMisbehaved, "QUOTA_EXCEEDED", words)

    def _refuse(self, request: Request, family: type[SemperError], code: str, words: str) -> SemperError:
        self._refused(request, words)
        return family(code, f"cannot answer {type(request).__name__}: {words}")

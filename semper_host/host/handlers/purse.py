"""Answers to the payer, payee and trustee sides of a payment system."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

from semper_host.host.handlers.coin_secrets import CoinSecrets, Made, name_of
from semper_host.host.handlers.purse_state import Purse
from semper_host.host.handlers.verifying import verified
from semper_host.model.errors import CapabilityRefused, Unavailable
from semper_host.model.requests import (
    Ask,
    Blind,
    Coin,
    Drop,
    Keep,
    Now,
    Output,
    Random,
    Reblind,
    Recall,
    Reply,
    Request,
    Unblind,
    Verify,
)
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.cryptographic.entropy import fresh

Asking = Callable[[bytes, bool], Reply]
"""Send a message to the bank, signed by the account's holder or by nobody, and wait for its answer."""

Clock = Callable[[], int]
"""The host's clock: whole seconds since 1970."""

MOST_RANDOM, MOST_KEPT, MOST_NAME, MOST_COINS = 1024, 65_536, 200, 128


class PartyHandler:
    """Answers what a payee's or a trustee's side asks; `scope` sets apart what it keeps (a deal, a purse)."""

    def __init__(self, archive: Archive, scope: bytes, ask: Asking, clock: Clock) -> None:
        self._archive, self._scope = archive, scope
        self._ask, self._clock = ask, clock
        self._answers: dict[type[Request], Callable[[Any], Any]] = {
            Random: self._random, Now: lambda _: self._clock(), Keep: self._keep, Recall: self._recall,
            Ask: self._asked, Verify: verified,
        }  # fmt: skip

    def __call__(self, request: Request) -> Any:
        """Answer one request, as `model.requests` says. Raises CapabilityRefused for what this role does not have."""
        answer = self._answers.get(type(request))
        if answer is None:
            raise CapabilityRefused("CAPABILITY_REFUSED", f"cannot answer {type(request).__name__} in this role")
        return answer(request)

    def _random(self, request: Random) -> bytes:
        _limit(0 <= request.count <= MOST_RANDOM, f"{request.count} random bytes")
        return fresh(request.count)

    def _keep(self, request: Keep) -> None:
        _limit(len(request.name) <= MOST_NAME and len(request.value) <= MOST_KEPT, "to keep that much")
        self._archive.commit(lambda tx: self._archive.keep(tx, self._scope, request.name, request.value))

    def _recall(self, request: Recall) -> bytes | None:
        return self._archive.recall(self._scope, request.name)

    def _asked(self, request: Ask) -> Reply:
        try:
            return self._ask(request.message, request.account)
        except Unavailable as error:
            if error.code not in ("PEER_UNREACHABLE", "PEER_RESPONSE"):
                raise
            return Reply(False)


class PurseHandler(PartyHandler):
    """Answers what a payer's side asks: coins are made from the purse's seed, so that the seed restores them."""

    def __init__(self, purse: Purse, seed: bytes, ask: Asking, clock: Clock) -> None:
        super().__init__(purse.archive, b"purse/" + purse.name.encode(), ask, clock)
        self._purse = purse
        self._secrets = CoinSecrets(seed, purse.keyset)
        self._made_scope = b"purse-outputs/" + purse.name.encode()
        self._answers |= {
            Blind: self._blind, Reblind: self._reblind, Unblind: self._unblind, Drop: self._drop,
        }  # fmt: skip

    def _blind(self, request: Blind) -> list[Output]:
        """Use up counters durably, whichever process of this home asks; then remember which output is which."""
        _limit(len(request.values) <= MOST_COINS, f"{len(request.values)} new coins at once")
        wanted = Counter(request.values)
        take = self._archive.take_counters
        # COMMIT POINT: a counter that was taken is never given again, also if we crash before using it
        taken = self._archive.commit(lambda tx: {v: take(tx, self._purse.name, v, n) for v, n in wanted.items()})
        made = []
        for value in request.values:
            made.append(self._secrets.make(value, taken[value]))
            taken[value] += 1
        self._archive.commit(lambda tx: self._name(tx, made))
        return [each.output for each in made]

    def _reblind(self, request: Reblind) -> list[Output]:
        _limit(request.first >= 0 and 0 <= request.count <= MOST_COINS, f"{request.count} coins made again at once")
        made = [self._secrets.make(request.value, request.first + step) for step in range(request.count)]
        self._archive.commit(lambda tx: self._name(tx, made))
        return [each.output for each in made]

    def _unblind(self, request: Unblind) -> list[Coin]:
        """Check every signature before any coin goes into the purse; what is there already changes nothing."""
        _limit(len(request.outputs) == len(request.signatures), "to match outputs and signatures of different number")
        made = [self._secrets.make(output.value, self._counter(output)) for output in request.outputs]
        coins = [each.finish(signature) for each, signature in zip(made, request.signatures, strict=True)]

        def work(tx: Any) -> None:
            for each, coin in zip(made, coins, strict=True):
                self._purse.put(tx, coin)
                self._archive.skip_counters(tx, self._purse.name, coin.value, each.counter + 1)

        self._archive.commit(work)
        return coins

    def _drop(self, request: Drop) -> None:
        self._purse.drop(request.coins, paid=request.paid)

    def _name(self, tx: Any, made: list[Made]) -> None:
        for each in made:
            self._archive.keep(tx, self._made_scope, each.name, str(each.counter).encode())

    def _counter(self, output: Output) -> int:
        kept = self._archive.recall(self._made_scope, name_of(output))
        if kept is None:
            raise CapabilityRefused("CAPABILITY_REFUSED", "cannot unblind an output that this purse did not make")
        return int(kept)


def _limit(allowed: bool, what: str) -> None:
    if not allowed:
        raise CapabilityRefused("QUOTA_EXCEEDED", f"cannot give a bundle {what}")

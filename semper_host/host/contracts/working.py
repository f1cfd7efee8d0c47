"""What a contract owes besides mail: to notice that a deadline passed, and to ask the trustee until it answers."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from semper_host.commerce.joint_deal import Standing
from semper_host.exchange.events import AskTrustee, Decided, Tick
from semper_host.host.contracts.beginning import read
from semper_host.host.contracts.records import Records
from semper_host.host.trustee_receipts import ask
from semper_host.model.errors import SemperError
from semper_host.supporting.communication.client import Client

WAITS = (0.2, 0.5, 1, 2, 5, 10, 30)
"""Seconds until the trustee is asked again; the last one from then on."""


@dataclass
class Worker:
    """Works the contracts of one home; `trouble` is told what has to be tried again."""

    records: Records
    client: Client
    trouble: Callable[[SemperError], None] = lambda error: None
    waits: Sequence[float] = WAITS
    _tries: dict[bytes, tuple[int, float]] = field(default_factory=dict)  # so many, and not again before (monotonic)

    def work(self, number: bytes) -> Standing:
        """Do what is due for a contract, and return how it then stands."""
        _, standing = read(self.records.home, number)
        now, wake = self.records.clock(), standing.wakes_at()
        if wake is not None and wake <= now:  # where not everybody joined, only its row changes
            standing = self.records.post(number, *(((Tick(), now),) if standing.signing is not None else ()))
        for effect in standing.owed():
            if isinstance(effect, AskTrustee):
                return self._ask(number, standing, effect.request)
        return standing

    def _ask(self, number: bytes, standing: Standing, request: bytes) -> Standing:
        tries, after = self._tries.get(number, (0, 0.0))
        if time.monotonic() < after:
            return standing
        opened = standing.table.opened
        line = self.client.isolated(f"contract {number.hex()}")
        try:
            answer = ask(self.records.home, line, opened.trustee, request, opened.invitation.vouch)
            return self.records.post(number, (Decided(answer), self.records.clock()))
        except SemperError as error:
            self._tries[number] = tries + 1, time.monotonic() + self.waits[min(tries, len(self.waits) - 1)]
            self.trouble(error)
            return standing

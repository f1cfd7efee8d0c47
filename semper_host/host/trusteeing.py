"""The trustee at work: decides each exchange once, durably, and carries its decisions to the payment systems.

    request → judge → COMMIT POINT: the row → orders to the bank → its signed record, kept → answer

A decision is never lost between those: whatever has no record yet is carried again, after a restart too. The banks
that the trustee can reach are those where its operator opened a purse (`semper purse open`).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from semper_host.admission.served_banks import write_served
from semper_host.api_v1 import Refused, Settled
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.items import Token
from semper_host.exchange.trustee import Judgement, Order, Release, Trustee, Void, conclude, judge, label_in, resume
from semper_host.host.home import Home
from semper_host.host.payments import KEYS_PATH, Payments
from semper_host.host.retrying import WAITS, Retrier
from semper_host.host.sandbox import Sandbox
from semper_host.host.service_page import KeysPage
from semper_host.host.trustee_line import TRUSTEE_PATH
from semper_host.host.trustee_rows import Rows
from semper_host.model.errors import PeerDeviated, SemperError, Unavailable, UsageError
from semper_host.model.holds import CAPTURED, RELEASED, VOIDED, Settlement
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic import cose

AT_ONCE = 4
"""How many requests may wait for a bank at the same time: a slow bank must not keep others from being judged."""
_RECORDS = (RELEASED, CAPTURED, VOIDED)


class TrusteeService:
    """A running trustee. Raises UsageError where no authority has certified this home."""

    def __init__(
        self, home: Home, sandbox: Sandbox, client: Client, clock: Callable[[], int] = lambda: int(time.time()),
        waits: tuple[float, ...] = WAITS,
    ) -> None:  # fmt: skip
        self._payments, self._clock = Payments(home, sandbox, client), clock
        self.keys = KeysPage(home, clock, keyset=lambda: write_served(self._banks()))
        identity = self.keys.identity
        crypto = crypto_for(identity.signing, identity.sealing)
        self._trustee = Trustee(crypto, identity.signing.public, identity.sealing.public)
        self.rows = Rows(home.archive)
        self._undone = Retrier(self.settle, "semper-trustee", waits)
        self._waiting = threading.Semaphore(AT_ONCE)

    def answer(self, request: bytes) -> bytes:
        """Answer an encoded `exchange.requests.Request` with an encoded Answer; repeated, the decision is the same.

        Raises SemperError for an invalid request, which leaves no row; Unavailable while the bank has not confirmed
        what was decided: ask again.
        """
        label = label_in(request)
        judgement = self._decide(label, request)
        if not judgement.effects and judgement.answer is not None:
            return judgement.answer
        if judgement.answer is not None:
            self._undone.soon(label)
            return judgement.answer
        return self._released(label)

    def settle(self, label: bytes) -> Judgement:
        """Carry what was decided on L to the payment systems and keep what they sign.

        Raises SemperError to be tried again.
        """
        row = self.rows.find(label)
        if row is None:
            raise PeerDeviated("PEER_DEVIATED", f"cannot settle {label.hex()[:16]}: nothing was decided on it")
        if self.rows.forbidden(label) is not None:
            return resume(self._trustee, row)
        for order in resume(self._trustee, row).effects:
            if isinstance(order, Void) and order.system not in self._banks():
                continue  # nobody could have resolved there; tried again for ever, such rows would pile up
            record = self._carry(order)
            if isinstance(order, Void) and forbids(order, record):
                self.rows.forbid(label, record)  # no hold ended, so no answer names this record
                continue
            try:
                concluded = conclude(self._trustee, row, record)
            except PeerDeviated:
                self.rows.keep_contradiction(label, record.data)
                raise
            if concluded.write:
                self.rows.end(label, record)  # COMMIT POINT: from here on the decision may be told
        return resume(self._trustee, self.rows.find(label) or row)

    def routes(self) -> Mapping[str, Callable[[bytes], bytes]]:
        """Return what the trustee answers by POST."""
        return {TRUSTEE_PATH: sealed_call.serve(self.keys.identity.sealing, TRUSTEE_PATH, self.answer)}

    def pages(self) -> Mapping[str, Callable[[], bytes]]:
        """Return what the trustee answers by GET."""
        return {KEYS_PATH: self.keys}

    def files(self) -> Mapping[str, Path]:
        """Return the directories served as files: none."""
        return {}

    def start(self) -> None:
        """Go on with every decision that no payment system has confirmed yet."""
        self._undone.start(self.rows.unended())

    def stop(self) -> None:
        """Stop carrying decisions; the rows remember which are left."""
        self._undone.stop()

    def _banks(self) -> tuple[bytes, ...]:
        """Return the signing keys of the banks at which this trustee has a purse: where it can have money released."""
        return self._payments.banks()

    def _decide(self, label: bytes, request: bytes) -> Judgement:
        """Judge, and make a new row durable; where another was first, its row stands."""
        now = self._clock()
        judgement = judge(self._trustee, self.rows.find(label), request, now)
        if judgement.write:
            self._check_reachable(judgement, now)
            # COMMIT POINT: after this the decision on L stands for ever
            standing = self.rows.decide(judgement.row)
            if standing is not None:
                judgement = judge(self._trustee, standing, request, now)
        if judgement.equivocation is not None:
            self.rows.keep_equivocation(label, judgement.equivocation)
        return judgement

    def _check_reachable(self, judgement: Judgement, now: int) -> None:
        """Resolve only where the money can be released: a decision at an unknown bank would help nobody."""
        for order in judgement.effects:
            if isinstance(order, Release):
                try:
                    self._payments.purse_at(order.system, now)
                except UsageError:
                    message = "cannot resolve: this trustee does not work with the bank that the exchange names"
                    raise Unavailable("PEER_UNREACHABLE", message) from None

    def _released(self, label: bytes) -> bytes:
        """Return the answer of a resolution once its money was released. Raises Unavailable while it was not."""
        if self._waiting.acquire(blocking=False):
            try:
                answer = self.settle(label).answer
                if answer is not None:
                    self._undone.done(label)
                    return answer
            except SemperError:
                pass  # told below; the background goes on
            finally:
                self._waiting.release()
        self._undone.soon(label)
        message = "cannot tell the decision yet: it stands, but the bank has not confirmed it; ask again"
        raise Unavailable("PEER_UNREACHABLE", message)

    def _carry(self, order: Order) -> Token:
        """Bring a decision to the payment system and return its signed record, not yet checked."""
        purse = self._payments.purse_at(order.system, self._clock())
        entry = "release" if isinstance(order, Release) else "void"
        said = self._payments.party(purse.bundle, purse.keys, "trustee", entry, (order.label, order.decision))
        if isinstance(said, Settled | Refused) and said.proof and (kind := cose.peek(said.proof).kind) in _RECORDS:
            return Token(kind, said.proof)  # also a refusal may prove how the hold had ended before
        why = getattr(said, "why", "no record came")
        raise Unavailable("PEER_UNREACHABLE", f"cannot carry out the decision yet: {why}")


def forbids(order: Void, record: Token) -> bool:
    """Say whether the payment system signed that nothing was held under the order's label: a VOIDED over no money.

    It names no payee, so it is the end of no hold; whoever signed it refuses every later one (api_v1.bank_holds).
    """
    if record.name != VOIDED:
        return False
    said = Settlement.decode(cose.open1(record.data, VOIDED, order.system))
    return said.label == order.label and not said.amount and not said.payee

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
from semper_host.admission.service_keys import DealKey
from semper_host.api_v1 import Refused, Settled
from semper_host.exchange.accountability import acknowledge
from semper_host.exchange.crypto import crypto_for
from semper_host.exchange.items import Token
from semper_host.exchange.trustee import (
    Judgement,
    Order,
    Release,
    Revoke,
    Row,
    Trustee,
    Void,
    conclude,
    judge,
    label_in,
    resume,
)  # fmt: skip
from semper_host.host import installed
from semper_host.host.enrolment import Admitted, Enrolments
from semper_host.host.home import Home
from semper_host.host.installed import Decided
from semper_host.host.payments import KEYS_PATH, Payments
from semper_host.host.retrying import WAITS, Carrier
from semper_host.host.sandbox import Sandbox
from semper_host.host.service_page import KeysPage
from semper_host.host.trustee_certifying import CERTIFY_PATH, Certifier
from semper_host.host.trustee_forbidding import forbids
from semper_host.host.trustee_line import ENROLLED_PATH, TRUSTEE_PATH, Enrolled, TrusteeCall, TrusteeReply
from semper_host.host.trustee_revoking import Revoker, about, check_heard, named_in, unanswered
from semper_host.host.trustee_rows import LEASE_MS, Rows
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, SemperError, Unavailable, UsageError
from semper_host.model.holds import CAPTURED, RELEASED, VOIDED
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic import cose

AT_ONCE = 4
"""How many requests may wait for a bank at the same time: a slow bank must not keep others from being judged."""
PATIENCE = 10.0
"""Seconds for which a request waits for another worker that has the same decision in hand."""
_GLANCE, _LOOK = 0.05, 1.0  # seconds: between looks at the row, and at the lease
_RECORDS = (RELEASED, CAPTURED, VOIDED)


class TrusteeService:
    """A running trustee, one of any number on its home's database. Raises UsageError where no certificate is there."""

    def __init__(
        self, home: Home, sandbox: Sandbox, client: Client, clock: Callable[[], int] = lambda: int(time.time()),
        waits: tuple[float, ...] = WAITS, lease_ms: int = LEASE_MS,
    ) -> None:  # fmt: skip
        self._home, self._payments, self._clock = home, Payments(home, sandbox, client), clock
        self.keys = KeysPage(home, clock, keyset=lambda: write_served(self._banks()))
        identity = self.keys.identity
        crypto = crypto_for(identity.signing, identity.sealing)
        self._trustee = Trustee(crypto, identity.signing.public, identity.sealing.public)
        self.rows, self.enrolments = Rows(home.archive, lease_ms), Enrolments(home)
        self._revoker = Revoker(client, self.enrolments)
        self._carrier = Carrier(self.rows, self.settle, "semper-trustee", waits)
        self._waiting = threading.Semaphore(AT_ONCE)

    def take(self, call: bytes) -> bytes:
        """Answer an encoded `trustee_line.TrusteeCall` with a `TrusteeReply`; see `answer`."""
        asked = TrusteeCall.decode(call)
        judgement, mine = self._decide(label_in(asked.request), asked.request, asked.vouch, asked.issuers or ())
        receipt = acknowledge(self._trustee, judgement.row, asked.request, self._clock())
        return encode(TrusteeReply(receipt, self._told(judgement, mine)))

    def enrolled(self, vouch: bytes) -> bytes:
        """Answer a merchant that asks whether it is served, with an encoded `Enrolled`. Raises NOT_ENROLLED."""
        named = [DealKey.decode(cose.peek(vouch).payload).signing]
        admitted = self.enrolments.admit(vouch, self._trustee.signing, named, self._clock())
        return encode(Enrolled(admitted.merchant, admitted.quota))

    def answer(self, request: bytes, vouch: bytes) -> bytes:
        """Answer an encoded `exchange.requests.Request` with an encoded Answer; repeated, the decision is the same.

        `vouch` is an enrolled merchant's statement for the deal. Raises SemperError for an invalid request and for a
        stranger's, which leave no row; Unavailable while the bank has not confirmed what was decided: ask again.
        """
        told = self._told(*self._decide(label_in(request), request, vouch))
        if told is None:
            raise Unavailable("PEER_UNREACHABLE", "cannot tell the decision yet: it stands; ask again")
        return told

    def _told(self, judgement: Judgement, mine: bool) -> bytes | None:
        if judgement.answer is None:
            return self._released(judgement.row.label, mine)
        if judgement.effects:
            self._carrier.soon()
        return judgement.answer

    def settle(self, label: bytes) -> Judgement:
        """Carry what was decided on L to the payment systems and keep what they sign.

        Raises SemperError to be tried again.
        """
        row = self.rows.find(label)
        if row is None:
            raise PeerDeviated("PEER_DEVIATED", f"cannot settle {label.hex()[:16]}: nothing was decided on it")
        failed: SemperError | None = None
        for order in self._owed(row):
            try:
                self._settle_one(row, order)
            except SemperError as error:  # the other payment systems are asked all the same
                failed = error
        if failed is not None:
            raise failed
        row = self.rows.find(label) or row
        if not self._owed(row):
            self.rows.done(label)
        return resume(self._trustee, row)

    def _owed(self, row: Row) -> list[Order]:
        """Return what is still to be carried, and can be.

        Where this trustee has no purse, nobody could have resolved: such rows, tried again for ever, would pile up.
        """
        forbidden, banks = self.rows.forbidden(row.label), self._banks()
        effects = [order for order in resume(self._trustee, row).effects if order.system not in forbidden]
        revokes = any(isinstance(order, Revoke) for order in effects)
        served = {Revoke: self.rows.issuers(row.label) if revokes else (), Void: banks}
        return [order for order in effects if isinstance(order, Release) or order.system in served[type(order)]]

    def _settle_one(self, row: Row, order: Order) -> None:
        if isinstance(order, Revoke):
            self._revoke(row, order)
            return
        record, now = self._carry(order), self._clock()
        if not isinstance(order, Release) and forbids(order, record):
            self.rows.forbid(row.label, order.system, record, now)  # no hold ended, so no answer names this record
            return
        self._end(row, record, order.system, now)

    def _revoke(self, row: Row, order: Order) -> None:
        """Carry "aborted" to an issuer, and keep its word on each place, or why it is not asked again."""
        now = self._clock()
        try:
            records = self._revoker.carry(order, self.rows.issuers(row.label)[order.system])
            for record in records:
                self._end(row, record, about(order, record), now)
            check_heard(order, resume(self._trustee, self.rows.find(row.label) or row).effects)
        except SemperError as error:  # it is silent, or says what cannot be used
            said = unanswered(error, row, now)
            if said is None:
                raise
            self.rows.forbid(row.label, order.system, said, now)

    def _end(self, row: Row, record: Token, keeper: bytes, now: int) -> None:
        try:
            concluded = conclude(self._trustee, row, record)
        except PeerDeviated:
            self.rows.keep_contradiction(row.label, record.data, now)
            raise
        if concluded.write:
            self.rows.end(row.label, keeper, record, now)  # COMMIT POINT: now the decision may be told

    def routes(self) -> Mapping[str, Callable[[bytes], bytes]]:
        """Return what the trustee answers by POST."""
        sealing, certifier = self.keys.identity.sealing, Certifier(self._trustee, self.enrolments, self._clock)
        served: dict[str, Callable[[bytes], bytes]] = {
            TRUSTEE_PATH: self.take, ENROLLED_PATH: self.enrolled, CERTIFY_PATH: certifier,
        }  # fmt: skip
        return {path: sealed_call.serve(sealing, path, answer) for path, answer in served.items()}

    def pages(self) -> Mapping[str, Callable[[], bytes]]:
        """Return what the trustee answers by GET."""
        return {KEYS_PATH: self.keys}

    def files(self) -> Mapping[str, Path]:
        """Return the directories served as files: none."""
        return {}

    def start(self) -> None:
        """Go on with every decision that no payment system has confirmed yet."""
        self._carrier.start()

    def stop(self) -> None:
        """Stop carrying decisions; the rows remember which are left."""
        self._carrier.stop()

    def _banks(self) -> tuple[bytes, ...]:
        """Return the signing keys of the banks at which this trustee has a purse: where it can have money released."""
        return self._payments.banks()

    def _decide(
        self, label: bytes, request: bytes, vouch: bytes, shown: tuple[bytes, ...] = ()
    ) -> tuple[Judgement, bool]:
        """Judge, and make a new row durable; where another was first, its row stands.

        Says also whether its orders are leased to us.
        """
        now, row = self._clock(), self.rows.find(label)
        admitted = None if row is not None else self._admit(request, vouch, now)
        judgement, mine = judge(self._trustee, row, request, now), False
        if judgement.write and admitted is not None:
            pins = self._pins(judgement, now)
            issuers = self._revoker.known(named_in(request), shown, vouch) if shown else {}
            mine = judgement.answer is None
            # COMMIT POINT: after this the decision on L stands for ever
            owed = bool(judgement.effects)
            standing = self.rows.decide(judgement.row, admitted, now, owed=owed, mine=mine, pins=pins, issuers=issuers)
            if standing is not None:
                judgement, mine = judge(self._trustee, standing, request, now), False
        if judgement.equivocation is not None:
            self.rows.keep_equivocation(label, judgement.equivocation, now)
        return judgement, mine

    def _admit(self, request: bytes, vouch: bytes, now: int) -> Admitted:
        """Require an enrolled merchant behind a request that no row answers yet. Raises PeerDeviated NOT_ENROLLED."""
        parties = [each.signing for each in named_in(request).parties]
        return self.enrolments.admit(vouch, self._trustee.signing, parties, now)

    def _pins(self, judgement: Judgement, now: int) -> dict[bytes, Decided]:
        """Return the bundles that will carry the orders, as admitted now: later nothing may keep them from it.

        Resolve only where the money can be released: a decision at an unknown bank would help nobody.
        """
        pins = {}
        for order in judgement.effects:
            try:
                bundle = self._payments.purse_at(order.system, now).bundle
                (pins[order.system],) = installed.decided(self._home, [bundle], now)
            except UsageError:
                if isinstance(order, Release):
                    message = "cannot resolve: this trustee does not work with the bank that the exchange names"
                    raise Unavailable("PEER_UNREACHABLE", message) from None
            except SemperError:
                if isinstance(order, Release):
                    raise
        return pins

    def _released(self, label: bytes, mine: bool) -> bytes | None:
        """Return the answer of a resolution once its money was released; None while it was not.

        One worker at a time carries a decision; who asks meanwhile waits for that one. `mine`: we are it.
        """
        answer = None
        if self._waiting.acquire(blocking=False):
            try:
                answer = self._carried(label) if mine or self.rows.lease(label) else self._awaited(label)
            finally:
                self._waiting.release()
        elif mine:
            self.rows.again(label, 0)
        if answer is None:
            self._carrier.soon()
        return answer

    def _carried(self, label: bytes) -> bytes | None:
        try:
            return self.settle(label).answer
        except SemperError as error:
            self._carrier.put_off(label, 1, error)
            return None

    def _awaited(self, label: bytes) -> bytes | None:
        """Wait until another worker has carried the orders; where that one died, carry them when its lease ends."""
        end, look = time.monotonic() + PATIENCE, time.monotonic() + _LOOK
        while (row := self.rows.find(label)) is not None:
            answer = resume(self._trustee, row).answer
            if answer is not None or time.monotonic() > end:
                return answer
            if time.monotonic() > look:
                look = time.monotonic() + _LOOK
                if self.rows.lease(label):
                    return self._carried(label)
            time.sleep(_GLANCE)
        return None

    def _carry(self, order: Order) -> Token:
        """Bring a decision to the payment system and return its signed record, not yet checked."""
        pinned = self.rows.pinned(order.label, order.system)
        purse = self._payments.purse_at(order.system, self._clock(), pinned)
        entry = "release" if isinstance(order, Release) else "void"
        arguments = (order.label, order.decision)  # a trustee knows of the deal by its label alone
        said = self._payments.party(purse.bundle, purse.keys, "trustee", entry, arguments, order.label)
        if isinstance(said, Settled | Refused) and said.proof and (kind := cose.peek(said.proof).kind) in _RECORDS:
            return Token(kind, said.proof)  # also a refusal may prove how the hold had ended before
        why = getattr(said, "why", "no record came")
        raise Unavailable("PEER_UNREACHABLE", f"cannot carry out the decision yet: {why}")

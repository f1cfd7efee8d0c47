"""The deals of a home while they run: events are journalled, then believed; effects are done, again if need be.

One commit holds the event, the evidence of what it sent or received, the outgoing mail and the deal's row. After a
crash the journal is folded again and what is still owed is done (DESIGN §3, §6).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from semper_host.commerce import deal as engine
from semper_host.commerce.deal import DealState
from semper_host.commerce.dispatch import EXCHANGE, PROOF, VOID, Dispatch, Waiting, read_dispatch, sign_dispatch
from semper_host.commerce.events import (
    Arrived,
    Capture,
    Effect,
    End,
    Event,
    Followed,
    Opened,
    Send,
    Ticked,
    read,
    write,
)
from semper_host.exchange.labels import label_of
from semper_host.host.business import Beginning, Business, open_business
from semper_host.host.home import Home
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError, UsageError
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Transaction

RETRY_SECONDS = (0.2, 0.5, 1, 2, 5, 10, 30)
"""How long to wait before doing an effect again that could not be done; the last one from then on."""

Perform = Callable[["LiveDeal", Effect], Event | None]
"""Does one effect and returns the event that answers it; None: it answers itself later.

Raises SemperError to be tried again.
"""


@dataclass
class LiveDeal:
    """One deal in memory.

    `state` changes inside a commit only; `todo` are effects to be done, with when and how often tried.
    """

    business: Business
    state: DealState = field(default_factory=DealState)
    seen: bytes = b""
    todo: dict[tuple[str, str], tuple[Effect, float, int]] = field(default_factory=dict)
    trouble: str = ""
    working: threading.Lock = field(default_factory=threading.Lock)

    @property
    def id(self) -> bytes:
        """D."""
        return self.business.deal

    @property
    def over(self) -> bool:
        """Whether the deal has ended and everything that follows from it is done."""
        return engine.is_over(self.business.plan, self.state) and not self.todo


@dataclass
class Deals:
    """All running deals of one home; safe to use from several threads."""

    home: Home
    perform: Perform
    clock: Callable[[], int] = lambda: int(time.time())
    live: dict[bytes, LiveDeal] = field(default_factory=dict)
    sessions: dict[bytes, LiveDeal] = field(default_factory=dict)
    changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def archive(self) -> Archive:
        """The home's archive."""
        return self.home.archive

    def begin(self, beginning: Beginning, also: Callable[[Transaction], None] = lambda tx: None) -> LiveDeal:
        """Begin a deal durably; `also` is written in the same commit.

        The same beginning again gives the deal there is.
        """
        business = open_business(self.home, beginning)
        known = self._known(business.deal)
        if known is not None:
            return known
        live = LiveDeal(business)

        def work(tx: Transaction) -> None:
            also(tx)
            self.archive.append_journal(tx, business.deal, encode(beginning))
            for step, role, message in (("hello", "buyer", beginning.hello), ("agreement", "seller", beginning.agreement)):
                self.archive.append_evidence(tx, business.deal, b"", role, step, message)
            self._row(tx, live)

        self.archive.commit(work)
        self._enter(live)
        self.post(live, Opened(self.clock()))
        return live

    def take_up(self) -> list[LiveDeal]:
        """Take up every deal that is not over, as a start after a stop or a crash does; return them."""
        rows = [row for row in self.archive.deals() if row.state != "over"]
        return [live for row in rows if (live := self._known(row.deal)) is not None]

    def find(self, deal: bytes) -> LiveDeal:
        """Return the deal D, from memory or the journal. Raises UsageError DEAL_UNKNOWN."""
        live = self._known(deal)
        if live is None:
            raise UsageError("DEAL_UNKNOWN", f"cannot find the deal {deal.hex()[:16]}")
        return live

    def post(self, live: LiveDeal, event: Event) -> None:
        """Make `event` count. Raises SemperError where the deal refuses it; then nothing changed."""
        try:
            effects = self.archive.commit(lambda tx: self._advance(tx, live, event))
        except BaseException:
            self._reload(live)
            raise
        self._owe(live, effects)

    def receive(self, tx: Transaction, session: bytes, payload: bytes) -> None:
        """Handle one payload of a peer's envelope, inside the commit that accepts it.

        What deviates from the protocol changes nothing but the evidence, where it is kept.
        """
        live = self.sessions[session]
        plan = live.business.plan
        try:
            dispatch = read_dispatch(plan.crypto.open, payload, live.id, plan.peer.signing)
        except SemperError as error:
            self._deviation(tx, live, payload, error)
            return
        live.seen = dispatch.head
        self._record(tx, live, self._peer_role(live), dispatch.step or "notice", payload)
        try:
            if dispatch.kind == EXCHANGE:
                effects = self._advance(tx, live, Arrived(self.clock(), dispatch.step, dispatch.body))
                self._owe(live, effects)
        except SemperError as error:
            self._deviation(tx, live, b"", error)

    def work(self, live: LiveDeal) -> None:
        """Do what `live` owes and what time demands; returns when nothing is due. One thread at a time works a deal."""
        if not live.working.acquire(blocking=False):
            return
        try:
            while self._tick(live) or self._do_next(live):
                pass
        finally:
            live.working.release()

    def due(self, live: LiveDeal) -> bool:
        """Say whether `work` would find something to do."""
        now = time.monotonic()
        wake = engine.wakes_at(live.business.plan, live.state)
        return any(at <= now for _, at, _ in list(live.todo.values())) or (wake is not None and wake <= self.clock())

    def wait(self, seconds: float, until: Callable[[], bool]) -> bool:
        """Wait until `until()` or the time is over; woken by every change of a deal."""
        with self.changed:
            return self.changed.wait_for(until, seconds)

    def _advance(self, tx: Transaction, live: LiveDeal, event: Event) -> tuple[Effect, ...]:
        """Fold `event` into the deal inside the transaction: journal, outgoing mail, evidence, row."""
        state, effects = engine.advance(live.business.plan, live.state, event)
        if state == live.state and not effects:
            return ()
        self.archive.append_journal(tx, live.id, write(event))
        live.state = state
        self._keep_proof(tx, live, event)
        for effect in effects:
            if isinstance(effect, Send):
                self._send(tx, live, effect.step, EXCHANGE, effect.message, effect.until)
        self._row(tx, live)
        # COMMIT POINT: after this transaction the event has happened; only then do effects leave
        return tuple(effect for effect in effects if not isinstance(effect, Send))

    def _keep_proof(self, tx: Transaction, live: LiveDeal, event: Event) -> None:
        """Keep the bank's or trustee's signed word as evidence; a captured payment's record goes to the peer as
        well.
        """
        if isinstance(event, Followed) and event.proof:
            self._record(tx, live, "bank", event.step, event.proof)
            if event.what == Capture.__name__:
                self._send(tx, live, event.step, PROOF, event.proof, None)
        answer = getattr(event, "answer", b"")
        if answer:
            self._record(tx, live, "trustee", getattr(event, "step", ""), answer)

    def _send(self, tx: Transaction, live: LiveDeal, step: str, kind: str, body: bytes, until: int | None) -> None:
        head = self.archive.evidence_head(live.id, tx).hash
        dispatch = Dispatch(live.id, step, kind, body, head, live.seen)
        signed = sign_dispatch(live.business.plan.crypto.sign, dispatch)
        self._record(tx, live, self._my_role(live), step, signed)
        self.archive.enqueue(tx, live.business.ends.session, encode(Waiting(signed, until)))

    def _record(self, tx: Transaction, live: LiveDeal, role: str, step: str, message: bytes) -> None:
        label = label_of(live.state.label) if live.state.label is not None else b""
        self.archive.append_evidence(tx, live.id, label, role, step, message)

    def _deviation(self, tx: Transaction, live: LiveDeal, payload: bytes, error: SemperError) -> None:
        live.trouble = f"{error.code}: {error.message}"
        if payload:
            self._record(tx, live, self._peer_role(live), "deviation", payload)
        self._row(tx, live)

    def _row(self, tx: Transaction, live: LiveDeal) -> None:
        business, state = live.business, live.state
        over = engine.is_over(business.plan, state)
        summary = {
            "seller": business.offer.seller,
            "service": business.service.manifest.name,
            "place": state.place,
            "why": state.why,
            "trouble": live.trouble,
            "total": business.agreement.quoted.total.to_map(),
        }
        self.archive.put_deal(tx, live.id, business.beginning.side, "over" if over else "running", self.clock(), summary)

    def _owe(self, live: LiveDeal, effects: Iterable[Effect]) -> None:
        now = time.monotonic()
        for effect in effects:
            if not isinstance(effect, End | Send):
                live.todo.setdefault((type(effect).__name__, getattr(effect, "step", "")), (effect, now, 0))
        with self.changed:
            self.changed.notify_all()

    def _do_next(self, live: LiveDeal) -> bool:
        """Do the first effect that is due; say whether there was one."""
        now = time.monotonic()
        ready = [(key, entry) for key, entry in live.todo.items() if entry[1] <= now]
        if not ready:
            return False
        key, (effect, _, tries) = ready[0]
        try:
            event = self.perform(live, effect)
        except SemperError as error:
            live.trouble = f"{error.code}: {error.message}"
            wait = RETRY_SECONDS[min(tries, len(RETRY_SECONDS) - 1)]
            live.todo[key] = (effect, time.monotonic() + wait, tries + 1)
            return True
        live.todo.pop(key, None)
        if event is not None:
            self._answer(live, event)
        return True

    def _answer(self, live: LiveDeal, event: Event) -> None:
        try:
            self.post(live, event)
        except SemperError as error:
            live.trouble = f"{error.code}: {error.message}"

    def _tick(self, live: LiveDeal) -> bool:
        wake = engine.wakes_at(live.business.plan, live.state)
        now = self.clock()
        if wake is None or wake > now:
            return False
        before = live.state
        self._answer(live, Ticked(now))
        return live.state is not before

    def _known(self, deal: bytes) -> LiveDeal | None:
        live = self.live.get(deal)
        if live is not None:
            return live
        entries = self.archive.journal(deal)
        if not entries:
            return None
        live = LiveDeal(open_business(self.home, Beginning.decode(entries[0])))
        self._fold(live, entries)
        self._enter(live)
        self._owe(live, engine.owed(live.business.plan, live.state))
        if not live.state.place:
            self.post(live, Opened(self.clock()))
        return live

    def _fold(self, live: LiveDeal, entries: list[bytes]) -> None:
        state = DealState()
        for entry in entries[1:]:
            state, _ = engine.advance(live.business.plan, state, read(entry))
        live.state = state
        live.seen = self._last_seen(live)

    def _last_seen(self, live: LiveDeal) -> bytes:
        """Return the peer's evidence head as its last dispatch in our record named it."""
        plan = live.business.plan
        for exhibit in reversed(self.archive.evidence(live.id)):
            if exhibit.evidence.role == self._peer_role(live) and exhibit.message is not None and exhibit.evidence.step != "deviation":
                try:
                    return read_dispatch(plan.crypto.open, exhibit.message, live.id, plan.peer.signing).head
                except SemperError:
                    break  # the hello or agreement: no dispatch came yet
        return b""

    def _reload(self, live: LiveDeal) -> None:
        """After a commit that failed, believe the journal again."""
        entries: list[bytes] = self.archive.journal(live.id)
        self._fold(live, entries)

    def _enter(self, live: LiveDeal) -> None:
        self.live[live.id] = live
        self.sessions[live.business.ends.session] = live

    def _my_role(self, live: LiveDeal) -> str:
        return live.business.beginning.side

    def _peer_role(self, live: LiveDeal) -> str:
        return "seller" if live.business.beginning.side == "buyer" else "buyer"


class DealMail:
    """The archive as a mailbox whose overdue mail goes out void (see `commerce.dispatch.Waiting`)."""

    def __init__(self, deals: Deals, live: LiveDeal) -> None:
        self._deals, self._live, self._archive = deals, live, deals.archive
        self.commit, self.acknowledge, self.accept = self._archive.commit, self._archive.acknowledge,
        self._archive.accept
        self.session_state = self._archive.session_state

    def outbox(self, session: bytes, after: int = 0, most: int = 64) -> list[tuple[int, bytes]]:
        """Return what waits for the peer, each as it may leave now."""
        return [(seq, self._leaving(payload)) for seq, payload in self._archive.outbox(session, after, most)]

    def _leaving(self, payload: bytes) -> bytes:
        waiting = Waiting.decode(payload)
        if waiting.until is None or self._deals.clock() <= waiting.until:
            return waiting.signed
        plan = self._live.business.plan
        return sign_dispatch(plan.crypto.sign, Dispatch(self._live.id, "", VOID, b"", b"", b""))

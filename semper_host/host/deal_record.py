"""What one transaction writes about a deal: the event, the evidence of what it sent and received, mail, and its row.

Everything here happens inside a transaction that the caller commits; nothing counts before that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from semper_host.commerce import deal as engine
from semper_host.commerce.check_record import MOST_EXHIBITS, OPENING_EXHIBITS
from semper_host.commerce.deal import DealState, Effects
from semper_host.commerce.dispatch import (
    AFFIDAVIT,
    BANK_ROLE,
    CONVICTION,
    DEVIATION,
    EXCHANGE,
    NOTICE,
    PROOF,
    TRUSTEE_ROLE,
    VOID,
    Dispatch,
    Waiting,
    check_seen,
    read_dispatch,
    sign_dispatch,
)
from semper_host.commerce.events import Arrived, Capture, Event, Finalised, Followed, Ruled, Send, read, write
from semper_host.exchange import two_transfers
from semper_host.exchange.kinds import fair_purchase
from semper_host.exchange.labels import label_of
from semper_host.host import builds
from semper_host.host.live_deal import LiveDeal, Standing
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.model.holds import VOIDED
from semper_host.supporting.archive.archive import Archive
from semper_host.supporting.archive.store import Transaction

MOST_PAYLOAD = 320 * 1024
"""Bytes of a dispatch that are taken: an exchange's longest message, and its signatures."""
MOST_EARLY = 1 << 20
"""Bytes of a peer's messages that are kept before anything was agreed: a stranger's, who has only said hello."""

_AGAINST = {fair_purchase.CONVICTION: CONVICTION, two_transfers.AFFIDAVIT: AFFIDAVIT}
"""What an exchange gives us against the peer, and under which step the record keeps it."""


class Stale(Exception):
    """What we believe of a deal is not what its journal says: fold it again, then try again."""


@dataclass(frozen=True)
class DealRecord:
    """Writes deals into one home's archive."""

    archive: Archive
    clock: Callable[[], int]

    def begin(self, tx: Transaction, live: LiveDeal, managers: Iterable[bytes] = ()) -> None:
        """Write a deal's first entry: what it rests on, and hello and agreement as evidence.

        `managers`: the digests of the item managers that agreed to it, whose builds are recorded with the service's.
        """
        beginning = live.business.beginning
        self.archive.append_journal(tx, live.id, encode(beginning))
        for step, role in (("hello", "buyer"), ("agreement", "seller")):
            self.archive.append_evidence(tx, live.id, b"", role, step, getattr(beginning, step))
        for bundle in (live.business.service.digest, *managers):
            builds.record(self.archive, tx, live.id, bundle)
        self.row(tx, live, live.state)

    def fold(self, live: LiveDeal, tx: Transaction | None = None) -> Standing:
        """Return where the journal says that the deal stands."""
        entries: list[bytes] = self.archive.journal(live.id, tx)
        state = DealState()
        for entry in entries[1:]:
            state, _ = engine.advance(live.business.plan, state, read(entry))
        self._name_all(live, tx)
        return Standing(state, len(entries), self._last_seen(live, tx))

    def advance(self, tx: Transaction, live: LiveDeal, event: Event) -> Standing | None:
        """Fold `event` into the deal: journal, outgoing mail, evidence, row. None where it changes nothing.

        Raises SemperError where the deal refuses it; then nothing was written. Raises Stale where the journal is not as
        we believe: another process wrote to it, or what we believed was undone.
        """
        before = live.ahead or live.standing
        state, effects = engine.advance(live.business.plan, before.state, event)
        if state == before.state and not effects:
            return None
        entries = self.archive.append_journal(tx, live.id, write(event))
        if entries != before.entries + 1:
            raise Stale
        live.ahead = replace(before, state=state, entries=entries)
        self._keep_proof(tx, live, state, event)
        self._keep_convictions(tx, live, before.state, state)
        self._send_all(tx, live, state, effects)
        self.row(tx, live, state)
        return live.ahead

    def receive(self, tx: Transaction, live: LiveDeal, payload: bytes) -> Standing | None:
        """Take one payload of the peer's envelope. What deviates changes nothing but the evidence, where it is kept."""
        plan, before = live.business.plan, live.ahead or live.standing
        if self._is_too_much(tx, live, before.state, len(payload)):
            error = PeerDeviated("MESSAGE_UNEXPECTED", "cannot keep the message: it is too large, or one too many")
            self._deviation(tx, live, b"", error)
            return None
        try:
            dispatch = read_dispatch(plan.crypto.open, payload, live.id, plan.peer.signing)
            self._check_seen(tx, live, dispatch, payload)
        except SemperError as error:
            self._deviation(tx, live, payload, error)
            return None
        if dispatch.kind != VOID:
            live.ahead = before = replace(before, seen=dispatch.head)
        self._evidence(tx, live, before.state, live.peer_side, dispatch.step or NOTICE, payload)
        if dispatch.kind != EXCHANGE:
            return before
        try:
            return self.advance(tx, live, Arrived(self.clock(), dispatch.step, dispatch.body)) or before
        except SemperError as error:
            if len(self.archive.journal(live.id, tx)) != before.entries:
                raise Stale from None
            self._deviation(tx, live, b"", error)
            return before

    def _is_too_much(self, tx: Transaction, live: LiveDeal, state: DealState, size: int) -> bool:
        """Say whether a message of so many bytes is more than is kept of a peer."""
        if size > MOST_PAYLOAD or self.archive.evidence_head(live.id, tx).seq >= MOST_EXHIBITS:
            return True
        kept = () if state.past else self.archive.evidence(live.id, tx)
        said = sum(len(each.message or b"") for each in kept if each.evidence.role == live.peer_side)
        return not state.past and said + size > MOST_EARLY

    def _check_seen(self, tx: Transaction, live: LiveDeal, dispatch: Dispatch, payload: bytes) -> None:
        """Require that the peer names a head that we named to it, in this process or in another of this home."""
        try:
            check_seen(dispatch, live.named, payload)
        except SemperError:
            self._name_all(live, tx)
            check_seen(dispatch, live.named, payload)

    def _name_all(self, live: LiveDeal, tx: Transaction | None) -> None:
        exhibits = [each for each in self.archive.evidence(live.id, tx) if each.evidence.role == live.side]
        live.named |= {each.evidence.previous for each in exhibits if each.evidence.seq > OPENING_EXHIBITS}

    def row(self, tx: Transaction, live: LiveDeal, state: DealState) -> None:
        """Write what a list of deals shows."""
        business = live.business
        over = engine.is_over(business.plan, state)
        summary = {
            "seller": business.offer.seller,
            "service": business.service.manifest.name,
            "place": state.place,
            "why": state.why,
            "trouble": live.trouble,
            "total": business.agreement.quoted.total.to_map(),
        }
        self.archive.put_deal(tx, live.id, live.side, "over" if over else "running", self.clock(), summary)

    def _keep_proof(self, tx: Transaction, live: LiveDeal, state: DealState, event: Event) -> None:
        """Keep bank's, issuer's or trustee's signed word as evidence; that of a capture goes to the peer as well."""
        if isinstance(event, Followed) and event.proof and self._began(tx, live, event.step):
            self._evidence(tx, live, state, BANK_ROLE, event.step, event.proof)
            if event.what == Capture.__name__ and event.kind != VOIDED:
                self._send(tx, live, state, Send(event.step, event.proof), PROOF)
        if isinstance(event, Finalised):
            self._evidence(tx, live, state, BANK_ROLE, event.step, event.proof)
        if isinstance(event, Ruled):
            self._evidence(tx, live, state, TRUSTEE_ROLE, event.step, event.answer)

    def _began(self, tx: Transaction, live: LiveDeal, step: str) -> bool:
        """Say whether our side has said anything in `step`. What was held before that, and came back, proves nothing to
        a stranger: there is no exchange that it belongs to, or none that we joined.
        """
        links = (each.evidence for each in self.archive.evidence(live.id, tx))
        return any((link.role, link.step) == (live.side, step) for link in links)

    def _keep_convictions(self, tx: Transaction, live: LiveDeal, before: DealState, after: DealState) -> None:
        """Keep what an exchange just finished gave us against the peer: what convicts it, or what we gave in vain."""
        for past in after.past[len(before.past) :]:
            for token in past.gains:
                step = _AGAINST.get(token.name)
                if step is not None:
                    self._evidence(tx, live, after, live.side, step, token.data)

    def _send_all(self, tx: Transaction, live: LiveDeal, state: DealState, effects: Effects) -> None:
        for effect in effects:
            if isinstance(effect, Send):
                self._send(tx, live, state, effect, EXCHANGE)

    def _send(self, tx: Transaction, live: LiveDeal, state: DealState, send: Send, kind: str) -> None:
        head, seen = self.archive.evidence_head(live.id, tx).hash, (live.ahead or live.standing).seen
        live.named.add(head)
        dispatch = Dispatch(live.id, send.step, kind, send.message, head, seen)
        signed = sign_dispatch(live.business.plan.crypto.sign, dispatch)
        self._evidence(tx, live, state, live.side, send.step, signed)
        self.archive.enqueue(tx, live.business.ends.session, encode(Waiting(signed, send.until)))

    def _evidence(
        self, tx: Transaction, live: LiveDeal, state: DealState, role: str, step: str, message: bytes
    ) -> None:
        label = _label(live, state, step)
        self.archive.append_evidence(tx, live.id, label, role, step, message)

    def _deviation(self, tx: Transaction, live: LiveDeal, payload: bytes, error: SemperError) -> None:
        live.trouble = f"{error.code}: {error.message}"
        state = (live.ahead or live.standing).state
        if payload:
            self._evidence(tx, live, state, live.peer_side, DEVIATION, payload)
        self.row(tx, live, state)

    def _last_seen(self, live: LiveDeal, tx: Transaction | None) -> bytes:
        """Return the peer's evidence head as its last dispatch in our record named it, by the rules of `receive`.

        A peer may call a step "deviation", so what was refused is told by what it is, not by its link alone.
        """
        plan = live.business.plan
        for exhibit in reversed(self.archive.evidence(live.id, tx)):
            evidence = exhibit.evidence
            if evidence.role != live.peer_side or exhibit.message is None:
                continue
            try:
                dispatch = read_dispatch(plan.crypto.open, exhibit.message, live.id, plan.peer.signing)
                check_seen(dispatch, live.named, exhibit.message)
            except SemperError:
                if evidence.step == DEVIATION:
                    continue
                break  # the hello or agreement: no dispatch came yet
            if dispatch.kind != VOID and (dispatch.step or NOTICE) == evidence.step:
                return dispatch.head
        return b""


def _label(live: LiveDeal, state: DealState, step: str) -> bytes:
    """Return L of the exchange that `step` is or was; b"" where there is none, or none was joined yet."""
    for past in state.past:
        if past.name == step:
            return past.label
    now = step in live.business.plan.automaton.states.get(state.place, ())
    return label_of(state.label) if now and state.label is not None else b""

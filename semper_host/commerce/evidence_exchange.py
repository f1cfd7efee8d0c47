"""One exchange of a deal as a stranger sees it: what its signed messages, records and decisions prove together. Pure.

Nobody's private key is needed: L is recomputed from its preimage and must be the label that the terms and the
agreement demand; each message is checked by the rules of its kind; what is given is checked against what was promised.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field

from semper_host.commerce.evidence_items import (
    BANK,
    HELD,
    Settled,
    contradicting,
    escrow_blamed,
    has_escrow,
    held_in,
    issued_in,
    items_of,
    settled_by,
)
from semper_host.commerce.evidence_proved import OPEN, PAID, Issued, ItemProved, Proof, StepProved
from semper_host.commerce.evidence_watch import Watcher
from semper_host.commerce.projection import StepSpec
from semper_host.exchange import looking
from semper_host.exchange.case import Case, Rules
from semper_host.exchange.goods import Conviction
from semper_host.exchange.items import Token
from semper_host.exchange.kinds import COMPOSED, open_case
from semper_host.exchange.labels import Label
from semper_host.exchange.messages import Opened, attachments_of, parse, read
from semper_host.exchange.places import Place
from semper_host.exchange.primitives import digest
from semper_host.exchange.state import CALLED_OFF, DONE, Context, Role, State
from semper_host.exchange.verdicts import read_answer
from semper_host.model.encoding import encode
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.model.holds import CAPTURED, RELEASED, VOIDED, Decision
from semper_host.supporting.cryptographic import cose

MESSAGES = 4
"""How many messages an exchange has."""
_BEFORE = {2: 1, 3: 2, 4: 2}


def begins(spec: StepSpec, body: bytes) -> bool:
    """Say whether a message is a message 1. Raises SemperError where it is no message."""
    return parse(body).number == 1


def unsaid(spec: StepSpec) -> str:
    """Who would not begin, or was never asked, quits."""
    return CALLED_OFF


def begin(watcher: Watcher, spec: StepSpec, by: str, body: bytes) -> tuple[Observed, str]:
    """Return the exchange that message 1 begins. Raises SemperError unless the terms demand exactly it, of `by`."""
    preimage = parse(body).label
    if preimage is None:
        raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot begin step {spec.name}: message 1 is due")
    label, plan = Label.decode(preimage), watcher.plan
    plan.accept_label(spec, label, label.t2 - spec.within)  # as of when its own deadline says it was made
    case, rules = open_case(label, plan.crypto)
    seen = Observed(watcher, spec, case, rules, {}, {})
    _check_sender(seen, 1, by)
    m1 = read(case.crypto, body, 1, case.id, label.initiator.signing)
    rules.check_offer(case, m1)
    seen.messages[1], seen.raw[1] = m1, body
    return seen, "message 1"


@dataclass
class Observed:
    """An exchange so far. `messages` are those that fit, by number; `ruled`: how it ended by the trustee's answer."""

    watcher: Watcher
    spec: StepSpec
    case: Case
    rules: Rules
    messages: dict[int, Opened]
    raw: dict[int, bytes]
    hold: bytes = b""
    decisions: list[Decision] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    false: list[Place] = field(default_factory=list)
    doubled: set[int] = field(default_factory=set)  # of which messages the sender signed two different ones
    others: dict[int, list[bytes]] = field(default_factory=dict)  # these: the other side may have answered one of them
    ruled: str = ""
    outcome: str = OPEN

    @property
    def names(self) -> tuple[bytes, ...]:
        """L."""
        return (self.case.id,)

    @property
    def sides(self) -> tuple[str, str]:
        """Initiator and responder, each by its side."""
        both = (self.watcher.side, self.watcher.peer)
        return both if self.watcher.plan.role_in(self.spec) is Role.INITIATOR else both[::-1]

    def message(self, by: str, body: bytes) -> str:
        """Take a message; the same once more changes nothing. Raises SemperError where it contradicts one before."""
        number = parse(body).number
        _check_sender(self, number, by)
        if number not in self.raw:
            if by == self.watcher.side:
                _prefer(self, number, body)
            opened = _read(self, body, number)
            _check(self, number, opened, body)
            self.messages[number], self.raw[number] = opened, body
        elif self.raw[number] != body:
            self._doubled(number, by, body)
        self.conclude()
        return f"message {number}"

    def proof(self, body: bytes) -> tuple[str, str]:
        """Take a payment system's or issuer's signed record. Raises SemperError where it is for another hold."""
        kind = cose.peek(body).kind
        if kind == HELD and self.case.label.holds:
            hold = held_in(self.case, body)
            if self.hold not in (b"", hold):
                raise PeerDeviated("HOLD_INVALID", "cannot use the payment system's record: it is for another hold")
            return kind, BANK
        said = settled_by(self.case, Token(kind, body), self.hold)
        self.settled.append(said)
        self.conclude()
        return kind, said.by

    def answer(self, body: bytes) -> str:
        """Take the trustee's answer, if it proves what it says."""
        state = State(self._role, m1=self.raw[1], m2=self.raw.get(2), hold=self.hold)
        ruling = read_answer(Context(self.case, self._role, self.rules), state, body)
        self.settled += [settled_by(self.case, end.record, self.hold) for end in ruling.ends]
        self.ruled = self.ruled or ruling.outcome
        if ruling.decision is not None:
            self.decisions.append(ruling.decision)
        self.conclude()
        return f"decision: {'nothing' if ruling.decision is None else ruling.decision.verdict}"

    def conviction(self, body: bytes) -> bool:
        """Take what is said to convict a giver of information. Raises PeerDeviated unless it does."""
        conviction = Conviction.decode(body)
        if conviction.label != self.case.id:
            return False
        found = looking.convicted(self.case, self.messages[1], self.messages.get(2), conviction)
        if found is None:
            message = "cannot use the conviction: the goods are what was promised under its keys"
            raise PeerDeviated("EVIDENCE_INVALID", message)
        self.false.append(found)
        return True

    def conclude(self) -> None:
        """Say how the exchange ended, once anything says so: DONE or CALLED_OFF. What comes later changes nothing."""
        if self.outcome == OPEN:
            kinds = {each.kind for each in self.settled} if self.rules.settles else set()
            if len(self.messages) == MESSAGES or kinds & {CAPTURED, RELEASED} or self.ruled == DONE:
                self.outcome = DONE
            elif VOIDED in kinds or self.ruled == CALLED_OFF:
                self.outcome = CALLED_OFF

    def silently(self) -> str:
        """A responder that has not answered may have quit; whoever sent something is bound."""
        return CALLED_OFF if self._role is Role.RESPONDER and 2 not in self.messages else ""

    @property
    def items(self) -> tuple[ItemProved, ...]:
        """What the record says of each item."""
        return items_of(
            self.case, self.sides, tuple(self.messages), self.settled, self.decisions, self.false, self._issued()
        )

    @property
    def contradictions(self) -> tuple[str, ...]:
        """Who signed what cannot both be: "bank", "issuer", "trustee", or a side that sent two messages for one."""
        senders = {self.sides[0] if number % 2 else self.sides[1] for number in self.doubled}
        keys = {each.sealed for each in self.decisions if each.sealed}
        handed = {each.sealed for each in self.settled if each.kind == RELEASED}
        bank = (BANK,) if keys and not handed <= keys else ()
        twice = len({encode(each) for each in self.decisions}) > 1
        trustee = ("trustee",) if twice or (escrow_blamed(self.decisions) and not has_escrow(self.case)) else ()
        return tuple(dict.fromkeys((*contradicting(self.settled), *bank, *trustee, *sorted(senders))))

    def missed(self) -> str:
        """Return for people why the exchange did not bring what it should, where the record shows that; else ""."""
        items = self.items
        false = next((each for each in items if each.false), None)
        if false is not None:
            return f"the key does not open the goods: the {false.giver}'s own signature proves it"
        if any(each.ended == "voided" and each.given for each in items):
            return "the held money had gone back before it was collected"
        if self.outcome == DONE and any(each.amount is not None and each.ended not in PAID for each in items):
            return "the record does not show that the held money was collected"
        if self.outcome == DONE and any(each.ended == "revoked" for each in items):
            return "a credential was revoked that should have become final"
        return ""

    def why(self) -> str:
        """Return the reason that the trustee signed last."""
        return next((each.why for each in reversed(self.decisions) if each.why), "")

    def proved(self, proofs: tuple[Proof, ...]) -> StepProved:
        """Return what the record proves of it."""
        items, label = self.items, self.case.label
        money = next((each for each in items if each.amount is not None), None)
        return StepProved(
            name=self.spec.name,
            kind=label.kind,
            outcome=self.outcome,
            label=self.case.id,
            proofs=proofs,
            initiator=self.sides[0],
            t2=label.t2,
            t_resolve=label.t_resolve,
            messages=tuple((number, opened.digest) for number, opened in sorted(self.messages.items())),
            items=items,
            amount=None if money is None else money.amount,
            money="" if money is None else money.ended or ("held" if money.promised else "none"),
            money_at=None if money is None else money.at,
            verdicts=tuple(decision.verdict for decision in self.decisions),
            decisions=tuple(digest(encode(each)) for each in self.decisions),
            escrow_false=escrow_blamed(self.decisions) and has_escrow(self.case),
            contradictions=self.contradictions,
        )

    @property
    def _role(self) -> Role:
        return self.watcher.plan.role_in(self.spec)

    def _issued(self) -> dict[Place, Issued]:
        """Return where the credentials that the record shows have their status."""
        found: dict[Place, Issued] = {}
        for number in (1, 2) if self.case.label.kind in COMPOSED else ():
            if number in self.messages:
                given = attachments_of(self.raw[number + 2]) if number + 2 in self.raw else ()
                found |= issued_in(self.case, number, self.messages[number], given)
        return found

    def _doubled(self, number: int, by: str, body: bytes) -> None:
        """A second, different message in one place: it counts against its sender once its signature is checked."""
        if number == 1:
            begin(self.watcher, self.spec, by, body)
        else:
            _read(self, body, number)
        self.doubled.add(number)
        self.others.setdefault(number, []).append(body)
        raise PeerDeviated("PEER_DEVIATED", f"cannot accept message {number}: its sender signed two different ones")


def _read(seen: Observed, data: bytes, number: int) -> Opened:
    label, before = seen.case.label, _BEFORE.get(number)
    if before is not None and before not in seen.messages:
        raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot accept message {number}: message {before} is not there")
    signer = label.initiator if number % 2 else label.responder
    previous = None if before is None else seen.messages[before].digest
    return read(seen.case.crypto, data, number, seen.case.id, signer.signing, previous=previous)


def _prefer(seen: Observed, number: int, body: bytes) -> None:
    """Go on with the message of the peer that the exporter's own `body` answers, where the peer signed several.

    It refused the others, for reasons that only it knows: its clock, or what its key opens.
    """
    before = _BEFORE.get(number, 0)
    for other in seen.others.get(before, ()):
        with suppress(SemperError):
            candidate = _instead(seen, before, other)
            _read(candidate, body, number)
            seen.case, seen.rules, seen.hold = candidate.case, candidate.rules, candidate.hold
            seen.messages, seen.raw, seen.outcome = candidate.messages, candidate.raw, OPEN
            seen.settled, seen.decisions, seen.ruled = [], [], ""
            return


def _instead(seen: Observed, number: int, body: bytes) -> Observed:
    """Return the exchange with `body` as the peer's message `number`, and nothing that follows from the other one."""
    if number == 1:
        return begin(seen.watcher, seen.spec, seen.watcher.peer, body)[0]
    kept = Observed(seen.watcher, seen.spec, seen.case, seen.rules, {1: seen.messages[1]}, {1: seen.raw[1]})
    kept.message(seen.watcher.peer, body)
    return kept


def _check(seen: Observed, number: int, opened: Opened, data: bytes) -> None:
    """Check a message by the rules of its kind. Raises SemperError."""
    if number == 2:
        seen.hold = seen.rules.check_m2(seen.case, opened)
    elif number > 2:
        promises = (seen.messages[1], seen.messages[2])
        looking.check_given(seen.case, seen.rules, number, promises, seen.hold, attachments_of(data))


def _check_sender(seen: Observed, number: int, by: str) -> None:
    if seen.sides[1 - number % 2] != by:
        raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot accept message {number}: it is the other side's to send")

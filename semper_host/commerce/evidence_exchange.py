"""One exchange of a deal as a stranger sees it: what its signed messages, records and decisions prove together. Pure.

Nobody's private key is needed: L is recomputed from its preimage and must be the label that the terms and the
agreement demand; each message is checked by the rules of its kind; k1 is checked against H(k1).
"""

from __future__ import annotations

from dataclasses import dataclass, field

from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import StepSpec
from semper_host.exchange import held_money
from semper_host.exchange.case import Case, Progress, Rules
from semper_host.exchange.events import Decided
from semper_host.exchange.items import Token
from semper_host.exchange.kinds import fair_purchase, open_case
from semper_host.exchange.labels import Label
from semper_host.exchange.messages import Opened, attachments_of, parse, read
from semper_host.exchange.requests import RESOLVED, Answer, read_decision
from semper_host.exchange.state import CALLED_OFF, DONE, Context, Role, State
from semper_host.exchange.verdicts import take_answer
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURED, HELD, RELEASED, VOIDED, Decision, Settlement
from semper_host.supporting.cryptographic import cose

MESSAGES = 4
"""How many messages an exchange has."""
OPEN = "open"
"""The outcome of a step that the record does not show the end of."""


@dataclass(frozen=True)
class Settled:
    """How the payment system says a hold ended: `kind` is CAPTURED, RELEASED or VOIDED; `nothing`: none ever was."""

    kind: str
    settlement: Settlement
    nothing: bool = False


@dataclass
class Observed:
    """An exchange so far. `messages` are those that fit, by number; `keyed`: k1 was shown and fits H(k1)."""

    plan: Plan
    spec: StepSpec
    case: Case
    rules: Rules
    messages: dict[int, Opened]
    raw: dict[int, bytes]
    hold: bytes = b""
    keyed: bool = False
    decisions: list[Decision] = field(default_factory=list)
    settled: list[Settled] = field(default_factory=list)
    substituted: bool = False
    convicted: bool = False
    doubled: set[int] = field(default_factory=set)  # of which messages the sender signed two different ones
    outcome: str = OPEN

    def conclude(self) -> None:
        """Say how the exchange ended, once anything says so: DONE or CALLED_OFF. What comes later changes nothing."""
        if self.outcome == OPEN:
            kinds, verdicts = {each.kind for each in self.settled}, {each.verdict for each in self.decisions}
            substituted = self.substituted and RESOLVED in verdicts
            if len(self.messages) == MESSAGES or kinds & {CAPTURED, RELEASED} or substituted:
                self.outcome = DONE
            elif VOIDED in kinds or verdicts - {RESOLVED}:
                self.outcome = CALLED_OFF

    @property
    def collected(self) -> bool:
        """Whether the payment system signed that the payee has the money; true where none is held."""
        return not self.case.label.holds or any(each.kind in (CAPTURED, RELEASED) for each in self.settled)

    @property
    def unpaid(self) -> bool:
        """Whether the payer granted its money, and all the same it went back."""
        kinds = {each.kind for each in self.settled}
        return MESSAGES in self.messages and VOIDED in kinds and not kinds & {CAPTURED, RELEASED}

    @property
    def contradictions(self) -> tuple[str, ...]:
        """Who, of those trusted in between, signed what cannot both be: "bank", "trustee"."""
        kinds, verdicts = {each.kind for each in self.settled}, {each.verdict for each in self.decisions}
        keys = {each.sealed for each in self.decisions if each.sealed}
        handed = {each.settlement.sealed for each in self.settled if each.kind == RELEASED}
        bank = (VOIDED in kinds and bool(kinds & {CAPTURED, RELEASED})) or (bool(keys) and not handed <= keys)
        trustee = RESOLVED in verdicts and len(verdicts) > 1
        return tuple(name for name, found in (("bank", bank), ("trustee", trustee)) if found)

    @property
    def label(self) -> Label:
        """The label."""
        return self.case.label

    def sender(self, number: int, side: str, peer: str) -> str:
        """Return which of `side` (the plan's own) and `peer` sends message `number`."""
        first = self.plan.role_in(self.spec) is Role.INITIATOR
        return side if first == bool(number % 2) else peer


def begin(plan: Plan, spec: StepSpec, data: bytes) -> Observed:
    """Return the exchange that message 1 in `data` begins. Raises SemperError unless the terms demand exactly it."""
    preimage = parse(data).label
    if preimage is None:
        raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot begin step {spec.name}: message 1 is due")
    label = Label.decode(preimage)
    plan.accept_label(spec, label, label.t2 - spec.within)  # as of when its own deadline says it was made
    case, rules = open_case(label, plan.crypto)
    m1 = read(case.crypto, data, 1, case.id, label.initiator.signing)
    rules.check_offer(case, m1)
    return Observed(plan, spec, case, rules, {1: m1}, {1: data})


def take_message(seen: Observed, data: bytes) -> int:
    """Take a further message of the exchange and return its number; the same once more changes nothing.

    Raises SemperError where it does not fit what came before, or contradicts it.
    """
    number = parse(data).number
    if number in seen.raw:
        if seen.raw[number] != data:
            if number == 1:
                begin(seen.plan, seen.spec, data)
            else:
                _read(seen, data, number)
            seen.doubled.add(number)
            raise PeerDeviated("PEER_DEVIATED", f"cannot accept message {number}: its sender signed two different ones")
        return number
    opened = _read(seen, data, number)
    checks = {2: _check_m2, 3: _check_m3, 4: _check_m4}
    checks[number](seen, opened, data)
    seen.messages[number], seen.raw[number] = opened, data
    return number


def take_proof(seen: Observed, data: bytes) -> str:
    """Take a payment system's signed record and return its kind. Raises SemperError where it is for another hold."""
    kind = cose.peek(data).kind
    if kind == HELD and seen.case.label.holds:
        hold = held_money.check_held(seen.case, data)
        if seen.hold not in (b"", hold):
            raise PeerDeviated("HOLD_INVALID", "cannot use the payment system's record: it is for another hold")
        return kind
    nothing = _nothing_held(seen, kind, data)
    if nothing is not None:
        seen.settled.append(Settled(VOIDED, nothing, nothing=True))
        return kind
    ended = held_money.read_settlement(seen.case, Token(kind, data), seen.hold)
    seen.settled.append(Settled(kind, ended))
    return kind


def take_answer_of_trustee(seen: Observed, data: bytes) -> Answer:
    """Take the trustee's answer, if it proves what it says, and return it. Raises SemperError."""
    # judged as the initiator's, for whom no key is to be opened: everything else is public
    state = State(Role.INITIATOR, m1=seen.raw[1], m2=seen.raw.get(2), hold=seen.hold)
    take_answer(Context(seen.case, Role.INITIATOR, seen.rules), state, Decided(data), 0)
    answer = Answer.decode(data)
    if answer.decision is not None:
        decision = read_decision(seen.case, answer.decision)
        responding = seen.plan.role_in(seen.spec) is Role.RESPONDER
        if responding and 2 in seen.messages and decision.m2 not in (None, seen.messages[2].digest):
            raise PeerDeviated("PEER_DEVIATED", "cannot use the decision: it names a message that was never sent")
        seen.decisions.append(decision)
        seen.substituted = seen.substituted or (decision.verdict == RESOLVED and seen.rules.substitutes)
    for record in answer.records:
        if record.name in (CAPTURED, RELEASED, VOIDED):
            ended = held_money.read_settlement(seen.case, record, seen.hold)
            seen.settled.append(Settled(record.name, ended))
    return answer


def take_conviction(seen: Observed, data: bytes) -> None:
    """Take what is said to convict the seller. Raises PeerDeviated unless it does."""
    conviction = fair_purchase.Conviction.decode(data)
    keyed = seen.rules.kind == fair_purchase.RULES.kind
    if not keyed or not fair_purchase.convicts(seen.case, seen.messages[1], conviction):
        message = "cannot use the conviction: the goods are what was promised under its keys"
        raise PeerDeviated("EVIDENCE_INVALID", message)
    seen.convicted = True


def _read(seen: Observed, data: bytes, number: int) -> Opened:
    label, before = seen.case.label, {2: 1, 3: 2, 4: 2}.get(number)
    if before is not None and before not in seen.messages:
        raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot accept message {number}: message {before} is not there")
    signer = label.initiator if number % 2 else label.responder
    previous = None if before is None else seen.messages[before].digest
    return read(seen.case.crypto, data, number, seen.case.id, signer.signing, previous=previous)


def _check_m2(seen: Observed, opened: Opened, data: bytes) -> None:
    seen.hold = seen.rules.check_m2(seen.case, opened)


def _check_m3(seen: Observed, opened: Opened, data: bytes) -> None:
    """The rules check k1 against H(k1); what it opens only the buyer, who has k2, can tell."""
    seen.rules.check_m3(seen.case, _progress(seen), attachments_of(data))
    seen.keyed = seen.rules.keyed


def _check_m4(seen: Observed, opened: Opened, data: bytes) -> None:
    seen.rules.check_m4(seen.case, _progress(seen), attachments_of(data))


def _progress(seen: Observed) -> Progress:
    m1, m2 = (attachments_of(seen.raw[number]) for number in (1, 2))
    return Progress(m1, m2, b"", seen.hold)


def _nothing_held(seen: Observed, kind: str, data: bytes) -> Settlement | None:
    """Return a VOIDED that says that nothing was held under L, nor ever will be; None for everything else."""
    if kind != VOIDED or not seen.case.label.holds:
        return None
    said = Settlement.decode(seen.case.crypto.open(data, VOIDED, seen.case.label.holds[0].system))
    return said if said.label == seen.case.id and not said.amount and not said.payee else None

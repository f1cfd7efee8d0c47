"""What happened in a deal, folded from its exhibits into the terms' automaton, as a stranger can know it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from semper_host.commerce.dispatch import BANK_ROLE, TRUSTEE_ROLE
from semper_host.commerce.evidence_chain import Fact, Sort, digest_of
from semper_host.commerce.evidence_exchange import (
    OPEN,
    Observed,
    begin,
    take_answer_of_trustee,
    take_conviction,
    take_message,
    take_proof,
)
from semper_host.commerce.evidence_format import refuse
from semper_host.commerce.monitor import Monitor
from semper_host.commerce.plan import Plan
from semper_host.commerce.planning import BUYER, SELLER
from semper_host.exchange.kinds.fair_purchase import Conviction
from semper_host.exchange.messages import parse
from semper_host.exchange.state import DONE
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.model.outcome import Dissatisfied, Outcome


class Proof(NamedTuple):
    """One exhibit of a step: what it is ("message 3", "hold.captured"), whose word, SHA-256, where it stands."""

    what: str
    by: str
    digest: bytes
    place: str


class Deviation(NamedTuple):
    """Something that `by` sent and that fits nothing; it changes no outcome."""

    by: str
    what: str
    place: str


@dataclass
class Story:
    """A deal as told so far by one side's exhibits."""

    plan: Plan
    side: str
    steps: dict[str, Observed] = field(default_factory=dict)
    proofs: dict[str, list[Proof]] = field(default_factory=dict)
    deviations: list[Deviation] = field(default_factory=list)
    erased: int = 0
    """Exhibits whose message was erased: what then can't be placed after them proves nothing, and is no fault."""
    early: dict[str, Fact] = field(default_factory=dict)
    """First messages of the peer for steps that are not enabled yet: it may learn of a step's end before us."""

    @property
    def peer(self) -> str:
        """The other side."""
        return SELLER if self.side == BUYER else BUYER

    def outcome(self) -> Outcome:
        """Return the end that the steps lead to; Dissatisfied with end "" where the record stops before one."""
        monitor = Monitor(self.plan.automaton)
        for step, seen in self.steps.items():
            if seen.outcome == OPEN:
                return Dissatisfied("", f"the record does not show how step {step} ended")
            monitor.advance(step, seen.outcome)
        if not monitor.is_over:
            return Dissatisfied("", "the record ends before the deal did")
        whys = [decision.why for seen in self.steps.values() for decision in seen.decisions if decision.why]
        ended = self.plan.automaton.outcome(monitor.state, whys[-1] if whys else "a step was called off")
        if any(seen.convicted for seen in self.steps.values()):
            return Dissatisfied(ended.end, "the key does not open the goods: the seller's own signature proves it")
        if any(seen.unpaid for seen in self.steps.values()):
            return Dissatisfied(ended.end, "the held money had gone back before it was collected")
        if any(seen.outcome == DONE and not seen.collected for seen in self.steps.values()):
            return Dissatisfied(ended.end, "the record does not show that the held money was collected")
        return ended


def tell(plan: Plan, side: str, facts: Iterable[Fact]) -> Story:
    """Return the story of `side`'s exhibits.

    What the exporter stands for must fit: else raises PeerDeviated (EVIDENCE_INVALID). A peer's misfit is told.
    """
    story = Story(plan, side)
    for fact in facts:
        try:
            _take(story, fact)
        except SemperError as error:
            if story.erased:
                continue
            if fact.trusted:
                refuse(fact.place, error.message, fact.body)
            story.deviations.append(Deviation(fact.role, error.message, str(fact.place)))
        seen = story.steps.get(fact.step)
        if seen is None:
            continue
        seen.conclude()
        if fact.label not in (b"", seen.case.id):
            refuse(fact.place, "its link names another exchange than the step's")
    return story


def _take(story: Story, fact: Fact) -> None:
    """Take one fact. Raises SemperError where it does not fit."""
    match fact.sort:
        case Sort.NOTICE:
            return
        case Sort.ERASED:
            story.erased += 1
        case Sort.REFUSED:
            raise PeerDeviated("SIG_INVALID", "cannot use it: the exporter refused it as no message of this deal")
        case Sort.MESSAGE:
            _message(story, fact)
        case Sort.PROOF:
            _note(story, fact.step, take_proof(_known(story, fact), fact.body), BANK_ROLE, fact)
        case Sort.ANSWER:
            seen = _known(story, fact)
            answer = take_answer_of_trustee(seen, fact.body)
            verdict = seen.decisions[-1].verdict if answer.decision is not None else "nothing"
            _note(story, fact.step, f"decision: {verdict}", TRUSTEE_ROLE, fact)
        case Sort.CONVICTION:
            _conviction(story, fact)


def _message(story: Story, fact: Fact) -> None:
    """Take an exchange's message from the side that it is due from."""
    number = parse(fact.body).number
    seen = story.steps.get(fact.step)
    if seen is None and number == 1:
        if not fact.trusted and not _is_enabled(story, fact.step):
            story.early.setdefault(fact.step, fact)
            return
        _begin(story, fact)
        return
    seen = _known(story, fact)
    _check_sender(story, seen, number, fact)
    take_message(seen, fact.body)
    _note(story, fact.step, f"message {number}", fact.role, fact)


def _begin(story: Story, fact: Fact) -> Observed:
    """Begin a step with its message 1, if the terms enable it now."""
    seen = begin(story.plan, _monitor(story).check(fact.step), fact.body)
    _check_sender(story, seen, 1, fact)
    story.steps[fact.step] = seen
    _note(story, fact.step, "message 1", fact.role, fact)
    return seen


def _known(story: Story, fact: Fact) -> Observed:
    """Return the step that `fact` belongs to; one whose message 1 came early begins now. Raises PeerDeviated."""
    early = story.early.pop(fact.step, None) if fact.trusted else None
    if fact.step in story.steps:
        return story.steps[fact.step]
    if early is None:
        why = f"cannot use it: step {fact.step[:64]!r} has not begun in the record"
        raise PeerDeviated("MESSAGE_UNEXPECTED", why)
    return _begin(story, early)


def _monitor(story: Story) -> Monitor:
    """Return where the deal stands. Raises PeerDeviated MESSAGE_UNEXPECTED while a step is under way."""
    monitor = Monitor(story.plan.automaton)
    for name, seen in story.steps.items():
        if seen.outcome == OPEN:
            raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot go on to another step: {name} has not ended")
        monitor.advance(name, seen.outcome)
    return monitor


def _is_enabled(story: Story, step: str) -> bool:
    try:
        return bool(_monitor(story).check(step))
    except PeerDeviated:
        return False


def _check_sender(story: Story, seen: Observed, number: int, fact: Fact) -> None:
    if seen.sender(number, story.side, story.peer) != fact.role:
        raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot accept message {number}: it is the other side's to send")


def _conviction(story: Story, fact: Fact) -> None:
    label = Conviction.decode(fact.body).label
    for name, seen in story.steps.items():
        if seen.case.id == label:
            take_conviction(seen, fact.body)
            _note(story, name, "conviction", fact.role, fact)
            return
    raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot use the conviction: it is for an exchange of another deal")


def _note(story: Story, step: str, what: str, by: str, fact: Fact) -> None:
    story.proofs.setdefault(step, []).append(Proof(what, by, digest_of(fact), str(fact.place)))

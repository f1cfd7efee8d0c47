"""What happened in a deal, folded from its exhibits into the terms' automaton, as a stranger can know it. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from semper_host.commerce import evidence_exchange, evidence_steps, evidence_swap
from semper_host.commerce.dispatch import AFFIDAVIT, TRUSTEE_ROLE
from semper_host.commerce.evidence_chain import Fact, Sort, digest_of
from semper_host.commerce.evidence_format import refuse
from semper_host.commerce.evidence_proved import OPEN, Deviation, Proof
from semper_host.commerce.evidence_watch import Form, Promises, Watched, Watcher
from semper_host.commerce.monitor import Monitor
from semper_host.commerce.plan import Plan
from semper_host.commerce.planning import BUYER, SELLER
from semper_host.commerce.projection import StepSpec
from semper_host.exchange.manager import TWO_TRANSFERS
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.model.outcome import Dissatisfied, Outcome

__all__ = ["Deviation", "Proof", "Story", "tell"]

_FORMS: dict[str, Form] = {"exchange": evidence_exchange, "transfer": evidence_steps, "decide": evidence_steps}
"""What watches each form of step."""
_NOTHING: Mapping[str, str] = {}


@dataclass
class Story:
    """A deal as told so far by one side's exhibits."""

    plan: Plan
    side: str
    promises: Promises = field(default_factory=dict)
    steps: dict[str, Watched] = field(default_factory=dict)
    proofs: dict[str, list[Proof]] = field(default_factory=dict)
    deviations: list[Deviation] = field(default_factory=list)
    erased: int = 0
    """Exhibits whose message was erased: what then can't be placed after them proves nothing, and is no fault."""
    early: dict[str, list[Fact]] = field(default_factory=dict)
    """First messages of the peer for steps that are not enabled yet: it may learn of a step's end before us.

    The exporter may have refused the first and taken another one.
    """
    path: list[str] = field(default_factory=list)
    """The steps in their order, those without an exhibit too."""
    silent: dict[str, str] = field(default_factory=dict)
    """How steps ended without a word of the exporter, as what it did next shows."""

    @property
    def peer(self) -> str:
        """The other side."""
        return SELLER if self.side == BUYER else BUYER

    @property
    def watcher(self) -> Watcher:
        """Who looks on."""
        return Watcher(self.plan, self.side, self.peer, self.promises)

    def ended(self, step: str) -> str:
        """Return how a step of the path ended, as far as the record shows."""
        seen = self.steps.get(step)
        return self.silent.get(step, OPEN if seen is None else seen.outcome)

    def outcome(self) -> Outcome:
        """Return the end that the steps lead to; Dissatisfied with end "" where the record stops before one."""
        monitor = Monitor(self.plan.automaton)
        for step in self.path:
            if self.ended(step) == OPEN:
                return Dissatisfied("", f"the record does not show how step {step} ended")
            monitor.advance(step, self.ended(step))
        if not monitor.is_over:
            return Dissatisfied("", "the record ends before the deal did")
        watched = [self.steps[step] for step in self.path if step in self.steps]
        whys = [why for seen in watched if (why := seen.why())]
        ended = self.plan.automaton.outcome(monitor.state, whys[-1] if whys else "a step was called off")
        missed = next((why for seen in watched if (why := seen.missed())), "")
        return Dissatisfied(ended.end, missed) if missed else ended


def _form(spec: StepSpec) -> Form:
    return evidence_swap if spec.protocol == TWO_TRANSFERS else _FORMS[spec.form]


def tell(
    plan: Plan, side: str, facts: Iterable[Fact], promises: Promises = MappingProxyType({})
) -> Story:
    """Return the story of `side`'s exhibits; `promises` as a `Watcher` knows them.

    What the exporter stands for must fit: else raises PeerDeviated (EVIDENCE_INVALID). A peer's misfit is told.
    """
    story = Story(plan, side, promises)
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
        if seen is not None and fact.label not in (b"", *seen.names):
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
            _note(story, fact.step, *_known(story, fact).proof(fact.body), fact)
        case Sort.ANSWER:
            _note(story, fact.step, _known(story, fact).answer(fact.body), TRUSTEE_ROLE, fact)
        case Sort.CONVICTION:
            _conviction(story, fact)


def _message(story: Story, fact: Fact) -> None:
    """Take a step's message; one that can only begin a step that is not enabled yet waits, if it is the peer's."""
    spec = story.plan.automaton.specs.get(fact.step)
    if fact.step not in story.steps and spec is not None and _form(spec).begins(spec, fact.body):
        if fact.trusted or _leads_to(story, fact.step, trusted=False) is not None:
            _begin(story, fact)
            _catch_up(story, fact.step)
        else:
            story.early.setdefault(fact.step, []).append(fact)
        return
    _note(story, fact.step, _known(story, fact).message(fact.role, fact.body), fact.role, fact)


def _begin(story: Story, fact: Fact, *, trusted: bool | None = None) -> Watched:
    """Begin a step with its first message, if the terms enable it now."""
    silent = _leads_to(story, fact.step, trusted=fact.trusted if trusted is None else trusted)
    if silent is None:
        message = f"cannot act on the message: the terms do not enable step {fact.step[:64]!r} now"
        raise PeerDeviated("MESSAGE_UNEXPECTED", message)
    spec = story.plan.automaton.step(fact.step)
    seen, what = _form(spec).begin(story.watcher, spec, fact.role, fact.body)
    story.silent |= silent
    story.path += [step for step in (*silent, fact.step) if step not in story.path]
    story.steps[fact.step] = seen
    _note(story, fact.step, what, fact.role, fact)
    return seen


def _catch_up(story: Story, step: str) -> None:
    """Take the peer's messages for a step just begun that came before the exporter had reached it."""
    for early in story.early.pop(step, ()):
        try:
            _note(story, step, story.steps[step].message(early.role, early.body), early.role, early)
        except SemperError as error:
            _deviates(story, early, error)


def _known(story: Story, fact: Fact) -> Watched:
    """Return the step that `fact` belongs to; one whose message 1 came early begins now. Raises PeerDeviated."""
    while fact.trusted and fact.step not in story.steps and story.early.get(fact.step):
        early = story.early[fact.step].pop(0)
        try:
            _begin(story, early, trusted=True)
        except SemperError as error:
            _deviates(story, early, error)
    if fact.step not in story.steps:
        why = f"cannot use it: step {fact.step[:64]!r} has not begun in the record"
        raise PeerDeviated("MESSAGE_UNEXPECTED", why)
    if fact.trusted:
        _catch_up(story, fact.step)
    return story.steps[fact.step]


def _deviates(story: Story, fact: Fact, error: SemperError) -> None:
    story.deviations.append(Deviation(fact.role, error.message, str(fact.place)))


def _leads_to(story: Story, step: str, *, trusted: bool) -> dict[str, str] | None:
    """Return which steps must have ended in silence, and how, for `step` to be enabled now; None if it can't be.

    Only the exporter's own next word (`trusted`) shows that it took a silence for an end.
    """
    found = _from(story, step, trusted=trusted)
    last = story.path[-1] if story.path and trusted else ""
    if found is None and last in story.steps and last not in story.silent and story.steps[last].outcome != OPEN:
        unheard = story.steps[last].silently()  # what came last came too late, and was not taken
        return _from(story, step, trusted=True, silent={last: unheard}) if unheard else None
    return found


def _from(story: Story, step: str, *, trusted: bool, silent: Mapping[str, str] = _NOTHING) -> dict[str, str] | None:
    automaton, silent = story.plan.automaton, dict(silent)
    monitor = Monitor(automaton)
    for name in story.path:
        ended = silent.get(name, story.ended(name))
        if ended == OPEN:
            ended = silent[name] = story.steps[name].silently() if trusted else ""
        if not ended:
            return None
        monitor.advance(name, ended)
    while trusted and step not in automaton.enabled(monitor.state) and not monitor.is_over:
        spec = automaton.step(automaton.enabled(monitor.state)[0])
        ended = _form(spec).unsaid(spec)
        if not ended or spec.name in silent:
            return None
        silent[spec.name] = ended
        monitor.advance(spec.name, ended)
    return silent if step in automaton.enabled(monitor.state) else None


def _conviction(story: Story, fact: Fact) -> None:
    what = AFFIDAVIT if fact.step == AFFIDAVIT else "conviction"
    for name, seen in story.steps.items():
        if seen.conviction(fact.body):
            _note(story, name, what, fact.role, fact)
            return
    message = f"cannot use the {what}: it is for an exchange of another deal"
    raise PeerDeviated("MESSAGE_UNEXPECTED", message)


def _note(story: Story, step: str, what: str, by: str, fact: Fact) -> None:
    story.proofs.setdefault(step, []).append(Proof(what, by, digest_of(fact), str(fact.place)))

"""One role's automaton: what it does in each state, and where each outcome leads (DESIGN §7).

States are named after places: a step's name, in a circle with the counts of repeated steps after a #; or END.name.
Where a role can't yet tell which of several steps comes next, and need not, their names are joined by |.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from semper_host.commerce.binding import BoundTerms
from semper_host.commerce.check import prove
from semper_host.commerce.flow import Flow, Place
from semper_host.commerce.localise import localise, sees
from semper_host.commerce.terms_model import (
    END,
    Exchange,
    Fairness,
    Holding,
    ItemName,
    Transfer,
    refuse_terms,
)
from semper_host.commerce.worst_case import WorstCase
from semper_host.exchange.manager import OPTIMISTIC, TWO_TRANSFERS
from semper_host.model.outcome import Dissatisfied, Outcome, Satisfied


class Part(StrEnum):
    """What a role does in a step."""

    INITIATE = "initiate"
    RESPOND = "respond"
    GIVE = "give"
    RECEIVE = "receive"
    DECIDE = "decide"
    LEARN = "learn"


class StepSpec(msgspec.Struct, frozen=True, kw_only=True):
    """One step as one role sees it. `name` is the state's, `step` the terms'; with `iteration` it is unique on a path.

    `parties` are the roles that act, the first one first (an exchange's initiator and responder). `gives` and `gets`
    are this role's. `within` are the seconds from the step's start, for an exchange until t2; `resolve_within` those
    from t2 to t_resolve. `patience` are the seconds since this role's step before after which this one has ended at
    the latest: what lies between unseen by this role is counted in.
    """

    name: str
    step: str
    iteration: int
    form: str  # "exchange", "transfer" or "decide"
    part: Part
    parties: tuple[str, ...]
    peer: str  # the other party; whoever acts first for one who only learns; "" for one who decides
    within: int
    patience: int
    outcomes: tuple[str, ...]
    tell: tuple[str, ...]
    needs: tuple[str, ...] = ()
    kind: str = ""  # of an exchange, by the exchange layer's name
    protocol: str = ""  # of an exchange: which of `exchange.strategy.STRATEGIES` runs it
    fair: Fairness | None = None
    resolve_within: int = 0
    gives: tuple[ItemName, ...] = ()
    gets: tuple[ItemName, ...] = ()
    security: tuple[str, ...] = ()


class Automaton(msgspec.Struct, frozen=True):
    """What `role` does under `bound`, state by state."""

    bound: BoundTerms
    role: str
    start: str
    states: dict[str, tuple[str, ...]]
    specs: dict[str, StepSpec]
    moves: dict[tuple[str, str], str]

    def enabled(self, state: str) -> tuple[str, ...]:
        """Return the names of the steps that can come next in `state`; none at an end."""
        return tuple(name for name in self.states[state] if not name.startswith(END))

    def step(self, name: str) -> StepSpec:
        """Return the step called `name`. Raises KeyError."""
        return self.specs[name]

    def next(self, step: str, outcome: str) -> str:
        """Return the state that `outcome` of `step` leads to. Raises KeyError."""
        return self.moves[step, outcome]

    def is_end(self, state: str) -> bool:
        """Say whether the role is done in `state`."""
        return not self.enabled(state)

    def balance(self, state: str) -> tuple[Holding, ...]:
        """Return what this role holds at the end `state`. Raises KeyError for no end."""
        end = self.bound.terms.end(self._end(state))
        return tuple(held for held in end.holdings if held.role == self.role)

    def outcome(self, state: str, why: str = "") -> Outcome:
        """Return how the deal ended in `state`; `why` is for people, where the purpose was missed."""
        end = self.bound.terms.end(self._end(state))
        return Satisfied(end.name) if end.satisfied else Dissatisfied(end.name, why)

    def _end(self, state: str) -> str:
        """Return one end of `state`: several in one state mean the same to this role (check_knowledge)."""
        if not self.is_end(state):
            raise KeyError(state)
        return self.states[state][0]


def project(bound: BoundTerms, role: str) -> Automaton:
    """Return the automaton of `role` ("B", or by kind: "buyer"). Raises AdmissionRefused (TERMS_INVALID)."""
    role = bound.terms.role_of(role) or role
    if role not in bound.terms.actors:
        refuse_terms(f"{role} takes part in no step")
    flow = prove(bound.terms)
    local = localise(flow, role)
    seen = {name for state in local.states.values() for name in state}
    patience = _patience(flow, WorstCase(bound), role)
    specs = {p.name: _spec(bound, p, role, patience[p.name]) for p in flow.places if p.name in seen}
    return Automaton(bound, role, local.start, local.states, specs, local.moves)


def _patience(flow: Flow, worst: WorstCase, role: str) -> dict[str, int]:
    """Return the patience that `role` needs for each place."""
    unseen: dict[str, int] = {}
    found: dict[str, int] = {}
    for place in flow.places:
        found[place.name] = unseen.get(place.name, 0) + worst.seconds(place.step)
        passed = 0 if sees(place, role) else found[place.name]
        for _, target in place.then:
            unseen[target] = max(unseen.get(target, 0), passed)
    return found


def _spec(bound: BoundTerms, place: Place, role: str, patience: int) -> StepSpec:
    step = place.step
    acts = role in step.parties
    others = [party for party in step.parties if party != role]
    common = StepSpec(
        name=place.name,
        step=step.name,
        iteration=place.iteration,
        form=type(step).__name__.lower(),
        part=Part.DECIDE if acts else Part.LEARN,
        parties=step.parties,
        peer=others[0] if others else "",
        within=bound.within(step.name),
        patience=patience,
        outcomes=tuple(outcome for outcome, _ in step.then),
        tell=step.tell,
        needs=step.needs,
    )
    if isinstance(step, Exchange):
        return _exchange(bound, common, step, role)
    return _transfer(common, step, role) if isinstance(step, Transfer) else common


def _exchange(bound: BoundTerms, common: StepSpec, step: Exchange, role: str) -> StepSpec:
    gives: tuple[ItemName, ...] = ()
    gets, part = gives, Part.LEARN
    if role in step.parties:
        first = role == step.initiator.role
        part = Part.INITIATE if first else Part.RESPOND
        mine, theirs = (step.initiator, step.responder) if first else (step.responder, step.initiator)
        gives, gets = mine.items, theirs.items
    fair = bound.fairness(step.name)
    strong = fair is Fairness.STRONG
    return msgspec.structs.replace(
        common, part=part, kind=str(step.kind), protocol=OPTIMISTIC if strong else TWO_TRANSFERS, fair=fair,
        resolve_within=bound.resolve_within(step.name) if strong else 0, gives=gives, gets=gets,
    )  # fmt: skip


def _transfer(common: StepSpec, step: Transfer, role: str) -> StepSpec:
    part = {step.giver: Part.GIVE, step.receiver: Part.RECEIVE}.get(role, Part.LEARN)
    gives = (step.item,) if part is Part.GIVE else ()
    gets = (step.item,) if part is Part.RECEIVE else ()
    return msgspec.structs.replace(common, part=part, gives=gives, gets=gets, security=step.security)

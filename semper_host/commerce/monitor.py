"""The monitor: refuses what the terms don't enable now (DESIGN §7)."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NoReturn

from semper_host.commerce.projection import Automaton, StepSpec
from semper_host.model.errors import PeerDeviated


class Monitor:
    """Follows one role through one deal: `check` before acting on a message, `advance` when a step ended."""

    def __init__(self, automaton: Automaton, record: Iterable[tuple[str, str]] = ()) -> None:
        """Start at the start, or after `record`: the pairs of step and outcome so far, which are checked again."""
        self.automaton = automaton
        self.state = automaton.start
        self.record: tuple[tuple[str, str], ...] = ()
        for step, outcome in record:
            self.advance(step, outcome)

    @property
    def is_over(self) -> bool:
        """Whether the deal has ended for this role."""
        return self.automaton.is_end(self.state)

    def check(self, step: str, evidence: bytes = b"") -> StepSpec:
        """Return the step if it is enabled now. Raises PeerDeviated (MESSAGE_UNEXPECTED) with `evidence`."""
        if step not in self.automaton.enabled(self.state):
            self._refuse(f"step {step[:64]!r} is not enabled", evidence)
        return self.automaton.step(step)

    def advance(self, step: str, outcome: str, evidence: bytes = b"") -> str:
        """Go on after `outcome` of `step`; return the new state. Raises PeerDeviated (MESSAGE_UNEXPECTED)."""
        if outcome not in self.check(step, evidence).outcomes:
            self._refuse(f"step {step} has no outcome {outcome[:64]!r}", evidence)
        self.state = self.automaton.next(step, outcome)
        self.record = (*self.record, (step, outcome))
        return self.state

    def _refuse(self, cause: str, evidence: bytes) -> NoReturn:
        expected = " or ".join(self.automaton.enabled(self.state)) or "nothing more"
        message = f"cannot act on the message: {cause}; the terms expect {expected}"
        raise PeerDeviated("MESSAGE_UNEXPECTED", message, evidence=evidence)

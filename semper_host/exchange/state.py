"""What one side of an exchange remembers: all of it is bytes, all of it survives a crash."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from msgspec.structs import replace

from semper_host.exchange.case import Case, Gains, Progress, Rules
from semper_host.exchange.items import Token
from semper_host.exchange.messages import attachments_of
from semper_host.model.encoding import Record


class Role(StrEnum):
    """Who sends message 1, and who answers it."""

    INITIATOR = "initiator"
    RESPONDER = "responder"


class Phase(StrEnum):
    """Where one side stands; see the diagram in `fair_exchange`."""

    START = "start"
    OFFERED = "offered"
    REVIEWING = "reviewing"
    COMMITTED = "committed"
    FINALISING = "finalising"
    RELEASED = "released"
    ABORTING = "aborting"
    RESOLVING = "resolving"
    FINISHED = "finished"


DONE, CALLED_OFF = "done", "aborted"
"""How one side's exchange ends."""


class State(Record, frozen=True):
    """One side's state. m1 to m4 are exact bytes, sent or received; `secret` never leaves the private journal."""

    role: Role
    phase: Phase = Phase.START
    m1: bytes | None = None
    m2: bytes | None = None
    m3: bytes | None = None
    m4: bytes | None = None
    secret: bytes = b""
    hold: bytes = b""
    outcome: str = ""
    gains: tuple[Token, ...] = ()
    records: tuple[Token, ...] = ()  # that what message 3 brought is final

    def message(self, number: int) -> bytes | None:
        """Return message `number` (1 to 4) if it was sent or accepted."""
        return (self.m1, self.m2, self.m3, self.m4)[number - 1]

    @property
    def progress(self) -> Progress:
        """What the rules of the kind need to make or check messages 3 and 4."""
        return Progress(_parts(self.m1), _parts(self.m2), self.secret, self.hold)


@dataclass(frozen=True, slots=True)
class Context:
    """What does not change during an exchange: the case, our role in it, the rules of its kind."""

    case: Case
    role: Role
    rules: Rules


def finish(state: State, outcome: str, gains: Gains = ()) -> State:
    """Return the final state."""
    return replace(state, phase=Phase.FINISHED, outcome=outcome, gains=gains)


def _parts(message: bytes | None) -> tuple[bytes, ...]:
    return () if message is None else attachments_of(message)

"""What two parties send each other in a transfer or a decision of their deal, and the tokens signed for it (DESIGN §7).

    giver to receiver     the parcel                decider to the other    its signed choice
    receiver to giver     the receipt, or `late`    the other to decider    that it learnt it, or `late`
    giver to receiver     how it ended, after a `late` or silence; the decider likewise

Who waits alone says `late`, by a signature that stands for itself. Pure.
"""

from __future__ import annotations

from enum import StrEnum

from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import StepSpec
from semper_host.model.encoding import MalformedEncoding, Record, encode
from semper_host.model.errors import PeerDeviated

CHOICE_KIND, LATE_KIND = "deal.choice", "deal.late"
"""The signed kinds of the two tokens."""


class What(StrEnum):
    """What a message says."""

    PARCEL = "parcel"  # the body is the transfer's parcel
    RECEIVED = "received"  # the body is the receipt, empty where none was asked
    CHOICE = "choice"  # the body is the signed choice
    LEARNT = "learnt"  # the body is empty
    LATE = "late"  # the body is the signed `late`
    CLOSED = "closed"  # the body is the outcome, as text


class StepMessage(Record, frozen=True):
    """One message of a transfer or a decision."""

    what: str
    body: bytes = b""


class Choice(Record, frozen=True):
    """What who decides signs."""

    deal: bytes  # D
    step: str
    iteration: int
    choice: str


class Late(Record, frozen=True):
    """What who waits signs: at `at` (seconds since 1970, its clock) nothing had come."""

    deal: bytes  # D
    step: str
    iteration: int
    at: int


def message(what: What, body: bytes = b"") -> bytes:
    """Return the exact bytes of a message."""
    return encode(StepMessage(what, body))


def read_message(data: bytes) -> tuple[What, bytes]:
    """Return what a message says, and its body. Raises MalformedEncoding."""
    read = StepMessage.decode(data)
    if read.what not in set(What):
        raise MalformedEncoding("ENCODING_INVALID", "cannot read the message: it is of no known kind")
    return What(read.what), read.body


def sign_choice(plan: Plan, spec: StepSpec, choice: str) -> bytes:
    """Return our signed choice."""
    return plan.crypto.sign(encode(Choice(plan.deal, spec.step, spec.iteration, choice)), CHOICE_KIND)


def read_choice(plan: Plan, spec: StepSpec, signed: bytes, by: bytes) -> str:
    """Return the choice that the key `by` signed for this step. Raises PeerDeviated SIG_INVALID, MESSAGE_UNEXPECTED."""
    said = Choice.decode(plan.crypto.open(signed, CHOICE_KIND, by))
    if (said.deal, said.step, said.iteration) != (plan.deal, spec.step, spec.iteration):
        raise _elsewhere("choice", signed)
    if said.choice not in choices(spec):
        raise PeerDeviated(
            "MESSAGE_UNEXPECTED", f"cannot accept the choice: step {spec.name} leaves another one", evidence=signed
        )
    return said.choice


def sign_late(plan: Plan, spec: StepSpec, now: int) -> bytes:
    """Return our signed word that nothing came in time."""
    return plan.crypto.sign(encode(Late(plan.deal, spec.step, spec.iteration, now)), LATE_KIND)


def read_late(plan: Plan, spec: StepSpec, signed: bytes, by: bytes) -> Late:
    """Return what the key `by` signed of this step's lateness. Raises PeerDeviated SIG_INVALID, MESSAGE_UNEXPECTED."""
    said = Late.decode(plan.crypto.open(signed, LATE_KIND, by))
    if (said.deal, said.step, said.iteration) != (plan.deal, spec.step, spec.iteration):
        raise _elsewhere("lateness", signed)
    return said


def choices(spec: StepSpec) -> tuple[str, ...]:
    """Return what can be chosen in a decision: every outcome but `late`, which silence means."""
    return tuple(outcome for outcome in spec.outcomes if outcome != What.LATE)


def _elsewhere(what: str, signed: bytes) -> PeerDeviated:
    return PeerDeviated(
        "MESSAGE_UNEXPECTED", f"cannot accept the {what}: it is for another step or deal", evidence=signed
    )

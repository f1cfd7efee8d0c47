"""Two transfers: the plain strategy for exchanges without strong fairness (DESIGN §6; terms: `fair: none`, `weak`).

    initiator   start -Begin-> offered -parcel 2-> finished
                offered -t2-> finished (aborted): what was given is gone; weak: with an affidavit for the arbiter
    responder   start -parcel 1-> reviewing -Consent-> finished

    1  A to B   parcel of item A      2  B to A   receipt for 1, parcel of item B      3  A to B   receipt for 2

The items, not messages about them, are what the two `Transfer`s name. Weak fairness asks for both non-repudiation
tokens: whoever gave and did not get holds the other's signed agreement (message 0 of the deal), its own parcel with
its token of origin, and the receipt if one came. That is the affidavit: it convicts nobody, an arbiter weighs it.
"""

from __future__ import annotations

from dataclasses import dataclass

from msgspec.structs import replace

from semper_host.exchange import transfer
from semper_host.exchange.events import Begin, Consent, Effect, Event, Finished, Received, Review, Send, Tick, Withdraw
from semper_host.exchange.items import Token
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.state import CALLED_OFF, DONE, Phase, Role
from semper_host.exchange.transfer import OPENED, ORIGIN, RECEIPT, Transfer
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.model.security import Fairness

ITEM, AFFIDAVIT, RECEIPT_TOKEN = "transfer.item", "transfer.affidavit", "transfer.receipt"
"""The gains: the other's item; what to show an arbiter; the other's receipt for ours."""


class Handed(Record, frozen=True):
    """A message: a parcel, or a receipt, or both."""

    parcel: bytes = b""
    receipt: bytes = b""


class Affidavit(Record, frozen=True):
    """What its holder gave and says it got nothing for: the transfer, the parcel, the receipt for it (b"": none)."""

    transfer: bytes
    parcel: bytes
    receipt: bytes = b""


@dataclass(frozen=True, slots=True)
class Swap:
    """What does not change: both transfers, our role, our cryptography, and until when we wait (seconds since 1970)."""

    first: Transfer
    second: Transfer
    role: Role
    crypto: Crypto
    t2: int
    fairness: Fairness

    @property
    def ours(self) -> Transfer:
        """The transfer in which we give."""
        return self.first if self.role is Role.INITIATOR else self.second

    @property
    def theirs(self) -> Transfer:
        """The transfer in which we get."""
        return self.second if self.role is Role.INITIATOR else self.first


class Swapped(Record, frozen=True):
    """One side's state: what we said, what the other said, exact bytes; survives a crash."""

    phase: Phase = Phase.START
    said: bytes = b""
    parcel: bytes = b""  # ours
    heard: bytes = b""  # the other's parcel
    last: bytes = b""  # our receipt for it, where we end the swap
    outcome: str = ""
    gains: tuple[Token, ...] = ()


def join(
    first: Transfer, second: Transfer, role: Role, crypto: Crypto, t2: int, fairness: Fairness
) -> tuple[Swap, Swapped]:
    """Return the context and first state of one side. Raises PeerDeviated where `fairness` can't come from this.

    `first` is given by the initiator, `second` by the responder; weak fairness needs origin and a receipt of both.
    """
    if (first.sender, first.recipient) != (second.recipient, second.sender):
        raise PeerDeviated("PEER_DEVIATED", "cannot swap: the two transfers are not between the same parties")
    tokens = all(ORIGIN in each.security and {RECEIPT, OPENED} & set(each.security) for each in (first, second))
    if fairness is Fairness.STRONG or (fairness is Fairness.WEAK and not tokens):
        raise PeerDeviated(
            "PEER_DEVIATED", f"cannot swap with {fairness.value} fairness: the evidence would be missing"
        )
    return Swap(first, second, role, crypto, t2, fairness), Swapped()


def step(context: Swap, state: Swapped, event: Event, now: int) -> tuple[Swapped, tuple[Effect, ...]]:
    """Return the state after `event` at `now` (seconds since 1970), and what to do once that state is durable.

    Raises PeerDeviated, MalformedEncoding or UsageError; the caller then keeps the old state.
    """
    after = _after(context, state, event, now)
    return (state, ()) if after == state else (after, owed(context, after))


def owed(context: Swap, state: Swapped) -> tuple[Effect, ...]:
    """Return everything that this state still wants done: the effects of reaching it, and of resuming in it."""
    match state.phase:
        case Phase.REVIEWING:
            return (Review(state.heard),)
        case Phase.OFFERED:
            return (Send(state.said, until=context.t2),)
        case Phase.FINISHED:
            last = tuple(Send(each) for each in (state.said, state.last) if each and state.outcome == DONE)
            return (*last, Finished(state.outcome, state.gains))
    return ()


def wakes_at(context: Swap, state: Swapped) -> int | None:
    """Return from when on (seconds since 1970) a Tick changes something, or None if it never does."""
    return None if state.phase is Phase.FINISHED else context.t2 + 1


def _after(context: Swap, state: Swapped, event: Event, now: int) -> Swapped:
    late, initiator = now > context.t2, context.role is Role.INITIATOR
    match event, state.phase:
        case Begin(attachments), Phase.START if initiator and not late:
            parcel = transfer.give(context.ours, context.crypto, _only(attachments))
            return replace(state, phase=Phase.OFFERED, parcel=parcel, said=encode(Handed(parcel)))
        case Consent(attachments), Phase.REVIEWING if not late:
            return _answer(context, state, _only(attachments))
        case Received(message), Phase.START if not initiator and not late:
            transfer.take(context.theirs, context.crypto, Handed.decode(message).parcel)
            return replace(state, phase=Phase.REVIEWING, heard=Handed.decode(message).parcel)
        case Received(message), Phase.OFFERED:
            return _take(context, state, Handed.decode(message))
        case Received(message), Phase.FINISHED if not initiator and state.outcome == DONE:
            return _receipt(context, state, Handed.decode(message))
        case (Tick() | Withdraw(), Phase.OFFERED) if late or isinstance(event, Withdraw):
            return replace(state, phase=Phase.FINISHED, outcome=CALLED_OFF, gains=_affidavit(context, state))
        case (Tick() | Withdraw(), Phase.START | Phase.REVIEWING) if late or isinstance(event, Withdraw):
            return replace(state, phase=Phase.FINISHED, outcome=CALLED_OFF)
        case (Tick() | Received(), _):
            return state
    raise UsageError("USAGE_INVALID", f"cannot accept {type(event).__name__} while the swap is {state.phase.value}")


def _only(attachments: tuple[bytes, ...]) -> bytes:
    if len(attachments) != 1:
        raise UsageError("USAGE_INVALID", "cannot swap: exactly one item is given")
    return attachments[0]


def _answer(context: Swap, state: Swapped, item: bytes) -> Swapped:
    """Take item A and give item B, at once: whoever answers is the one at no risk."""
    taken = transfer.take(context.theirs, context.crypto, state.heard)
    parcel = transfer.give(context.ours, context.crypto, item)
    said = encode(Handed(parcel, taken.receipt or b""))
    gains = (Token(ITEM, taken.item),)
    return replace(state, phase=Phase.FINISHED, outcome=DONE, parcel=parcel, said=said, gains=gains)


def _take(context: Swap, state: Swapped, handed: Handed) -> Swapped:
    """Take item B, with the receipt for ours."""
    taken = transfer.take(context.theirs, context.crypto, handed.parcel)
    gains = (Token(ITEM, taken.item), *_checked(context, state, handed.receipt))
    last = encode(Handed(receipt=taken.receipt)) if taken.receipt is not None else b""
    return replace(state, phase=Phase.FINISHED, outcome=DONE, heard=handed.parcel, last=last, said=b"", gains=gains)


def _receipt(context: Swap, state: Swapped, handed: Handed) -> Swapped:
    if not handed.receipt or len(state.gains) > 1:
        return state
    return replace(state, gains=(*state.gains, *_checked(context, state, handed.receipt)))


def _checked(context: Swap, state: Swapped, receipt: bytes) -> tuple[Token, ...]:
    """Return the other's receipt for our parcel, which must come where one is asked."""
    asked = bool({RECEIPT, OPENED} & set(context.ours.security))
    if asked:
        transfer.check_receipt(context.ours, context.crypto, state.parcel, receipt)
        return (Token(RECEIPT_TOKEN, receipt),)
    if receipt:
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot accept the receipt: none was asked")
    return ()


def _affidavit(context: Swap, state: Swapped) -> tuple[Token, ...]:
    if context.fairness is not Fairness.WEAK:
        return ()
    return (Token(AFFIDAVIT, encode(Affidavit(transfer.name_of(context.ours), state.parcel))),)

"""Two transfers: the plain strategy for exchanges without strong fairness (DESIGN §6; terms: `fair: none`, `weak`).

    initiator   start -Begin-> offered -parcels 2-> finished
                offered -t2-> finished (aborted): what was given is gone; weak: with an affidavit for the arbiter
    responder   start -parcels 1-> reviewing -Consent-> finished

    1  A to B   parcels of items A    2  B to A   receipts for 1, parcels of items B   3  A to B   receipts for 2

The items, not messages about them, are what the `Transfer`s name: one for each item of a side. A side's parcels travel
in one message, and are taken all or none: half a package is refused, whichever half. Weak fairness asks for both
non-repudiation tokens: whoever gave and did not get holds the other's signed agreement (message 0 of the deal), its own
parcels with their tokens of origin, and the receipts if they came. Those are the affidavits: they convict nobody, an
arbiter weighs them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import repeat

from msgspec.structs import replace

from semper_host.exchange import transfer
from semper_host.exchange.events import Begin, Consent, Effect, Event, Finished, Received, Review, Send, Tick, Withdraw
from semper_host.exchange.items import Token
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.state import CALLED_OFF, DONE, Phase, Role
from semper_host.exchange.transfer import ORIGIN, Taken, Transfer
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, UsageError
from semper_host.model.security import Fairness

ITEM, AFFIDAVIT, RECEIPT_TOKEN = "transfer.item", "transfer.affidavit", "transfer.receipt"
"""The gains: the other's item; what to show an arbiter; the other's receipt for ours. In a package one an item."""

Transfers = tuple[Transfer, ...]
"""What one side gives, one transfer for each of its items."""


class Handed(Record, frozen=True):
    """A message: parcels, or receipts, or both; of a package the further ones stand apart, in the order of its items.

    Receipts are in the order of the transfers that ask for one.
    """

    parcel: bytes = b""
    receipt: bytes = b""
    and_parcels: tuple[bytes, ...] | None = None
    and_receipts: tuple[bytes, ...] | None = None

    @property
    def parcels(self) -> tuple[bytes, ...]:
        """All parcels."""
        return _all(self.parcel, self.and_parcels)

    @property
    def receipts(self) -> tuple[bytes, ...]:
        """All receipts."""
        return _all(self.receipt, self.and_receipts)


def handed(parcels: Sequence[bytes] = (), receipts: Sequence[bytes] = ()) -> bytes:
    """Return the encoded message that hands over `parcels` and `receipts`."""
    (parcel, more), (receipt, others) = _split(parcels), _split(receipts)
    return encode(Handed(parcel, receipt, more, others))


class Affidavit(Record, frozen=True):
    """What its holder gave and says it got nothing for: the transfer, the parcel, the receipt for it (b"": none).

    One for each item of a package.
    """

    transfer: bytes
    parcel: bytes
    receipt: bytes = b""


@dataclass(frozen=True, slots=True)
class Swap:
    """What does not change: both sides' transfers, one an item; our role, our cryptography, and until when we wait
    (seconds since 1970).
    """

    first: Transfers
    second: Transfers
    role: Role
    crypto: Crypto
    t2: int
    fairness: Fairness

    @property
    def ours(self) -> Transfers:
        """The transfers in which we give."""
        return self.first if self.role is Role.INITIATOR else self.second

    @property
    def theirs(self) -> Transfers:
        """The transfers in which we get."""
        return self.second if self.role is Role.INITIATOR else self.first


class Swapped(Record, frozen=True):
    """One side's state: what we said, what the other said, exact bytes; survives a crash."""

    phase: Phase = Phase.START
    said: bytes = b""
    parcel: bytes = b""  # ours
    heard: bytes = b""  # the other's parcel
    last: bytes = b""  # our receipts for it, where we end the swap
    outcome: str = ""
    gains: tuple[Token, ...] = ()
    and_parcels: tuple[bytes, ...] | None = None  # the further ones of a package
    and_heard: tuple[bytes, ...] | None = None

    @property
    def given(self) -> tuple[bytes, ...]:
        """Our parcels, once we have given."""
        return _all(self.parcel, self.and_parcels)

    @property
    def came(self) -> tuple[bytes, ...]:
        """The other's parcels, once they came."""
        return _all(self.heard, self.and_heard)


def join(
    first: Transfers, second: Transfers, role: Role, crypto: Crypto, t2: int, fairness: Fairness
) -> tuple[Swap, Swapped]:
    """Return the context and first state of one side. Raises PeerDeviated where `fairness` can't come from this.

    `first` are given by the initiator, `second` by the responder; weak fairness needs origin and a receipt of all.
    """
    both = (*first, *second)
    ends = {(each.sender, each.recipient) for each in first}, {(each.recipient, each.sender) for each in second}
    if len(ends[0]) != 1 or ends[0] != ends[1]:
        raise PeerDeviated("PEER_DEVIATED", "cannot swap: the transfers are not between the same two parties")
    if len({transfer.name_of(each) for each in both}) != len(both):
        raise PeerDeviated("PEER_DEVIATED", "cannot swap: the same item stands in the package twice")
    tokens = all(ORIGIN in each.security and transfer.asks_receipt(each) for each in both)
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
            return (Review(handed(state.came)),)
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
            return _give(context, replace(state, phase=Phase.OFFERED), attachments)
        case Consent(attachments), Phase.REVIEWING if not late:
            return _answer(context, state, attachments)
        case Received(message), Phase.START if not initiator and not late:
            said = Handed.decode(message)
            _taken(context, said)
            heard, more = _split(said.parcels)
            return replace(state, phase=Phase.REVIEWING, heard=heard, and_heard=more)
        case Received(message), Phase.OFFERED:
            return _take(context, state, Handed.decode(message))
        case Received(message), Phase.FINISHED if not initiator and state.outcome == DONE:
            return _receipt(context, state, Handed.decode(message))
        case (Tick() | Withdraw(), Phase.OFFERED) if late or isinstance(event, Withdraw):
            return replace(state, phase=Phase.FINISHED, outcome=CALLED_OFF, gains=_affidavits(context, state))
        case (Tick() | Withdraw(), Phase.START | Phase.REVIEWING) if late or isinstance(event, Withdraw):
            return replace(state, phase=Phase.FINISHED, outcome=CALLED_OFF)
        case (Tick() | Received(), _):
            return state
    raise UsageError("USAGE_INVALID", f"cannot accept {type(event).__name__} while the swap is {state.phase.value}")


def _give(context: Swap, state: Swapped, items: tuple[bytes, ...], receipts: tuple[bytes, ...] = ()) -> Swapped:
    """Make our parcels, one an item, in the order of the transfers."""
    if len(items) != len(context.ours):
        raise UsageError("USAGE_INVALID", f"cannot swap: {len(context.ours)} items are to be given, not {len(items)}")
    pairs = zip(context.ours, items, strict=True)
    parcels = tuple(transfer.give(each, context.crypto, item) for each, item in pairs)
    parcel, more = _split(parcels)
    return replace(state, parcel=parcel, and_parcels=more, said=handed(parcels, receipts))


def _answer(context: Swap, state: Swapped, items: tuple[bytes, ...]) -> Swapped:
    """Take items A and give items B, at once: whoever answers is the one at no risk."""
    taken = _taken(context, Handed(state.heard, and_parcels=state.and_heard))
    state = _give(context, state, items, _receipts(taken))
    return replace(state, phase=Phase.FINISHED, outcome=DONE, gains=_items(taken))


def _take(context: Swap, state: Swapped, said: Handed) -> Swapped:
    """Take items B, with the receipts for ours."""
    taken = _taken(context, said)
    gains = (*_items(taken), *_checked(context, state, said.receipts))
    receipts, (heard, more) = _receipts(taken), _split(said.parcels)
    last = handed(receipts=receipts) if receipts else b""
    return replace(
        state, phase=Phase.FINISHED, outcome=DONE, heard=heard, and_heard=more, last=last, said=b"", gains=gains
    )


def _receipt(context: Swap, state: Swapped, said: Handed) -> Swapped:
    if not said.receipts or any(token.name == RECEIPT_TOKEN for token in state.gains):
        return state
    return replace(state, gains=(*state.gains, *_checked(context, state, said.receipts)))


def _taken(context: Swap, said: Handed) -> list[Taken]:
    """Take the other's parcels: all that were agreed on, each in its place."""
    if len(said.parcels) != len(context.theirs):
        count = f"{len(said.parcels)} came where {len(context.theirs)} were agreed on"
        raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot take the parcels: {count}", evidence=encode(said))
    return [transfer.take(*pair) for pair in zip(context.theirs, repeat(context.crypto), said.parcels, strict=False)]


def _items(taken: list[Taken]) -> tuple[Token, ...]:
    return tuple(Token(ITEM, each.item) for each in taken)


def _receipts(taken: list[Taken]) -> tuple[bytes, ...]:
    return tuple(each.receipt for each in taken if each.receipt is not None)


def _checked(context: Swap, state: Swapped, receipts: tuple[bytes, ...]) -> tuple[Token, ...]:
    """Return the other's receipts for our parcels, each of which must come where one is asked."""
    pairs = zip(context.ours, state.given, strict=True)
    asked = [(each, parcel) for each, parcel in pairs if transfer.asks_receipt(each)]
    if len(receipts) != len(asked):
        why = f"{len(receipts)} came where {len(asked)} were asked"
        raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot accept the receipts: {why}")
    for (each, parcel), receipt in zip(asked, receipts, strict=True):
        transfer.check_receipt(each, context.crypto, parcel, receipt)
    return tuple(Token(RECEIPT_TOKEN, receipt) for receipt in receipts)


def _affidavits(context: Swap, state: Swapped) -> tuple[Token, ...]:
    if context.fairness is not Fairness.WEAK:
        return ()
    pairs = zip(context.ours, state.given, strict=True)
    return tuple(Token(AFFIDAVIT, encode(Affidavit(transfer.name_of(each), parcel))) for each, parcel in pairs)


def _all(first: bytes, more: tuple[bytes, ...] | None) -> tuple[bytes, ...]:
    return (first, *(more or ())) if first or more else ()


def _split(several: Sequence[bytes]) -> tuple[bytes, tuple[bytes, ...] | None]:
    """Return the first, b"" if there is none, and the others, None if there are none."""
    first, *more = several or (b"",)
    return first, tuple(more) or None

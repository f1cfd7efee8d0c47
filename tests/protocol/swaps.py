"""Explores every interleaving of the shipping step functions of two transfers, of single items and of packages.

As in `explorer`, the adversary is the whole network and, where a seat is not honest, the other party: it delivers what
was ever sent to anybody, in any order and as often as it likes, takes messages apart and puts their parcels and
receipts together anew, and signs what its own keys let it sign (a part of a package, an item twice, the wrong order,
another item, one of another deal, receipts for some only). Honest hosts crash at every effect: it is owed by the state
as a restart reads it. Clocks say anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import NamedTuple

from semper_host.exchange import transfer, two_transfers
from semper_host.exchange.events import Begin, Consent, Event, Received, Review, Send, Tick, Withdraw
from semper_host.exchange.items import ItemRef
from semper_host.exchange.primitives import Crypto, digest
from semper_host.exchange.state import DONE, Phase, Role
from semper_host.exchange.transfer import Origin, Parcel, Transfer
from semper_host.exchange.transfer_looking import witness
from semper_host.exchange.two_transfers import AFFIDAVIT, ITEM, RECEIPT_TOKEN, Affidavit, Handed, Swap, Swapped, handed
from semper_host.model.encoding import encode
from semper_host.model.errors import SemperError
from semper_host.model.security import Fairness
from tests.protocol.explorer import Violation
from tests.protocol.samples import START, T2
from tests.protocol.search import Came, explore, way_to
from tests.protocol.symbols import crypto_of, party_of

NAMES = {Role.INITIATOR: "seller", Role.RESPONDER: "buyer"}
TOKENS = (transfer.ORIGIN, transfer.RECEIPT)
OTHER_ITEM = b"something else"


class Shape(NamedTuple):
    """How many items each side gives, what tokens are asked, and whether digests are known before."""

    left: int
    right: int
    fairness: Fairness = Fairness.WEAK
    security: tuple[str, ...] = TOKENS
    fixed: bool = True


class Moment(NamedTuple):
    """A state of the whole: the honest seats, and every message that they sent."""

    seats: tuple[Swapped, ...]
    sent: frozenset[bytes]


@dataclass
class SwapExplorer:
    """Breadth first over all moments of one swap; `honest`: the roles that run the shipping code."""

    shape: Shape
    honest: tuple[Role, ...]
    states: int = 0
    transitions: int = 0
    came: Came[Moment] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.items = {role: _items(role, count) for role, count in zip(Role, self.shape[:2], strict=True)}
        self.transfers = {role: self._transfers(role, b"D" * 32) for role in Role}
        self.contexts = tuple(self._joined(role) for role in self.honest)

    def run(self) -> SwapExplorer:
        """Explore to the end. Raises Violation at the first moment at which an honest party came to harm."""
        start = Moment(tuple(Swapped() for _ in self.honest), frozenset())
        self.transitions = explore(start, self.came, self.check, self.successors)
        self.states = len(self.came)
        return self

    # --- what can happen

    def successors(self, moment: Moment) -> Iterator[tuple[str, Moment]]:
        known = self.known(moment.sent)
        for index, context in enumerate(self.contexts):
            state = moment.seats[index]
            for event, now in product(self.events(context, state, known), (START, T2 + 1)):
                after = self.step(context, state, event, now)
                if after != state:
                    seats = (*moment.seats[:index], after, *moment.seats[index + 1 :])
                    yield f"{context.role.value} {type(event).__name__}", moment._replace(seats=seats)
            restarted = Swapped.decode(encode(state))
            for effect in two_transfers.owed(context, restarted):
                if isinstance(effect, Send) and effect.message not in moment.sent:
                    yield f"{context.role.value} sends", moment._replace(sent=moment.sent | {effect.message})

    def events(self, context: Swap, state: Swapped, known: frozenset[bytes]) -> Iterator[Event]:
        yield from (Tick(), Withdraw())
        yield from (Received(message) for message in known)
        if state.phase is Phase.START and context.role is Role.INITIATOR:
            yield Begin(self.items[context.role])
        if any(isinstance(effect, Review) for effect in two_transfers.owed(context, state)):
            yield Consent(self.items[context.role])

    def step(self, context: Swap, state: Swapped, event: Event, now: int) -> Swapped:
        try:
            return two_transfers.step(context, state, event, now)[0]
        except SemperError:
            return state

    def known(self, sent: frozenset[bytes]) -> frozenset[bytes]:
        """Return all that the adversary can say."""
        parcels = [parcel for message in sent for parcel in Handed.decode(message).parcels]
        receipts = [receipt for message in sent for receipt in Handed.decode(message).receipts]
        known = set(sent)
        known |= {handed(p, r) for p in _parts(parcels) for r in _parts(receipts)}
        for role in Role:
            if role not in self.honest:
                signed = self.receipts(role, parcels)
                known |= {handed(p, r) for p in self.said(role, parcels) for r in _chosen(signed)}
        return frozenset(known)

    # --- what the adversary signs

    def said(self, role: Role, heard: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
        """Its parcels: some or all, in any order, one twice; or all, with a false one in one place."""
        right = self._given(role, self.transfers[role])
        yield from _chosen(right)
        for at, each in enumerate(self.transfers[role]):
            for false in (*self._false(role, each, at), *heard):
                yield (*right[:at], false, *right[at + 1 :])

    def receipts(self, role: Role, parcels: Sequence[bytes]) -> list[bytes]:
        """Its receipts for each parcel of the other side that it has seen."""
        other = next(each for each in Role if each is not role)
        found = []
        for each, parcel in product(self.transfers[other], parcels):
            try:
                taken = transfer.take(each, _crypto(role), parcel)
            except SemperError:
                continue
            found += [] if taken.receipt is None else [taken.receipt]
        return found

    def _false(self, role: Role, each: Transfer, at: int) -> Iterator[bytes]:
        """Another item under its own signature, no signature, and the right item in another deal."""
        name, crypto = transfer.name_of(each), _crypto(role)
        said = encode(Origin(name, digest(OTHER_ITEM)))
        yield encode(Parcel(name, OTHER_ITEM, crypto.sign(said, transfer.ORIGIN_KIND)))
        yield encode(Parcel(name, self.items[role][at]))
        yield self._given(role, self._transfers(role, b"E" * 32))[at]

    def _given(self, role: Role, among: Sequence[Transfer]) -> tuple[bytes, ...]:
        pairs = zip(among, self.items[role], strict=True)
        return tuple(transfer.give(each, _crypto(role), item) for each, item in pairs)

    # --- what must hold

    def check(self, moment: Moment) -> None:
        for context, state in zip(self.contexts, moment.seats, strict=True):
            wrong = next(self.harm(context, state), "")
            if wrong:
                raise Violation(f"{context.role.value} {wrong}: {' / '.join(self.path(moment))}")
        outcomes = dict(zip(self.honest, moment.seats, strict=True))
        if len(outcomes) == 2 and outcomes[Role.INITIATOR].outcome == DONE != outcomes[Role.RESPONDER].outcome:
            raise Violation(f"the initiator has what the responder did not give: {' / '.join(self.path(moment))}")

    def harm(self, context: Swap, state: Swapped) -> Iterator[str]:
        """Yield what is wrong for one honest side."""
        gains = [(token.name, token.data) for token in state.gains]
        had = [data for name, data in gains if name == ITEM]
        receipts = [data for name, data in gains if name == RECEIPT_TOKEN]
        other = next(each for each in Role if each is not context.role)
        whole = len(had) == len(self.items[other]) and (not self.shape.fixed or tuple(had) == self.items[other])
        if bool(had) != (state.outcome == DONE) or (had and not whole):
            yield "took a part, or something else"
        if state.given and context.role is Role.RESPONDER and not whole:
            yield "gave before it had everything"
        spoken = [Handed.decode(each) for each in (state.said, state.last) if each]
        if any(each.receipts for each in spoken) and not whole:
            yield "signed for what it does not have"
        asked = self.shape.fairness is Fairness.WEAK
        if asked and context.role is Role.INITIATOR and state.outcome == DONE and len(receipts) != len(context.ours):
            yield "ended without the receipts"
        yield from self._sworn(context, state, [data for name, data in gains if name == AFFIDAVIT])

    def _sworn(self, context: Swap, state: Swapped, sworn: list[bytes]) -> Iterator[str]:
        """Who gave in vain under weak fairness has an affidavit an item, which a stranger can check; else nobody."""
        vain = state.given and state.phase is Phase.FINISHED and state.outcome != DONE
        if len(sworn) != (len(context.ours) if vain and self.shape.fairness is Fairness.WEAK else 0):
            yield "has too few affidavits, or too many"
        for each, said in zip(context.ours, map(Affidavit.decode, sworn), strict=False):
            witness(each, crypto_of("stranger"), said.parcel)
            if said.transfer != transfer.name_of(each):
                yield "swears to something else"

    def path(self, moment: Moment) -> list[str]:
        return way_to(moment, self.came)

    @cached_property
    def finished(self) -> list[Moment]:
        """The moments at which every honest side is done with it."""
        return [each for each in self.came if all(seat.phase is Phase.FINISHED for seat in each.seats)]

    def _joined(self, role: Role) -> Swap:
        first, second = (self.transfers[each] for each in Role)
        return two_transfers.join(first, second, role, _crypto(role), T2, self.shape.fairness)[0]

    def _transfers(self, role: Role, deal: bytes) -> tuple[Transfer, ...]:
        giver, taker = (party_of(NAMES[each]) for each in sorted(Role, key=lambda each: each is not role))
        return tuple(
            transfer.make_transfer(
                deal=deal, step="swap", sender=giver, recipient=taker, nonce=b"n" * 16, security=self.shape.security,
                item=ItemRef("statement", f"item-{at}", digest(item) if self.shape.fixed else b""),
            )
            for at, item in enumerate(self.items[role])
        )  # fmt: skip


def _items(role: Role, count: int) -> tuple[bytes, ...]:
    return tuple(f"{role.value}'s item {at}".encode() for at in range(count))


def _crypto(role: Role) -> Crypto:
    return crypto_of(NAMES[role])


def _parts(several: list[bytes]) -> list[tuple[bytes, ...]]:
    """Nothing, all of it, and each alone."""
    return list(dict.fromkeys([(), tuple(several), *((each,) for each in several)]))


def _chosen(several: Sequence[bytes]) -> Iterator[tuple[bytes, ...]]:
    """Some or all of these, in any order and any of them twice; and all, with one more."""
    for count in range(len(several) + 1):
        yield from product(several, repeat=count)
    if several:
        yield (*several, several[0])

"""An exchange by two transfers as a stranger sees it: parcels, tokens of origin, receipts, and what was paid. Pure.

    1  the initiator's parcels   2  the responder's parcels, with its receipts for 1   3  the initiator's receipts for 2

Nobody completes what stops midway. What the record shows is the affidavit that an arbiter weighs: who gave what, under
its own token of origin; who signed that it came; and what did not come back for it. Of a package that is said of each
item.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from semper_host.commerce.evidence_items import BANK, WORDS
from semper_host.commerce.evidence_parcels import Shown
from semper_host.commerce.evidence_proved import OPEN, ItemProved, Proof, StepProved
from semper_host.commerce.evidence_watch import Watcher
from semper_host.commerce.projection import StepSpec
from semper_host.commerce.swap_money import name_for, paid_by
from semper_host.commerce.terms_model import Section
from semper_host.exchange import transfer as transfers
from semper_host.exchange.items import ItemRef
from semper_host.exchange.primitives import digest
from semper_host.exchange.state import CALLED_OFF, DONE, Role
from semper_host.exchange.transfer_looking import witness
from semper_host.exchange.two_transfers import Affidavit, Handed
from semper_host.model.errors import PeerDeviated
from semper_host.model.holds import CAPTURED, HELD, RELEASED, VOIDED, Held, Settlement
from semper_host.model.security import Fairness
from semper_host.supporting.cryptographic import cose

Parcels = tuple[bytes, ...]
Place = tuple[Role, int]
"""Who gives an item, and which of its items it is, counted from 0."""


def begins(spec: StepSpec, body: bytes) -> bool:
    """Say whether a message hands something over. Raises SemperError where it is no message."""
    return bool(Handed.decode(body).parcels)


def begin(watcher: Watcher, spec: StepSpec, by: str, body: bytes) -> tuple[Swap, str]:
    """Return the exchange that the initiator's parcels begin. Raises SemperError where it is not what was agreed."""
    seen = Swap(watcher, spec)
    return seen, seen.message(by, body)


def unsaid(spec: StepSpec) -> str:
    """Who would not begin, or waited in vain, says nothing."""
    return CALLED_OFF


@dataclass
class Swap:
    """Two transfers so far. `shown`: what was given and signed for; `ended`: the end of held money, by who paid it."""

    watcher: Watcher
    spec: StepSpec
    ended: dict[Role, tuple[str, int]] = field(default_factory=dict)
    messages: dict[int, bytes] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)
    sworn: bool = False
    outcome: str = OPEN

    @cached_property
    def shown(self) -> Shown:
        """What the record shows of parcels and receipts."""
        return Shown(self.watcher, self.spec, self.sides)

    @property
    def names(self) -> tuple[bytes, ...]:
        """Nothing: the links of two transfers carry no name."""
        return ()

    @property
    def sides(self) -> tuple[str, str]:
        """Initiator and responder, each by its side."""
        both = (self.watcher.side, self.watcher.peer)
        return both if self._role is Role.INITIATOR else both[::-1]

    def message(self, by: str, body: bytes) -> str:
        """Take parcels, receipts or both. Raises SemperError where they are not what was agreed."""
        handed, giver = Handed.decode(body), Role.INITIATOR if by == self.sides[0] else Role.RESPONDER
        number = 2 if giver is Role.RESPONDER else 1 if handed.parcels else 3
        if self.messages.get(number, digest(body)) != digest(body):
            self.doubled.add(by)
            self.shown.another(giver, handed.parcels)
            message = f"cannot accept message {number}: its sender signed two different ones"
            raise PeerDeviated("PEER_DEVIATED", message)
        if handed.receipts or number > 1:
            self.shown.receipted(giver, handed.receipts)
        if number < 3:
            self.shown.parcelled(giver, handed.parcels)
        self.messages[number] = digest(body)
        self._conclude()
        return f"message {number}"

    def proof(self, body: bytes) -> tuple[str, str]:
        """Take a payment system's record of the money that one of the parcels handed over."""
        kind, _, signer, _ = cose.peek(body)
        for giver in Role:
            paid = paid_by(self.watcher.plan, self.spec, giver)
            if paid is None or kind not in (CAPTURED, VOIDED, RELEASED, HELD):
                continue
            if signer != paid.payee.system:  # of money for money each amount may lie at a bank of its own
                continue
            payload = self.watcher.plan.crypto.open(body, kind, paid.payee.system)
            said = Held.decode(payload) if kind == HELD else Settlement.decode(payload)
            if said.label != name_for(self.watcher.plan, self.spec, giver):
                continue
            if isinstance(said, Settlement):
                self._settled(giver, kind, said)
            return kind, BANK
        raise PeerDeviated("HOLD_INVALID", f"cannot use a record of kind {kind!r} here: it is for another payment")

    def answer(self, body: bytes) -> str:
        """No trustee takes part."""
        raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot use the answer: no trustee decides step {self.spec.name}")

    def conviction(self, body: bytes) -> bool:
        """Take the exporter's affidavit, if it is about this step. Raises PeerDeviated where the record differs."""
        said = Affidavit.decode(body)
        pairs = zip(self._transfers(self._role), self.shown.ours(self._role), strict=False)
        ours = next((transfer for transfer, parcel in pairs if parcel == said.parcel), None)
        if ours is None:
            return False
        witnessed = witness(ours, self.watcher.plan.crypto, said.parcel)
        names = (transfers.name_of(ours), transfers.name_of(witnessed))  # before and after the parcel fixed the item
        if said.transfer not in names or self.outcome == DONE:  # what came and was refused, or came late, is nothing
            message = "cannot use the affidavit: the record says otherwise"
            raise PeerDeviated("EVIDENCE_INVALID", message)
        self.sworn = True
        return True

    def silently(self) -> str:
        """Who waited in vain says nothing; nor who takes what comes late for nothing."""
        done = self.shown.given if self._role is Role.RESPONDER else self.shown.signed
        return "" if done(Role.RESPONDER) else CALLED_OFF

    def missed(self) -> str:
        """Return for people what is missing though something was given."""
        for item in self.items:
            if item.false:
                what = "the keys do not open the goods" if item.form == "information" else "what came is worth nothing"
                return f"{what}: the {item.giver}'s own token of origin proves it"
        paid = [item for item in self.items if item.amount is not None]
        if any(item.ended == "voided" and item.given for item in paid):
            return "the held money had gone back before it was collected"
        if self.outcome == DONE and any(not item.ended for item in paid):
            return "the record does not show that the held money was collected"
        return ""

    def why(self) -> str:
        """Nobody signs a reason."""
        return ""

    @property
    def items(self) -> tuple[ItemProved, ...]:
        """What the record says of each item."""
        stake = self.watcher.plan.stakes[self.spec.step]
        lefts = [self._item(Role.INITIATOR, at, item) for at, item in enumerate(stake.left)]
        return (*lefts, *(self._item(Role.RESPONDER, at, item) for at, item in enumerate(stake.right)))

    def _item(self, giver: Role, at: int, item: ItemRef) -> ItemProved:
        by, to = self.sides if giver is Role.INITIATOR else self.sides[::-1]
        ended, when = self.ended.get(giver, ("", None)) if item.amount is not None else ("", None)
        asked, given = transfers.asks_receipt(self._transfers(giver)[at]), (giver, at) in self.shown.parcels
        return ItemProved(
            giver=by, taker=to, family=item.family, kind=item.kind, form=self._form(giver, at, item),
            promised=given, given=given, ended=WORDS.get(ended, ""), at=when, amount=item.amount,
            false=(giver, at) in self.shown.false, receipted=(giver, at) in self.shown.receipts if asked else None,
        )  # fmt: skip

    def proved(self, proofs: tuple[Proof, ...]) -> StepProved:
        """Return what the record proves of it."""
        items = self.items
        money = next((each for each in items if each.amount is not None), None)
        return StepProved(
            name=self.spec.name,
            kind="two transfers",
            outcome=self.outcome,
            label=b"",
            proofs=proofs,
            initiator=self.sides[0],
            messages=tuple(sorted(self.messages.items())),
            items=items,
            amount=None if money is None else money.amount,
            money="" if money is None else money.ended or ("held" if money.promised else "none"),
            money_at=None if money is None else money.at,
            contradictions=tuple(sorted(self.doubled)),
            fair=str(self.spec.fair or Fairness.NONE),
            words=tuple(self._words()),
        )

    def _form(self, giver: Role, at: int, item: ItemRef) -> str:
        named = self.shown.named(giver)
        information = bool(named) and named[at].family is Section.INFO
        return "held" if item.amount is not None else "information" if information else "parcel"

    @property
    def _role(self) -> Role:
        return self.watcher.plan.role_in(self.spec)

    def _transfers(self, giver: Role) -> tuple[transfers.Transfer, ...]:
        return self.shown.transfers(giver)

    def _settled(self, giver: Role, kind: str, said: Settlement) -> None:
        before = self.ended.get(giver)
        if before is not None and (before[0] == VOIDED) != (kind == VOIDED):
            self.doubled.add(BANK)
        self.ended.setdefault(giver, (kind, said.at))

    def _conclude(self) -> None:
        """The responder is done with its answer, the initiator with it too: its receipts show that it came in time."""
        asked = any(map(transfers.asks_receipt, self._transfers(Role.RESPONDER)))
        initiating = self._role is Role.INITIATOR
        signed = not initiating or not asked or self.shown.signed(Role.RESPONDER)
        if self.shown.given(Role.RESPONDER) and signed:
            self.outcome = DONE

    def _words(self) -> Iterator[str]:
        stake = self.watcher.plan.stakes[self.spec.step]
        places = [(Role.INITIATOR, at) for at in range(len(stake.left))]
        places += [(Role.RESPONDER, at) for at in range(len(stake.right))]
        for place, item in zip(places, self.items, strict=True):
            what = item.kind if item.amount is None else f"the right to collect {item.amount}"
            if item.given:
                yield f"The {item.giver} signed that it gives {what}."
            if place in self.shown.receipts:
                yield f"The {item.taker} signed that it was {self.shown.receipts[place]}."
        if self.sworn:
            yield f"The {self.watcher.side} declares that it got nothing for it."

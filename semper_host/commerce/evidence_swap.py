"""An exchange by two transfers as a stranger sees it: parcels, tokens of origin, receipts, and what was paid. Pure.

    1  the initiator's parcel     2  the responder's parcel, with its receipt for 1     3  the initiator's receipt for 2

Nobody completes what stops midway. What the record shows is the affidavit that an arbiter weighs: who gave what, under
its own token of origin; who signed that it came; and what did not come back for it.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace

import msgspec

from semper_host.commerce.evidence_items import BANK, WORDS
from semper_host.commerce.evidence_proved import OPEN, ItemProved, Proof, StepProved
from semper_host.commerce.evidence_watch import Watcher
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import Part, StepSpec
from semper_host.commerce.swap_money import check_payment, name_for, paid_by
from semper_host.commerce.terms_model import Section
from semper_host.commerce.worth import fault
from semper_host.exchange import transfer as transfers
from semper_host.exchange.items import ItemRef
from semper_host.exchange.primitives import digest
from semper_host.exchange.state import CALLED_OFF, DONE, Role
from semper_host.exchange.transfer import Parcel
from semper_host.exchange.transfer_looking import witness, witness_receipt
from semper_host.exchange.two_transfers import Affidavit, Handed
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.model.holds import CAPTURED, HELD, RELEASED, VOIDED, Held, Settlement
from semper_host.model.security import Fairness
from semper_host.supporting.cryptographic import cose


def begins(spec: StepSpec, body: bytes) -> bool:
    """Say whether a message hands something over. Raises SemperError where it is no message."""
    return bool(Handed.decode(body).parcel)


def begin(watcher: Watcher, spec: StepSpec, by: str, body: bytes) -> tuple[Swap, str]:
    """Return the exchange that the initiator's parcel begins. Raises SemperError where it is not what was agreed."""
    seen = Swap(watcher, spec)
    return seen, seen.message(by, body)


def unsaid(spec: StepSpec) -> str:
    """Who would not begin, or waited in vain, says nothing."""
    return CALLED_OFF


@dataclass
class Swap:
    """Two transfers so far. `parcels`, `receipts` and `ended` are by who gives: the initiator, the responder."""

    watcher: Watcher
    spec: StepSpec
    parcels: dict[Role, bytes] = field(default_factory=dict)
    others: dict[Role, list[bytes]] = field(default_factory=dict)  # more parcels, which their taker may have preferred
    receipts: dict[Role, str] = field(default_factory=dict)
    ended: dict[Role, tuple[str, int]] = field(default_factory=dict)
    messages: dict[int, bytes] = field(default_factory=dict)
    doubled: set[str] = field(default_factory=set)
    false: set[Role] = field(default_factory=set)
    sworn: bool = False
    outcome: str = OPEN

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
        """Take a parcel, a receipt or both. Raises SemperError where they are not what was agreed."""
        handed, giver = Handed.decode(body), Role.INITIATOR if by == self.sides[0] else Role.RESPONDER
        number = 2 if giver is Role.RESPONDER else 1 if handed.parcel else 3
        if self.messages.get(number, digest(body)) != digest(body):
            self.doubled.add(by)
            if handed.parcel and self._fits(giver, handed.parcel):
                self.others.setdefault(giver, []).append(handed.parcel)
            message = f"cannot accept message {number}: its sender signed two different ones"
            raise PeerDeviated("PEER_DEVIATED", message)
        if handed.receipt or number > 1:
            self._receipt(giver, handed.receipt)
        if number < 3:
            self._parcel(giver, handed.parcel)
        self.messages[number] = digest(body)
        self._conclude()
        return f"message {number}"

    def proof(self, body: bytes) -> tuple[str, str]:
        """Take a payment system's record of the money that one of the parcels handed over."""
        kind = cose.peek(body).kind
        for giver in Role:
            paid = paid_by(self.watcher.plan, self.spec, giver)
            if paid is None or kind not in (CAPTURED, VOIDED, RELEASED, HELD):
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
        said, ours = Affidavit.decode(body), self._transfer(self._role)
        parcel = self.parcels.get(self._role, b"")
        if not parcel or said.parcel != parcel:
            return False
        witnessed = witness(ours, self.watcher.plan.crypto, parcel)
        names = (transfers.name_of(ours), transfers.name_of(witnessed))  # before and after the parcel fixed the item
        if said.transfer not in names or self.outcome == DONE:  # what came and was refused, or came late, is nothing
            message = "cannot use the affidavit: the record says otherwise"
            raise PeerDeviated("EVIDENCE_INVALID", message)
        self.sworn = True
        return True

    def silently(self) -> str:
        """Who waited in vain says nothing; nor who takes what comes late for nothing."""
        done = Role.RESPONDER in self.parcels if self._role is Role.RESPONDER else Role.RESPONDER in self.receipts
        return "" if done else CALLED_OFF

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
        found = []
        for giver, item in ((Role.INITIATOR, stake.left[0]), (Role.RESPONDER, stake.right[0])):
            by, to = self.sides if giver is Role.INITIATOR else self.sides[::-1]
            ended, at = self.ended.get(giver, ("", None))
            asked = transfers.asks_receipt(self._transfer(giver))
            found.append(
                ItemProved(
                    giver=by, taker=to, family=item.family, kind=item.kind,
                    form=self._form(giver, item),
                    promised=giver in self.parcels, given=giver in self.parcels, ended=WORDS.get(ended, ""), at=at,
                    amount=item.amount, false=giver in self.false, receipted=giver in self.receipts if asked else None,
                )
            )  # fmt: skip
        return tuple(found)

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
            words=tuple(self._words(items)),
        )

    def _form(self, giver: Role, item: ItemRef) -> str:
        named = self.spec.gives if giver is self._role else self.spec.gets
        information = bool(named) and named[0].family is Section.INFO
        return "held" if item.amount is not None else "information" if information else "parcel"

    @property
    def _role(self) -> Role:
        return self.watcher.plan.role_in(self.spec)

    def _transfer(self, giver: Role) -> transfers.Transfer:
        return self.watcher.plan.swap(self.spec)[0 if giver is Role.INITIATOR else 1]

    def _parcel(self, giver: Role, parcel: bytes) -> None:
        self._check(giver, parcel)
        self.parcels[giver] = parcel
        (self.false.discard if self._worthy(giver, parcel) else self.false.add)(giver)

    def _check(self, giver: Role, parcel: bytes) -> None:
        """Require a parcel that its taker may take. What depends on the moment, only that one knows."""
        plan = self.watcher.plan
        witness(self._transfer(giver), plan.crypto, parcel)
        taker = plan if giver is not self._role else _mirrored(plan)
        check_payment(taker, self.spec if taker is plan else _mirrored_spec(self.spec), parcel, 0)

    def _fits(self, giver: Role, parcel: bytes) -> bool:
        try:
            self._check(giver, parcel)
        except SemperError:
            return False
        return True

    def _worthy(self, giver: Role, parcel: bytes) -> bool:
        """Whether a parcel hands over what was agreed on, as far as its digest did not fix that."""
        named = self.spec.gives if giver is self._role else self.spec.gets
        by = self.sides[0] if giver is Role.INITIATOR else self.sides[1]
        promise = self.watcher.promises.get((by, str(named[0]))) if named else None
        return promise is None or not fault(promise, Parcel.decode(parcel).body)

    def _receipt(self, taker: Role, receipt: bytes) -> None:
        """The receipt of `taker` for the other's parcel, where one is asked; it counts even if it comes alone."""
        giver = Role.RESPONDER if taker is Role.INITIATOR else Role.INITIATOR
        transfer = self._transfer(giver)
        if giver not in self.parcels or bool(receipt) != transfers.asks_receipt(transfer):
            raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot accept it: no receipt is due, or one is missing")
        if receipt:
            self._prefer(giver, receipt)
            said = witness_receipt(transfer, self.watcher.plan.crypto, self.parcels[giver], receipt)
            self.receipts[giver] = said

    def _prefer(self, giver: Role, receipt: bytes) -> None:
        """Where its giver signed several parcels, the exporter's own receipt says which one it took."""
        ours = giver is not self._role and giver not in self.receipts
        for parcel in self.others.get(giver, ()) if ours else ():
            with suppress(SemperError):
                witness_receipt(self._transfer(giver), self.watcher.plan.crypto, parcel, receipt)
                self._parcel(giver, parcel)

    def _settled(self, giver: Role, kind: str, said: Settlement) -> None:
        before = self.ended.get(giver)
        if before is not None and (before[0] == VOIDED) != (kind == VOIDED):
            self.doubled.add(BANK)
        self.ended.setdefault(giver, (kind, said.at))

    def _conclude(self) -> None:
        """The responder is done with its answer, the initiator with it too: its receipt shows that it came in time."""
        asked = transfers.asks_receipt(self._transfer(Role.RESPONDER))
        initiating = self._role is Role.INITIATOR
        if Role.RESPONDER in self.parcels and (not initiating or not asked or Role.RESPONDER in self.receipts):
            self.outcome = DONE

    def _words(self, items: tuple[ItemProved, ...]) -> list[str]:
        found = []
        for giver, item in zip((Role.INITIATOR, Role.RESPONDER), items, strict=True):
            what = item.kind if item.amount is None else f"the right to collect {item.amount}"
            if item.given:
                found.append(f"The {item.giver} signed that it gives {what}.")
            if giver in self.receipts:
                found.append(f"The {item.taker} signed that it was {self.receipts[giver]}.")
        if self.sworn:
            found.append(f"The {self.watcher.side} declares that it got nothing for it.")
        return found


def _mirrored(plan: Plan) -> Plan:
    """Return the plan of the other side, as far as two transfers need it."""
    return replace(plan, me=plan.peer, peer=plan.me, my_nonce=plan.peer_nonce, peer_nonce=plan.my_nonce)


def _mirrored_spec(spec: StepSpec) -> StepSpec:
    part = Part.RESPOND if spec.part is Part.INITIATE else Part.INITIATE
    return msgspec.structs.replace(spec, part=part, gives=spec.gets, gets=spec.gives)

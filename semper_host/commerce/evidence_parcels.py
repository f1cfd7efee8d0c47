"""What a record shows of two transfers: which parcels came, if they are worth what was agreed, who signed for them.

A message with a part of a package, or in another order, is refused as a whole, by its taker and here: nothing was
given by it. The receipts in it count: its sender has what it signed for.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field, replace

import msgspec

from semper_host.commerce.evidence_watch import Watcher
from semper_host.commerce.plan import Plan
from semper_host.commerce.projection import Part, StepSpec
from semper_host.commerce.swap_money import check_payment, place_of_money
from semper_host.commerce.terms_model import ItemName
from semper_host.commerce.worth import fault
from semper_host.exchange.state import Role
from semper_host.exchange.transfer import Parcel, Transfer, asks_receipt
from semper_host.exchange.transfer_looking import witness, witness_receipt
from semper_host.model.errors import PeerDeviated, SemperError

Parcels = tuple[bytes, ...]
Place = tuple[Role, int]
"""Who gives an item, and which of its items it is, counted from 0."""


@dataclass
class Shown:
    """Parcels, receipts and what is false, by place; `others`: more parcels, which their taker may have preferred.

    `sides`: which side is the initiator, and which the responder.
    """

    watcher: Watcher
    spec: StepSpec
    sides: tuple[str, str]
    parcels: dict[Place, bytes] = field(default_factory=dict)
    others: dict[Role, list[Parcels]] = field(default_factory=dict)
    receipts: dict[Place, str] = field(default_factory=dict)
    false: set[Place] = field(default_factory=set)

    def transfers(self, giver: Role) -> tuple[Transfer, ...]:
        """Return the transfers in which `giver` gives, one an item."""
        return self.watcher.plan.swap(self.spec)[0 if giver is Role.INITIATOR else 1]

    def named(self, giver: Role) -> tuple[ItemName, ...]:
        """Return what the terms call the items that `giver` gives."""
        return self.spec.gives if giver is self._role else self.spec.gets

    def ours(self, giver: Role) -> Parcels:
        """Return the parcels of `giver`, in the order of its items; () where some are missing."""
        return tuple(self.parcels[giver, at] for at in range(len(self.transfers(giver)))) if self.given(giver) else ()

    def given(self, giver: Role) -> bool:
        """Say whether all of its items were given."""
        return all((giver, at) in self.parcels for at in range(len(self.transfers(giver))))

    def signed(self, giver: Role) -> bool:
        """Say whether all of its items were signed for."""
        return all((giver, at) in self.receipts for at in range(len(self.transfers(giver))))

    def another(self, giver: Role, parcels: Parcels) -> None:
        """Note other parcels than those that came before, if they are all, each in its place."""
        whole = len(parcels) == len(self.transfers(giver))
        if whole and all(self._fits(giver, at, parcel) for at, parcel in enumerate(parcels)):
            self.others.setdefault(giver, []).append(parcels)

    def parcelled(self, giver: Role, parcels: Parcels) -> None:
        """Take the parcels of a message: all of them, each in its place. Raises PeerDeviated; then none was given."""
        count = len(self.transfers(giver))
        if len(parcels) != count:
            raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot accept it: {len(parcels)} of {count} parcels came")
        for at, parcel in enumerate(parcels):
            self._check(giver, at, parcel)
        for at, parcel in enumerate(parcels):
            self._keep(giver, at, parcel)

    def receipted(self, taker: Role, receipts: tuple[bytes, ...]) -> None:
        """The receipts of `taker` for the other's parcels, where they are asked; they count even if they come alone."""
        giver = Role.RESPONDER if taker is Role.INITIATOR else Role.INITIATOR
        asked = [at for at, each in enumerate(self.transfers(giver)) if asks_receipt(each)]
        if not self.given(giver) or bool(receipts) != bool(asked):
            raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot accept it: no receipt is due, or one is missing")
        if len(receipts) == len(asked):
            self._prefer(giver, asked, receipts)
            self.receipts |= self._said(giver, asked, receipts)
            return
        for receipt in receipts:  # of some only: which of the items its sender signed for
            for at in asked:
                with suppress(SemperError):
                    self.receipts |= self._said(giver, [at], (receipt,))
        raise PeerDeviated("MESSAGE_UNEXPECTED", f"cannot accept it: {len(receipts)} of {len(asked)} receipts came")

    def _keep(self, giver: Role, at: int, parcel: bytes) -> None:
        self.parcels[giver, at] = parcel
        (self.false.discard if self._worthy(giver, at, parcel) else self.false.add)((giver, at))

    def _check(self, giver: Role, at: int, parcel: bytes) -> None:
        """Require a parcel that its taker may take. What depends on the moment, only that one knows."""
        plan = self.watcher.plan
        witness(self.transfers(giver)[at], plan.crypto, parcel)
        if at == place_of_money(plan, self.spec, giver):
            taker = plan if giver is not self._role else _mirrored(plan)
            check_payment(taker, self.spec if taker is plan else _mirrored_spec(self.spec), parcel, 0)

    def _fits(self, giver: Role, at: int, parcel: bytes) -> bool:
        try:
            self._check(giver, at, parcel)
        except SemperError:
            return False
        return True

    def _worthy(self, giver: Role, at: int, parcel: bytes) -> bool:
        """Whether a parcel hands over what was agreed on, as far as its digest did not fix that."""
        named = self.named(giver)
        by = self.sides[0] if giver is Role.INITIATOR else self.sides[1]
        promise = self.watcher.promises.get((by, str(named[at]))) if named else None
        return promise is None or not fault(promise, Parcel.decode(parcel).body)

    def _said(self, giver: Role, places: list[int], receipts: tuple[bytes, ...]) -> dict[Place, str]:
        """Return what receipts say of the parcels in these places. Raises PeerDeviated for one that fits nothing."""
        crypto, asked = self.watcher.plan.crypto, self.transfers(giver)
        return {
            (giver, at): witness_receipt(asked[at], crypto, self.parcels[giver, at], receipt)
            for at, receipt in zip(places, receipts, strict=True)
        }

    def _prefer(self, giver: Role, asked: list[int], receipts: tuple[bytes, ...]) -> None:
        """Where its giver signed several messages, the exporter's own receipts say which one it took."""
        ours = giver is not self._role and (giver, asked[0]) not in self.receipts if asked else False
        for parcels in self.others.get(giver, ()) if ours else ():
            with suppress(SemperError):
                for at, receipt in zip(asked, receipts, strict=True):
                    witness_receipt(self.transfers(giver)[at], self.watcher.plan.crypto, parcels[at], receipt)
                self.parcelled(giver, parcels)

    @property
    def _role(self) -> Role:
        return self.watcher.plan.role_in(self.spec)


def _mirrored(plan: Plan) -> Plan:
    """Return the plan of the other side, as far as two transfers need it."""
    return replace(plan, me=plan.peer, peer=plan.me, my_nonce=plan.peer_nonce, peer_nonce=plan.my_nonce)


def _mirrored_spec(spec: StepSpec) -> StepSpec:
    part = Part.RESPOND if spec.part is Part.INITIATE else Part.INITIATE
    return msgspec.structs.replace(spec, part=part, gives=spec.gets, gets=spec.gives)

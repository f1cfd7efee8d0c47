"""What does not change during a deal: the terms as one role sees them, both sides' keys, and the items at stake."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

from msgspec.structs import replace

from semper_host.commerce.agreement import MOST_SKEW
from semper_host.commerce.projection import Automaton, Part, StepSpec
from semper_host.commerce.terms_model import Decide, Section
from semper_host.commerce.worst_case import HELD_BEYOND, HOLD_SLACK
from semper_host.exchange.items import HoldTerms, ItemRef, Party, Status
from semper_host.exchange.labels import Label, make_label
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.state import Role
from semper_host.exchange.transfer import ORIGIN, RECEIPT, Transfer, make_transfer
from semper_host.model.errors import AdmissionRefused, PeerDeviated
from semper_host.model.items import Family
from semper_host.model.security import Fairness

__all__ = ["HOLD_SLACK", "Paid", "Payee", "Plan", "Stake", "check_runnable"]


class Payee(NamedTuple):
    """Where money is held and whom it is for: the payment system's signing key, and the payee's account there."""

    system: bytes
    account: str


class Paid(NamedTuple):
    """An amount in an exchange, and where it goes."""

    item: ItemRef
    payee: Payee


@dataclass(frozen=True, slots=True)
class Stake:
    """What one exchange is about: the initiator's items, the responder's, and a payee for each amount among them.

    The items are as the label names them, but for the status index of the initiator's credentials, which its issuer
    chooses when the exchange begins. Of an exchange by two transfers they are as the transfers name them.
    """

    left: tuple[ItemRef, ...]
    right: tuple[ItemRef, ...]
    payees: tuple[Payee, ...] = ()

    @property
    def items(self) -> tuple[ItemRef, ...]:
        """All items, the initiator's first."""
        return (*self.left, *self.right)

    @property
    def paid(self) -> tuple[Paid, ...]:
        """The amounts and where they go, in the order of the label's holds."""
        amounts = (item for item in self.items if item.family == Family.MONEY)
        return tuple(Paid(item, payee) for item, payee in zip(amounts, self.payees, strict=True))

    @property
    def system(self) -> bytes:
        """The first payment system's signing key; b"" where nothing is paid."""
        return self.payees[0].system if self.payees else b""


@dataclass(frozen=True, slots=True)
class Plan:
    """One party's constant view of one deal. `stakes` names, for each exchange step of the terms, what it is about.

    `handed` does so for each transfer step; its digest is b"" where only the giver knows what it will give.
    """

    automaton: Automaton
    deal: bytes
    me: Party
    peer: Party
    trustee: Party
    crypto: Crypto
    stakes: Mapping[str, Stake]
    my_nonce: bytes
    peer_nonce: bytes
    handed: Mapping[str, ItemRef] = field(default_factory=dict)

    def role_in(self, spec: StepSpec) -> Role:
        """Return which side of the exchange we are."""
        return Role.INITIATOR if spec.part is Part.INITIATE else Role.RESPONDER

    def label(self, spec: StepSpec, t2: int, t_resolve: int, indices: Sequence[int | None] = ()) -> Label:
        """Return the label that this deal's exchange has with these deadlines, the same on both sides.

        `indices`: the place of each of the initiator's credentials in its issuer's status list, in their order (None:
        in none); left out, what was agreed on.
        """
        stake = self.stakes[spec.step]
        first = self.role_in(spec) is Role.INITIATOR
        lefts = tuple(_indexed(stake.left, indices))
        expiry = t_resolve + HELD_BEYOND
        holds = tuple(
            HoldTerms(paid.payee.system, paid.payee.account, paid.item.amount, expiry)
            for paid in stake.paid
            if paid.item.amount is not None
        )
        return make_label(
            deal=self.deal,
            step=spec.step,
            iteration=spec.iteration,
            kind=spec.kind,
            initiator=self.me if first else self.peer,
            responder=self.peer if first else self.me,
            trustee=self.trustee,
            left=lefts[0],
            right=stake.right[0],
            holds=holds,
            t2=t2,
            t_resolve=t_resolve,
            nonce_a=self.my_nonce if first else self.peer_nonce,
            nonce_b=self.peer_nonce if first else self.my_nonce,
            and_left=lefts[1:] or None,
            and_right=stake.right[1:] or None,
        )

    def opening_label(self, spec: StepSpec, now: int, indices: Sequence[int | None] = ()) -> Label:
        """Return the label with which we open an exchange at `now`; `indices` as `label` has them."""
        t2 = now + spec.within
        return self.label(spec, t2, t2 + spec.resolve_within, indices)

    def accept_label(self, spec: StepSpec, label: Label, now: int) -> Label:
        """Return the peer's label if it is the one this deal must have, with deadlines as the terms allow them.

        The places of its credentials in their issuers' status lists are the peer's choice, as t2 is.
        Raises PeerDeviated (MESSAGE_UNEXPECTED, TOO_LATE).
        """
        if label != self.label(spec, label.t2, label.t_resolve, self._indices(spec, label)):
            raise PeerDeviated(
                "MESSAGE_UNEXPECTED", f"cannot join step {spec.step}: its label is not the one agreed on"
            )
        if label.t2 < now:
            raise PeerDeviated("TOO_LATE", f"cannot join step {spec.step}: its deadline for our answer has passed")
        if label.t2 > now + spec.within + MOST_SKEW or label.t_resolve - label.t2 != spec.resolve_within:
            raise PeerDeviated(
                "MESSAGE_UNEXPECTED", f"cannot join step {spec.step}: its deadlines are not those of the terms"
            )
        return label

    def transfer(self, spec: StepSpec) -> Transfer:
        """Return the transfer of a transfer step, the same on both sides. Raises KeyError for another step.

        Where its item's digest is b"", the giver sets it to what it gives, and the receiver to what the parcel's token
        of origin says (`exchange.transfer.learnt`): origin is asked for then, whatever the terms say.
        """
        item = self.handed[spec.step]
        return self._transfer(spec, spec.part is Part.GIVE, item, spec.security)

    def swap(self, spec: StepSpec) -> tuple[tuple[Transfer, ...], tuple[Transfer, ...]]:
        """Return the transfers of an exchange without strong fairness, one an item: the initiator's, the responder's.

        Weak fairness asks for both non-repudiation tokens. Digests may be open, as in `transfer`.
        """
        stake, first = self.stakes[spec.step], spec.part is Part.INITIATE
        security = (ORIGIN, RECEIPT) if spec.fair is Fairness.WEAK else (ORIGIN,)
        return (
            tuple(self._transfer(spec, first, item, security) for item in stake.left),
            tuple(self._transfer(spec, not first, item, security) for item in stake.right),
        )

    def _transfer(self, spec: StepSpec, giving: bool, item: ItemRef, security: tuple[str, ...]) -> Transfer:
        giver, taker = (self.me, self.peer) if giving else (self.peer, self.me)
        return make_transfer(
            deal=self.deal,
            step=spec.step,
            sender=giver,
            recipient=taker,
            item=item,
            security=security if item.digest else (*security, ORIGIN),
            nonce=self.my_nonce if giving else self.peer_nonce,
            iteration=spec.iteration,
        )

    def _indices(self, spec: StepSpec, label: Label) -> tuple[int | None, ...]:
        """Return what the peer's label says of the initiator's credentials."""
        pairs = zip(self.stakes[spec.step].left, label.lefts, strict=False)
        return tuple(said.status.index if said.status else None for ours, said in pairs if ours.status is not None)


def _indexed(items: tuple[ItemRef, ...], indices: Sequence[int | None]) -> Iterator[ItemRef]:
    """Yield the items, their credentials with these indices; with none at all, as they are."""
    left = list(indices) or [item.status.index for item in items if item.status is not None]
    for item in items:
        if item.status is not None and left:
            item = replace(item, status=Status(item.status.issuer, left.pop(0)))
        yield item


def check_runnable(automaton: Automaton) -> None:
    """Refuse terms whose steps this host's deal engine does not run: a deal has two sides, and each does its part.

    Both learn every choice, and money moves in exchanges only. Raises AdmissionRefused (VERSION_UNSUPPORTED).
    """
    terms = automaton.bound.terms
    sides = {terms.role_of("buyer"), terms.role_of("seller")}
    for spec in automaton.specs.values():
        others = ", ".join(terms.kind_of(role) for role in spec.parties if role not in sides)
        if others:
            _refuse(f"the {others} takes part in step {spec.step}, and a deal has two sides")
        if spec.form == "transfer" and any(item.family is Section.MONEY for item in (*spec.gives, *spec.gets)):
            _refuse(f"step {spec.step} hands over money for nothing, and money moves in exchanges only")
    for step in terms.steps:
        if isinstance(step, Decide) and not sides.issubset(step.tell):
            _refuse(f"what is chosen in step {step.name} is not told to both sides")


def _refuse(cause: str) -> NoReturn:
    raise AdmissionRefused("VERSION_UNSUPPORTED", f"cannot run these terms: {cause}")

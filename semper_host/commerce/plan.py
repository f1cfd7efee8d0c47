"""What does not change during a deal: the terms as one role sees them, both sides' keys, and the items at stake."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from semper_host.commerce.agreement import MOST_SKEW
from semper_host.commerce.projection import Automaton, Part, StepSpec
from semper_host.exchange.items import HoldTerms, ItemRef, Party
from semper_host.exchange.labels import MARGIN, Label, make_label
from semper_host.exchange.primitives import Crypto
from semper_host.exchange.state import Role
from semper_host.model.errors import AdmissionRefused, PeerDeviated

HOLD_SLACK = 3600
"""Seconds that a hold outlives t_resolve: time for the trustee to deliver its decision."""


@dataclass(frozen=True, slots=True)
class Stake:
    """What one exchange is about: the initiator's item, the responder's, and where the money is held."""

    left: ItemRef
    right: ItemRef
    system: bytes = b""  # the payment system's signing key, where money is held
    account: str = ""  # the payee's account there


@dataclass(frozen=True, slots=True)
class Plan:
    """One party's constant view of one deal. `stakes` names, for each exchange step of the terms, what it is about."""

    automaton: Automaton
    deal: bytes
    me: Party
    peer: Party
    trustee: Party
    crypto: Crypto
    stakes: Mapping[str, Stake]
    my_nonce: bytes
    peer_nonce: bytes

    def role_in(self, spec: StepSpec) -> Role:
        """Return which side of the exchange we are."""
        return Role.INITIATOR if spec.part is Part.INITIATE else Role.RESPONDER

    def label(self, spec: StepSpec, t2: int, t_resolve: int) -> Label:
        """Return the label that this deal's exchange has with these deadlines, the same on both sides."""
        stake = self.stakes[spec.step]
        first = self.role_in(spec) is Role.INITIATOR
        holds: tuple[HoldTerms, ...] = ()
        if stake.system and stake.right.amount is not None:
            holds = (HoldTerms(stake.system, stake.account, stake.right.amount, t_resolve + MARGIN + HOLD_SLACK),)
        return make_label(
            deal=self.deal,
            step=spec.step,
            iteration=spec.iteration,
            kind=str(spec.kind),
            initiator=self.me if first else self.peer,
            responder=self.peer if first else self.me,
            trustee=self.trustee,
            left=stake.left,
            right=stake.right,
            holds=holds,
            t2=t2,
            t_resolve=t_resolve,
            nonce_a=self.my_nonce if first else self.peer_nonce,
            nonce_b=self.peer_nonce if first else self.my_nonce,
        )

    def opening_label(self, spec: StepSpec, now: int) -> Label:
        """Return the label with which we open an exchange at `now`."""
        t2 = now + spec.within
        return self.label(spec, t2, t2 + spec.resolve_within)

    def accept_label(self, spec: StepSpec, label: Label, now: int) -> Label:
        """Return the peer's label if it is the one this deal must have, with deadlines as the terms allow them.

        Raises PeerDeviated (MESSAGE_UNEXPECTED, TOO_LATE).
        """
        if label != self.label(spec, label.t2, label.t_resolve):
            raise PeerDeviated(
                "MESSAGE_UNEXPECTED", f"cannot join step {spec.step}: its label is not the one agreed on"
            )
        if label.t2 <= now:
            raise PeerDeviated("TOO_LATE", f"cannot join step {spec.step}: its deadline for our answer has passed")
        if label.t2 > now + spec.within + MOST_SKEW or label.t_resolve - label.t2 != spec.resolve_within:
            raise PeerDeviated(
                "MESSAGE_UNEXPECTED", f"cannot join step {spec.step}: its deadlines are not those of the terms"
            )
        return label


def check_runnable(automaton: Automaton) -> None:
    """Refuse terms whose steps this host's deal engine does not run. Raises AdmissionRefused (VERSION_UNSUPPORTED)."""
    for spec in automaton.specs.values():
        if spec.form != "exchange" or spec.part not in (Part.INITIATE, Part.RESPOND):
            raise AdmissionRefused(
                "VERSION_UNSUPPORTED",
                f"cannot run these terms: step {spec.step} is a {spec.form} between others or without exchange",
            )

"""What evidence of a contract among several comes to, as a value and in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from semper_host.commerce.evidence_format import shown
from semper_host.commerce.moments import moment
from semper_host.exchange.items import Token
from semper_host.exchange.requests import LAPSED

SIGNED, SUBSTITUTED, NOT_BINDING, OPEN = "signed by all", "signed by the trustee", LAPSED, "open"
"""How a contract stands by the evidence."""


@dataclass(frozen=True)
class PartyProved:
    """One party, and whether the evidence has its promise and its confirmation."""

    number: int
    name: str
    certified_by: str  # "" for one that is only called so
    key: bytes  # Ed25519, for this contract
    promised: bool
    confirmed: bool


@dataclass(frozen=True)
class JointVerified:
    """What one file proves. Times are seconds since 1970, digests SHA-256."""

    contract: bytes  # the digest of the invitation
    deal: bytes  # D
    label: bytes  # L
    me: int
    at: int
    title: str
    text: bytes
    size: int
    parties: tuple[PartyProved, ...]
    trustee: str
    trustee_key: bytes
    t2: int
    t_resolve: int
    substituted: bool
    verdicts: tuple[str, ...]  # of the trustee
    said: tuple[Token, ...]  # by the trustee: decisions and receipts
    elsewhere: tuple[tuple[int, bytes], ...]  # who promised under another L with the same key, and which
    trustee_wrong: str
    deviations: int
    erased: int
    exhibits: int
    head: bytes

    @property
    def outcome(self) -> str:
        """How the contract stands by this file alone: all confirmations bind, or else the trustee's substitute."""
        if all(party.confirmed for party in self.parties):
            return SIGNED
        return SUBSTITUTED if self.substituted else NOT_BINDING if LAPSED in self.verdicts else OPEN

    @property
    def lines(self) -> tuple[str, ...]:
        """What the file proves, for people."""
        own = self.parties[self.me]
        return (
            f"A contract of {len(self.parties)}: {shown(self.title, 72)}",
            f"  evidence of {called(own)}, begun {moment(self.at)}; {self.exhibits} exhibits, {self.erased} erased",
            f"  what is signed: {self.size} bytes, SHA-256 {self.text.hex()}",
            f"  under the trustee {shown(self.trustee, 72)}; to be signed by {moment(self.t2)}",
            *(f"  {_told(party)}" for party in self.parties),
            *self._remarks(),
            f"  {self._end()}",
        )

    def _remarks(self) -> tuple[str, ...]:
        found = [f"  {self.deviations} messages were refused"] if self.deviations else []
        twice = {party for party, _ in self.elsewhere}
        found += [f"  {called(self.parties[party])} promised under another roll, too" for party in sorted(twice)]
        found += [f"  the trustee {self.trustee_wrong}"] if self.trustee_wrong else []
        return tuple(found)

    def _end(self) -> str:
        match self.outcome:
            case "signed by all":
                return "It binds all of them: everybody confirmed it."
            case "signed by the trustee":
                return "It binds all of them: the trustee, having seen every promise, signed in their stead."
            case "lapsed":
                return "It binds nobody: the trustee says that it lapsed, and will never sign it."
        return "This file alone does not show whether it binds anybody."


def called(party: PartyProved) -> str:
    """Return who a party is, fit to be printed."""
    return f"party {party.number} ({shown(party.name, 72)})"


def _told(party: PartyProved) -> str:
    who = f"certified by {shown(party.certified_by, 72)}" if party.certified_by else "not certified"
    did = "confirmed" if party.confirmed else "promised" if party.promised else "nothing shown"
    return f"{called(party)}, {who}, key {party.key.hex()}: {did}"

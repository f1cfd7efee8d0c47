"""Taking a seat in a business of several: one invites, each of the others joins with keys made for it alone. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from semper_host.admission.service_keys import open_deal_key
from semper_host.commerce.agreement import MOST_SKEW, NONCE_BYTES
from semper_host.exchange.items import Party
from semper_host.exchange.primitives import Crypto
from semper_host.model.encoding import Record
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.cose import Certified
from semper_host.supporting.cryptographic.x509 import TrustedRoot

MERCHANT = "merchant"
"""The role whose certificate vouches for keys."""
MOST_NAME = 72
MOST_STATEMENT = 64 * 1024
"""Bytes of an invitation or of a joining that are looked at."""


class Joining(Record, frozen=True):
    """What a party signs with its deal key to take a seat; it binds it to nothing yet."""

    version: str
    at: int
    invitation: bytes  # SHA-256 of the signed invitation
    seat: int  # from 1
    party: Party
    nonce: bytes
    vouch: bytes | None = None  # of a certified merchant: that `party` is its own


@dataclass(frozen=True, slots=True)
class Member:
    """One party of a roll: what it is called, its deal keys, and its certificate where it has one."""

    name: str
    party: Party
    certified: Certified | None


Members = tuple[Member, ...]


@dataclass(frozen=True, slots=True)
class Seating:
    """What the seats of one invitation ask for; `context` is what a merchant's vouch is bound to."""

    version: str
    kind: str  # under which joinings are signed
    number: bytes  # SHA-256 of the signed invitation
    names: tuple[str, ...]
    begins: int
    ends: int
    context: bytes


def read_joining(seating: Seating, signed: bytes, seat: int, roots: Sequence[TrustedRoot]) -> Member:
    """Return who takes seat number `seat` by the joining `signed`. Raises PeerDeviated, AdmissionRefused CHAIN_*."""
    if len(signed) > MOST_STATEMENT:
        raise refused(f"a joining has over {MOST_STATEMENT} bytes", b"")
    said = Joining.decode(cose.open1(signed, seating.kind, cose.signer_of(signed)))
    if cose.signer_of(signed) != said.party.signing:
        raise refused("a joining is signed with another key than it names", signed)
    if (said.version, said.invitation, said.seat) != (seating.version, seating.number, seat):
        raise refused("a joining is for another invitation or seat", signed)
    if not seating.begins - MOST_SKEW <= said.at <= seating.ends + MOST_SKEW or len(said.nonce) != NONCE_BYTES:
        raise refused("a joining has a wrong time or nonce", signed)
    certified = None
    if said.vouch is not None:
        keys, certified = open_deal_key(said.vouch, MERCHANT, seating.context, roots, said.at)
        if (keys.signing, keys.sealing) != (said.party.signing, said.party.sealing):
            raise PeerDeviated("PEER_IDENTITY", "cannot join: a party vouches for other keys", evidence=signed)
    return Member(seating.names[seat - 1], said.party, certified)


def read_members(seating: Seating, first: Member, joinings: Sequence[bytes], roots: Sequence[TrustedRoot]) -> Members:
    """Return everybody by seat, `first` who invites. Raises as `read_joining` does, also where a seat is free."""
    if len(joinings) != len(seating.names):
        raise refused("not every seat is taken", b"".join(joinings))
    return (first, *(read_joining(seating, signed, seat, roots) for seat, signed in enumerate(joinings, 1)))


def check_time(seating: Seating, now: int, what: str) -> None:
    """Require that seats can still be taken at `now`. Raises PeerDeviated PEER_CLOCK, TOO_LATE."""
    if seating.begins > now + MOST_SKEW:
        raise PeerDeviated("PEER_CLOCK", "cannot join: the invitation is from the future")
    if now > seating.ends:
        raise PeerDeviated("TOO_LATE", f"cannot join: {what} is over")


def seated(joinings: tuple[bytes, ...], seat: int, joining: bytes) -> tuple[bytes, ...]:
    """Return the joinings by seat, with this one; the same tuple where it is there. Raises PeerDeviated NOT_INVITED."""
    if not 1 <= seat <= len(joinings):
        raise PeerDeviated("NOT_INVITED", "cannot join: there is no such seat", evidence=joining)
    if joinings[seat - 1] == joining:
        return joinings
    if joinings[seat - 1]:
        raise PeerDeviated("NOT_INVITED", "cannot join: the seat is taken by other keys", evidence=joining)
    return (*joinings[: seat - 1], joining, *joinings[seat:])


def check_keys(crypto: Crypto, party: Party, taken: Iterable[bytes], joining: bytes) -> None:
    """Refuse keys that are weak, and a signing key that is another's (`taken`). Raises PeerDeviated."""
    crypto.check_signer(party.signing)
    crypto.check_recipient(party.sealing)
    if party.signing in taken:
        raise PeerDeviated("PEER_IDENTITY", "cannot join: another party has the same key", evidence=joining)


def check_names(title: str, names: Sequence[str], least: int, most: int, signed: bytes) -> None:
    """Require so many parties, who invites included, each with a name of its own. Raises PeerDeviated."""
    if not least <= len(names) + 1 <= most or len(set(names)) != len(names):
        raise refused(f"there must be {least} to {most} parties, each with a name of its own", signed)
    if any(not name or len(name) > MOST_NAME for name in (*names, title)):
        raise refused(f"its title or a name is missing, or has more than {MOST_NAME} letters", signed)


def refused(why: str, evidence: bytes) -> PeerDeviated:
    """Return the refusal of an invitation or a joining."""
    return PeerDeviated("PEER_DEVIATED", f"cannot join: {why}", evidence=evidence)

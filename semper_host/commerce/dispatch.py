"""What two parties of a deal send each other: an exchange's message or a notice, signed over both sides' record so far.

Each dispatch names the head of the sender's own evidence chain and the last head it saw of the peer's, so neither
side can later rewrite what it had recorded (DESIGN §6).
"""

from __future__ import annotations

from collections.abc import Callable, Container

from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated

DISPATCH = "deal.dispatch"
"""The kind under which a dispatch is signed with the deal key."""

EXCHANGE, PROOF, VOID = "exchange", "proof", "void"
KINDS = (EXCHANGE, PROOF, VOID)
"""What a dispatch carries: an exchange's message, a payment system's signed record, or nothing any more."""

BANK_ROLE, TRUSTEE_ROLE = "bank", "trustee"
"""Under which role the record keeps what payment system and trustee signed, beside both sides' own."""
NOTICE, DEVIATION, CONVICTION, AFFIDAVIT = "notice", "deviation", "conviction", "affidavit"
"""What the record calls a dispatch without a step, bytes of the peer that were refused, what convicts the peer, and
what we gave and got nothing for (`two_transfers.Affidavit`).
"""


class Dispatch(Record, frozen=True):
    """One signed step of the conversation."""

    deal: bytes
    step: str
    kind: str
    body: bytes
    head: bytes  # the sender's evidence head before this dispatch
    seen: bytes  # the last head the sender saw of the peer's


class Waiting(Record, frozen=True):
    """A dispatch in the outbox: after `until` (seconds since 1970) it goes out void, since it must not leave any
    more.
    """

    signed: bytes
    until: int | None = None


def read_dispatch(
    open_signed: Callable[[bytes, str, bytes], bytes], signed: bytes, deal: bytes, peer: bytes
) -> Dispatch:
    """Return the dispatch that `peer` signed in `deal`. Raises PeerDeviated (SIG_INVALID, MESSAGE_UNEXPECTED)."""
    dispatch = Dispatch.decode(open_signed(signed, DISPATCH, peer))
    if dispatch.deal != deal:
        raise PeerDeviated(
            "MESSAGE_UNEXPECTED", "cannot accept the message: it belongs to another deal", evidence=signed
        )
    if dispatch.kind not in KINDS:
        raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot accept the message: it is of no known kind", evidence=signed)
    return dispatch


def check_seen(dispatch: Dispatch, named: Container[bytes], signed: bytes) -> None:
    """Refuse a dispatch that says it saw another record of ours than we `named` so far. Raises PeerDeviated.

    Else our own evidence, checked by a stranger, would look as if we had rewritten it.
    """
    if dispatch.seen and dispatch.seen not in named:
        message = "cannot accept the message: it names a record of this deal that was never shown"
        raise PeerDeviated("MESSAGE_UNEXPECTED", message, evidence=signed)


def sign_dispatch(sign: Callable[[bytes, str], bytes], dispatch: Dispatch) -> bytes:
    """Return the dispatch signed with the own deal key."""
    return sign(encode(dispatch), DISPATCH)

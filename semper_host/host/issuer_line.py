"""The line to an issuer that keeps what it sold: have a credential made final, or revoked by a trustee's decision.

Both are sealed calls, and may be repeated: the issuer's signed record of how a place ended is written once.
"""

from __future__ import annotations

from collections.abc import Callable

from semper_host.exchange.items import Token
from semper_host.host.credentials.keeping import StatusKeeper
from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic.entropy import fresh_seed

ISSUER_PATH = "/semper/v1/issuer"


class IssuerCall(Record, frozen=True):
    """What an issuer is sent: a signed `credential` to make final, or the trustee's signed `decision` on `label`."""

    credential: bytes | None = None
    label: bytes | None = None
    decision: bytes | None = None


class IssuerReply(Record, frozen=True):
    """The issuer's signed records of how the places ended: status.final or status.revoked."""

    records: tuple[Token, ...]


def ask_final(client: Client, url: str, sealing: bytes, credential: bytes) -> Token:
    """Have the issuer at `url` with the key `sealing` make a credential final; return its record, unchecked: that it
    is final, or that it was revoked before.

    Raises Unavailable, RefusedByPeer, PeerDeviated.
    """
    records = _ask(client, url, sealing, IssuerCall(credential=credential))
    if len(records) != 1:
        raise PeerDeviated("PEER_RESPONSE", "cannot use the issuer's answer: it says not how the credential stands")
    return records[0]


def ask_revoked(client: Client, url: str, sealing: bytes, label: bytes, decision: bytes) -> tuple[Token, ...]:
    """Have what was issued under L revoked; return the issuer's records, unchecked. Raises as `ask_final`."""
    return _ask(client, url, sealing, IssuerCall(label=label, decision=decision))


def answering(keeper: StatusKeeper, clock: Callable[[], int]) -> Callable[[bytes], bytes]:
    """Return what an issuer answers at ISSUER_PATH, inside the seal."""
    return lambda data: encode(IssuerReply(answer(keeper, IssuerCall.decode(data), clock())))


def answer(keeper: StatusKeeper, call: IssuerCall, now: int) -> tuple[Token, ...]:
    """Return the records that answer one call. Raises PeerDeviated (CREDENTIAL_DECLINED, SIG_INVALID)."""
    match call:
        case IssuerCall(credential=bytes(credential), label=None, decision=None):
            return (keeper.make_final(credential, now),)
        case IssuerCall(credential=None, label=bytes(label), decision=bytes(decision)):
            return keeper.obey(label, decision, now)
    raise PeerDeviated("MESSAGE_UNEXPECTED", "cannot answer: the call names neither a credential nor a decision")


def _ask(client: Client, url: str, sealing: bytes, call: IssuerCall) -> tuple[Token, ...]:
    said = sealed_call.call(client, url + ISSUER_PATH, sealing, encode(call), fresh_seed())
    return IssuerReply.decode(said).records

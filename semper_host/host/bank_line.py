"""The line between an account holder and its bank: sealed calls, signed by the account's key where the holder asks."""

from __future__ import annotations

from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated
from semper_host.model.requests import Reply
from semper_host.supporting.communication import sealed_call
from semper_host.supporting.communication.client import Client
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.entropy import fresh_seed
from semper_host.supporting.cryptographic.signing import SigningKey

BANK_PATH = "/semper/v1/bank"
SIGNED = "bank.request"
"""The kind under which an account's holder signs a message to its bank."""


class BankCall(Record, frozen=True):
    """A message to the bank: plain, or signed by an account's key (COSE_Sign1 whose kid is that key)."""

    message: bytes | None = None
    signed: bytes | None = None


class Addressed(Record, frozen=True):
    """What an account's holder signs: a message, and the sealing key (32 bytes) of the one bank that it is for."""

    bank: bytes
    message: bytes


def account_of(key: bytes) -> str:
    """Return the account that the Ed25519 key `key` holds: its name is the key, so nobody else can claim it."""
    return f"customer:{key.hex()}"


def ask_bank(client: Client, url: str, sealing: bytes, account: SigningKey | None, message: bytes, sign: bool) -> Reply:
    """Send `message` to the bank at `url`, whose sealing key is `sealing`; return its answer.

    What the account's holder signs names the bank by that key: else one bank could show it to another and have the
    account there debited. Raises Unavailable where no answer came: then nobody knows what became of the message.
    """
    if sign and account is not None:
        body = BankCall(signed=cose.sign1(encode(Addressed(sealing, message)), SIGNED, account))
    else:
        body = BankCall(message=message)
    return Reply(True, sealed_call.call(client, url + BANK_PATH, sealing, encode(body), fresh_seed()))


def read_call(data: bytes, sealing: bytes) -> tuple[bytes, str]:
    """Return the message of a call to the bank with the key `sealing`, and the account whose holder signed it, or "".

    Raises PeerDeviated SIG_INVALID.
    """
    call = BankCall.decode(data)
    if call.signed is not None:
        key = cose.signer_of(call.signed)
        addressed = Addressed.decode(cose.open1(call.signed, SIGNED, key))
        if addressed.bank != sealing:
            raise PeerDeviated("SIG_INVALID", "cannot take the call: it was signed for another bank", evidence=data)
        return addressed.message, account_of(key)
    if call.message is None:
        raise PeerDeviated("ENCODING_INVALID", "cannot read the call: it has no message")
    return call.message, ""

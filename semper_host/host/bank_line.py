"""The line between an account holder and its bank: sealed calls, signed by the account's key where the holder asks."""

from __future__ import annotations

from semper_host.admission.service_keys import ServiceKeys
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
    """What an account's holder signs: a message, and who the one bank is that it is for.

    Its sealing key alone does not say so: nobody proves, in the keys that it publishes, that it holds them. So its
    signing key and the name that it is certified under are there as well, as the account's holder knows them.
    """

    bank: bytes  # the sealing key, 32 bytes
    message: bytes
    signing: bytes | None = None  # 32 bytes
    name: str | None = None


def account_of(key: bytes) -> str:
    """Return the account that the Ed25519 key `key` holds: its name is the key, so nobody else can claim it."""
    return f"customer:{key.hex()}"


def ask_bank(client: Client, bank: ServiceKeys, account: SigningKey | None, message: bytes, sign: bool) -> Reply:
    """Send `message` to the bank with these certified keys; return its answer.

    What the account's holder signs names the bank: else one bank could show it to another and have the account there
    debited, or have it sent there by itself, by publishing the other's sealing key as its own. Raises Unavailable where
    no answer came: then nobody knows what became of the message.
    """
    if sign and account is not None:
        addressed = Addressed(bank.sealing, message, bank.signing, bank.name)
        body = BankCall(signed=cose.sign1(encode(addressed), SIGNED, account))
    else:
        body = BankCall(message=message)
    answer = sealed_call.call(client, bank.url + BANK_PATH, bank.sealing, encode(body), fresh_seed())
    return Reply(True, answer)


def read_call(data: bytes, bank: ServiceKeys) -> tuple[bytes, str]:
    """Return the message of a call to the bank whose own keys are `bank`, and the account whose holder signed it, or
    "". Raises PeerDeviated SIG_INVALID.
    """
    call = BankCall.decode(data)
    if call.signed is not None:
        key = cose.signer_of(call.signed)
        addressed = Addressed.decode(cose.open1(call.signed, SIGNED, key))
        if (addressed.bank, addressed.signing, addressed.name) != (bank.sealing, bank.signing, bank.name):
            raise PeerDeviated("SIG_INVALID", "cannot take the call: it was signed for another bank", evidence=data)
        return addressed.message, account_of(key)
    if call.message is None:
        raise PeerDeviated("ENCODING_INVALID", "cannot read the call: it has no message")
    return call.message, ""

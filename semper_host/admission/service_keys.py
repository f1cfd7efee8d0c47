"""Who a service is: its certified name vouches for the signing and sealing keys it works with.

A merchant's, bank's or trustee's long-term P-256 certificate signs `ServiceKeys`; in a deal the certified key
signs `DealKey` for the keys made for that deal alone (DESIGN §6).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from semper_host.model.encoding import Record, encode
from semper_host.model.errors import PeerDeviated, SemperError
from semper_host.supporting.cryptographic import cose
from semper_host.supporting.cryptographic.cose import Certified
from semper_host.supporting.cryptographic.signing import check_public
from semper_host.supporting.cryptographic.x509 import CertifiedKey, Purpose, TrustedRoot

SERVICE_KEYS, DEAL_KEY = "service-keys", "deal-key"
KEY_BYTES = 32


class ServiceKeys(Record, frozen=True):
    """The keys of a service in a role ("bank"), where it answers, and how long this holds (seconds since 1970).

    `name` is the certified name. A bank states its payment `system` and the encoded public `keyset` of its mint.

    The certified key vouches for these keys; nothing proves that who publishes them holds them. Who names another's
    sealing key cannot read what is sealed to it, and gains only what the other does with that, when it is passed on. So
    nobody may know by a sealing key alone whom a message is for: what is inside says it, and is refused elsewhere. A
    hello names a signed offer, an envelope its session, a label both keys of its trustee, a letter the seat's name; and
    what an account's holder signs names the bank by both keys and its certified name (`host.bank_line.Addressed`).
    """

    role: str
    name: str
    signing: bytes  # Ed25519, 32 bytes
    sealing: bytes  # X25519, 32 bytes
    url: str
    not_before: int
    not_after: int
    system: str = ""
    keyset: bytes = b""


class DealKey(Record, frozen=True):
    """The keys that a certified service made for one deal; `context` is the SHA-256 of what it answers."""

    role: str
    signing: bytes
    sealing: bytes
    context: bytes
    at: int


K = TypeVar("K", ServiceKeys, DealKey)


def sign_service_keys(keys: ServiceKeys, key: CertifiedKey) -> bytes:
    """Return the statement of `keys`, signed by the certified key."""
    return cose.sign1_certified(encode(keys), SERVICE_KEYS, key)


def open_service_keys(data: bytes, role: str, roots: Sequence[TrustedRoot], at: int) -> tuple[ServiceKeys, Certified]:
    """Return the keys of a service certified for `role` ("merchant", "bank", "trustee", "arbiter"), and who it is.

    Raises PeerDeviated PEER_IDENTITY where role, name, keys or validity are wrong, and what opening a certified
    statement raises (CHAIN_*, SIG_INVALID).
    """
    keys, certified = _open(data, SERVICE_KEYS, ServiceKeys, role, roots, at)
    if keys.name not in (certified.name, certified.uri):
        raise _stranger(f"the statement says {keys.name[:80]!r}, the certificate {certified.name!r}", data)
    if not keys.not_before <= at < keys.not_after:
        raise _stranger("its statement of keys is not valid now", data)
    return keys, certified


def sign_deal_key(keys: DealKey, key: CertifiedKey) -> bytes:
    """Return the statement of a deal's keys, signed by the certified key."""
    return cose.sign1_certified(encode(keys), DEAL_KEY, key)


def open_deal_key(
    data: bytes, role: str, context: bytes, roots: Sequence[TrustedRoot], at: int
) -> tuple[DealKey, Certified]:
    """Return the deal's keys of a service certified for `role`, made in answer to `context`.

    Raises as open_service_keys does.
    """
    keys, certified = _open(data, DEAL_KEY, DealKey, role, roots, at)
    if keys.context != context:
        raise _stranger("its keys were made for another deal", data)
    return keys, certified


def _open(
    data: bytes, kind: str, record: type[K], role: str, roots: Sequence[TrustedRoot], at: int
) -> tuple[K, Certified]:
    certified = cose.open1_certified(data, kind, Purpose(role), roots, at)
    try:
        keys = record.decode(certified.payload)
        check_public(keys.signing)
    except SemperError as error:
        raise _stranger(error.message, data) from None
    if keys.role != role:
        raise _stranger(f"the statement is for the role {keys.role[:40]!r}", data)
    if len(keys.sealing) != KEY_BYTES:
        raise _stranger("its sealing key is not 32 bytes", data)
    return keys, certified


def _stranger(cause: str, data: bytes) -> PeerDeviated:
    return PeerDeviated("PEER_IDENTITY", f"cannot accept the other side's keys: {cause}", evidence=data)

"""The cryptography that an exchange is given: a small value of functions, so that the protocol itself stays pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

DIGEST_SIZE = 32
KEY_SIZE = 32


@dataclass(frozen=True, slots=True)
class Crypto:
    """What one party can do with its own deal keys and with others' public keys.

    `sign` and everything that opens are deterministic, so folding the same events again gives the same
    bytes; `seal` and `wrap` may draw randomness and are never called by `fair_exchange.step`. What does not
    open raises PeerDeviated (SIG_INVALID); a malformed or small-order key raises it with SIG_KEY_WEAK.
    """

    sign: Callable[[bytes, str], bytes]  # payload, kind -> signed statement under the own key
    open: Callable[[bytes, str, bytes], bytes]  # signed statement, kind, public key -> payload
    seal: Callable[[bytes, bytes, bytes], bytes]  # recipient's sealing key, plaintext, info -> sealed
    unseal: Callable[[bytes, bytes], bytes]  # sealed to the own sealing key, info -> plaintext
    wrap: Callable[[bytes, bytes, bytes], bytes]  # key, plaintext, context -> authenticated ciphertext
    unwrap: Callable[[bytes, bytes, bytes], bytes]  # key, ciphertext, context -> plaintext
    derive: Callable[[bytes, bytes], bytes]  # secret, info -> 32-byte key (HKDF-SHA256)
    check_signer: Callable[[bytes], None]  # refuses malformed and small-order signing keys
    check_recipient: Callable[[bytes], None]  # and sealing keys


def digest(data: bytes) -> bytes:
    """Return SHA-256 of `data` (32 bytes)."""
    return sha256(data).digest()

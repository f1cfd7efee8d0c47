"""What a merchant's statement for the trustee of its deals is bound to. Pure."""

from __future__ import annotations

from hashlib import sha256


def context_of(trustee: bytes) -> bytes:
    """Return what a statement for the trustee with the signing key `trustee` is bound to, 32 bytes."""
    return sha256(b"semper/vouch/1" + trustee).digest()

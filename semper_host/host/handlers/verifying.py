"""The one request that every role may make about others' signatures."""

from __future__ import annotations

from semper_host.model.errors import PeerDeviated
from semper_host.model.requests import Verify
from semper_host.supporting.cryptographic import cose


def verified(request: Verify) -> bytes | None:
    """Return the payload if the holder of the key signed it as that kind, else None: no fault of the bundle."""
    try:
        return cose.open1(request.data, request.kind, request.key)
    except (PeerDeviated, ValueError):
        return None

"""Symbolic cryptography: only who holds a key can have made what it opens. Deterministic, and fast to explore."""

from __future__ import annotations

from typing import Any

from semper_host.exchange.items import Party
from semper_host.exchange.primitives import Crypto, digest
from semper_host.model.encoding import MalformedEncoding, decode, encode
from semper_host.model.errors import PeerDeviated


def key_of(name: str) -> bytes:
    return digest(b"signing " + name.encode())


def party_of(name: str) -> Party:
    return Party(key_of(name), digest(b"sealing " + name.encode()))


def crypto_of(name: str) -> Crypto:
    """What the holder of `name`'s keys can do. Only code that plays `name` may be given it."""
    signing, sealing = key_of(name), party_of(name).sealing
    return Crypto(
        sign=lambda payload, kind: encode(["sig", signing, kind, payload]),
        open=lambda signed, kind, public: _take(signed, ["sig", public, kind]),
        seal=lambda public, plaintext, info: encode(["seal", public, info, plaintext]),
        unseal=lambda sealed, info: _take(sealed, ["seal", sealing, info]),
        wrap=lambda key, plaintext, context: encode(["wrap", key, context, plaintext]),
        unwrap=lambda key, wrapped, context: _take(wrapped, ["wrap", key, context]),
        derive=lambda secret, info: digest(b"derive" + secret + info),
        check_signer=lambda key: None,
        check_recipient=lambda key: None,
    )


def _take(data: bytes, head: list[Any]) -> bytes:
    try:
        match decode(data):
            case [*found, bytes(payload)] if found == head:
                return payload
    except MalformedEncoding:
        pass
    raise PeerDeviated("SIG_INVALID", "cannot open: made with another key, or for something else", evidence=data)

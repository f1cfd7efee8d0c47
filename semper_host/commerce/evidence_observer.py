"""The cryptography of somebody who only looks on: what is public can be checked, nothing signed or unsealed."""

from __future__ import annotations

from typing import NoReturn

from semper_host.exchange.primitives import KEY_SIZE, Crypto
from semper_host.model.errors import PeerDeviated, Unavailable, UsageError
from semper_host.supporting.cryptographic import cose, sealing, secret, signing


def _unwrap(key: bytes, wrapped: bytes, context: bytes) -> bytes:
    try:
        return secret.decrypt(key, wrapped, context)
    except Unavailable:
        raise PeerDeviated("SIG_INVALID", "cannot open what was wrapped: it is under another key") from None


def _cannot(*_: object) -> NoReturn:
    raise UsageError("USAGE_INVALID", "cannot sign or unseal: evidence is verified without anybody's private key")


OBSERVER = Crypto(
    sign=_cannot,
    open=cose.open1,
    seal=_cannot,
    unseal=_cannot,
    wrap=_cannot,
    unwrap=_unwrap,
    derive=lambda key, info: secret.derive(key, info, KEY_SIZE),
    check_signer=signing.check_public,
    check_recipient=sealing.check_public,
)

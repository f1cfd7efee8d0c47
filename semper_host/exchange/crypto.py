"""The production `Crypto`: Ed25519 statements in COSE, HPKE sealing, AEAD and HKDF, bound to one party's keys."""

from __future__ import annotations

from semper_host.exchange.primitives import KEY_SIZE, Crypto
from semper_host.model.errors import PeerDeviated, Unavailable
from semper_host.supporting.cryptographic import cose, sealing, secret, signing


def crypto_for(signing_key: signing.SigningKey, sealing_key: sealing.SealingKey) -> Crypto:
    """Return what the holder of these two keys can do in an exchange."""
    return Crypto(
        sign=lambda payload, kind: cose.sign1(payload, kind, signing_key),
        open=cose.open1,
        seal=sealing.seal,
        unseal=sealing_key.open,
        wrap=secret.encrypt,
        unwrap=_unwrap,
        derive=lambda key, info: secret.derive(key, info, KEY_SIZE),
        check_signer=signing.check_public,
        check_recipient=sealing.check_public,
    )


def _unwrap(key: bytes, wrapped: bytes, context: bytes) -> bytes:
    """What does not unwrap here came from the peer, not from our storage."""
    try:
        return secret.decrypt(key, wrapped, context)
    except Unavailable:
        message = "cannot open what the other side wrapped: it was changed, or is under another key"
        raise PeerDeviated("SIG_INVALID", message, evidence=wrapped) from None

"""The holder's side of credentials: show one to the verifier who asked, get anonymous tokens and unblind them."""

from semper_host.api_v1 import BlindTokens, Declined, Prove, Shown, UnblindTokens, encode


def present(credential: bytes, audience: bytes, challenge: bytes):
    """Show `credential` to the verifier with the key `audience`, who asked with `challenge`: once, and to nobody else.
    """
    if len(audience) != 32 or not 16 <= len(challenge) <= 64:
        return Declined("the verifier names no key, or asks with too short a challenge")
    return encode(Shown(credential, (yield Prove(credential, audience, challenge))))


def want_tokens(kind: str, count: int):
    """Return what the issuer is to sign blindly for `count` anonymous tokens; the host keeps what unblinds them."""
    return (yield BlindTokens(kind, count))


def take_tokens(kind: str, blinded: list[bytes], signatures: list[bytes]):
    """Make tokens of the issuer's blind signatures, checked, and keep them in the wallet. Returns how many."""
    if len(blinded) != len(signatures):
        return Declined("the issuer signed " + str(len(signatures)) + " of " + str(len(blinded)))
    return (yield UnblindTokens(kind, blinded, signatures))

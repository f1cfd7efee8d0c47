"""The issuer's side of credentials: sign what is well formed, each with a place of its own in the status list.

A description that names no status list is of a credential that nobody can revoke.
"""

from semper_host.api_v1 import (
    CREDENTIAL,
    Accepted,
    Allot,
    Certify,
    Credential,
    Declined,
    Described,
    Revoke,
    SignTokens,
    Verify,
    digest,
    encode,
    opened,
)

MOST_TOKENS = 100


def issue(described: Described, key: bytes, label: bytes):
    """Issue a credential. `key` makes it idempotent: asked again with the same one, the same credential comes."""
    why = wrong(described)
    if why:
        return Declined(why)
    index = 0
    if described.status:
        index = yield Allot(described.status, digest(encode([key, encode(described), label])))
    return (yield Certify(encode(Credential(described, index, label))))


def revoke(credential: bytes, issuer: bytes):
    """Revoke a credential that `issuer`, this host's key, signed; also one that was redeemed or has expired."""
    found = opened(Credential, (yield Verify(credential, CREDENTIAL, issuer)))
    if found is None:
        return Declined("this issuer did not sign it")
    if not found.described.status:
        return Declined("it was issued for good, in no status list")
    yield Revoke(found.described.status, found.index)
    return Accepted()


def sign_tokens(kind: str, blinded: list[bytes], key: bytes):
    """Sign anonymous tokens blindly. `key` makes it idempotent: the same request gets the same signatures."""
    if not 1 <= len(blinded) <= MOST_TOKENS:
        return Declined("one request is for 1 to " + str(MOST_TOKENS) + " tokens")
    return (yield SignTokens(kind, blinded, key))


def wrong(described):
    """Say what is wrong with a description, or ""."""
    texts = [described.kind, described.title, described.status]
    texts = texts + [each.name for each in described.claims] + [each.text for each in described.claims]
    if described.version != 1:
        return "its version is unknown"
    if len(described.claims) > 32 or any(len(text) > 200 for text in texts):
        return "it says too much"
    if not described.kind:
        return "it names no kind"
    names = [each.name for each in described.claims]
    if any(names[place] in names[:place] for place in range(len(names))):
        return "it says something twice"
    if len(described.holder) != 32 or len(described.issuer) != 32:
        return "it names no holder's key or no issuer's key"
    return "" if 0 <= described.not_before < described.not_after else "it is never valid"

"""The verifier's side of credentials: check what is shown against what is wanted, redeem it once."""

from semper_host.api_v1 import (
    CREDENTIAL,
    PRESENTATION,
    Accepted,
    CheckToken,
    Credential,
    Declined,
    Now,
    Presentation,
    Redeem,
    Shown,
    StatusOf,
    Token,
    Verify,
    Wanted,
    digest,
    encode,
    opened,
)


def check(shown: bytes, wanted: Wanted, audience: bytes, challenge: bytes):
    """Say whether what is shown is a credential as wanted, valid now, not revoked, and shown by its holder to us."""
    found = yield from checked(shown, wanted, audience, challenge)
    return found if isinstance(found, Declined) else Accepted()


def redeem(shown: bytes, wanted: Wanted, audience: bytes, challenge: bytes):
    """Check, and redeem: a credential for one use is accepted once. The same showing, repeated, is the same use."""
    found = yield from checked(shown, wanted, audience, challenge)
    if isinstance(found, Declined):
        return found
    if not found.described.once:
        return Accepted()
    used = digest(encode(["credential", found.described.issuer, found.described.status, found.index]))
    if not found.described.status:
        used = digest(encode(["credential", found.described.issuer, encode(found)]))
    return (yield from taken(used, digest(shown)))


def redeem_token(token: bytes, kind: str, use: bytes):
    """Redeem an anonymous token for the use named (an order's digest, say). The same use, repeated, is the same."""
    found = opened(Token, token)
    if found is None or found.version != 1 or found.kind != kind:
        return Declined("this is no token of kind " + kind)
    if not (yield CheckToken(kind, found.key, found.message, found.signature)):
        return Declined("the token does not bear its issuer's signature, or its time is over")
    return (yield from taken(digest(encode(["token", found.key, found.message])), use))


def taken(used, use):
    """Write down the first use, durably, and accept no other."""
    first = yield Redeem(used, use)  # COMMIT POINT
    return Accepted() if first == use else Declined("it was redeemed before")


def checked(shown, wanted, audience, challenge):
    """Return the credential that is shown, or why it can't be accepted."""
    parts = opened(Shown, shown)
    if parts is None:
        return Declined("this is no credential")
    found = yield from signed_by_one_of(parts.credential, wanted.issuers)
    if found is None:
        return Declined("nobody asked for here issued it")
    described = found.described
    payload = yield Verify(parts.presentation, PRESENTATION, described.holder)
    if opened(Presentation, payload) != Presentation(digest(parts.credential), audience, challenge):
        return Declined("it is not shown by its holder, or to somebody else, or a showing of before")
    why = short_of(described, wanted)
    if why:
        return Declined(why)
    now = yield Now()
    if not described.not_before <= now < described.not_after:
        return Declined("it is not valid now")
    if not described.status:
        return found
    state = yield StatusOf(described.issuer, described.status, found.index)
    if state == "revoked":
        return Declined("it was revoked")
    return found if state == "valid" else Declined("its issuer's status list is not at hand, or too old")


def signed_by_one_of(credential, issuers):
    """Return the credential if one of the issuers signed it, in whose name it is."""
    for issuer in issuers:
        found = opened(Credential, (yield Verify(credential, CREDENTIAL, issuer)))
        if found is not None and found.described.issuer == issuer and found.described.version == 1:
            return found
    return None


def short_of(described, wanted):
    """Say what is missing of what is wanted, or ""."""
    if described.kind != wanted.kind:
        return "it is of kind " + described.kind + ", wanted is " + wanted.kind
    says = {each.name: each.text for each in described.claims}
    if len(says) != len(described.claims):
        return "it says something twice"
    for each in wanted.claims:
        if says.get(each.name) != each.text:
            return "it does not say that " + each.name + " is " + each.text
    return ""

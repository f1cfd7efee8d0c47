"""What a bundle that manages credentials can ask of the host: see `requests` for how that goes."""

from __future__ import annotations

from semper_host.model.requests import Request


class Allot(Request, frozen=True):
    """The place in this issuer's status list `status` of the credential that was ordered; one, and the same order and
    `key` always get the same. Answers int.
    """

    status: str
    key: bytes


class Certify(Request, frozen=True):
    """The issuer's signature on `payload`, an encoded model.credentials.Credential: what was ordered, at its place.

    Answers bytes (COSE_Sign1).
    """

    payload: bytes


class Revoke(Request, frozen=True):
    """Mark the credential at `index` of this issuer's status list as revoked, for good. Answers None."""

    status: str
    index: int


class SignTokens(Request, frozen=True):
    """The issuer's blind signatures on `blinded`, for tokens of `kind`; one answer for each `key`. Answers list[bytes].
    """

    kind: str
    blinded: list[bytes]
    key: bytes


class Prove(Request, frozen=True):
    """The holder's signed model.credentials.Presentation of a credential in the wallet to `audience`. Answers bytes."""

    credential: bytes
    audience: bytes
    challenge: bytes


class BlindTokens(Request, frozen=True):
    """Blinded messages for `count` tokens of `kind`, from the wallet's seed. Answers list[bytes]."""

    kind: str
    count: int


class UnblindTokens(Request, frozen=True):
    """Tokens made of the issuer's `signatures` on `blinded`: checked, put into the wallet. Answers their number."""

    kind: str
    blinded: list[bytes]
    signatures: list[bytes]


class CheckToken(Request, frozen=True):
    """Whether this verifier's issuer signed a token of `kind` under the key of digest `key`, still in time.

    Answers bool.
    """

    kind: str
    key: bytes
    message: bytes
    signature: bytes


class StatusOf(Request, frozen=True):
    """"valid" or "revoked", by the issuer's signed status list; "unknown" without one that is fresh. Answers str."""

    issuer: bytes
    status: str
    index: int


class Redeem(Request, frozen=True):
    """Write down that `used` was redeemed for `use`, once and for good; returns the first use. Answers bytes."""

    used: bytes
    use: bytes

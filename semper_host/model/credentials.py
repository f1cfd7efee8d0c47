"""Credentials: access rights, tickets, memberships, receipts (the paper's III.A). What their issuers and holders sign.

A credential is bound to its holder's key and may be revoked through its issuer's status list. An anonymous one is a
token signed blindly (RFC 9474): whoever has it can redeem it once, and its issuer can't tell to whom it was given.
"""

from __future__ import annotations

from semper_host.model.encoding import Record

CREDENTIAL, PRESENTATION, STATUS_LIST = "credential", "credential.presentation", "credential.status-list"
"""The statement kinds under which issuer, holder and issuer sign the records below (the COSE content type)."""

VERSION = 1
MOST_CLAIMS = 32
MOST_TEXT = 200
"""Characters of a name or a text at most."""
MOST_STATUSES = 1 << 20
"""Credentials of one status list at most: its bits then fill 128 KiB."""
END_OF_TIME = 253_402_300_799
"""The last second of the year 9999, since 1970: calendars end there, and nothing is valid any longer."""


class Claim(Record, frozen=True):
    """One thing that the credential says, for people and programs: "seat" is "12 F"."""

    name: str
    text: str


class Described(Record, frozen=True):
    """What a credential is to say; its digest names the item before the credential is issued.

    `holder`: the key (Ed25519) that must prove each showing. `status`: the name of the issuer's status list; "" where
    nobody can revoke it. Valid from `not_before` until before `not_after`, seconds since 1970. `once`: it can be
    redeemed a single time.
    """

    version: int
    issuer: bytes
    kind: str
    title: str
    claims: tuple[Claim, ...]
    holder: bytes
    status: str
    not_before: int
    not_after: int
    once: bool


class Credential(Record, frozen=True):
    """What the issuer signs: the description, its place in the status list, and the exchange it was issued in, if any.
    """

    described: Described
    index: int
    label: bytes = b""


def well_formed(credential: Credential) -> bool:
    """Say whether a credential keeps to the limits above, so that it can be kept, and shown to its holder."""
    said = credential.described
    texts = [said.kind, said.title, said.status, *(text for claim in said.claims for text in (claim.name, claim.text))]
    return (
        said.version == VERSION
        and 0 <= said.not_before < said.not_after <= END_OF_TIME
        and 0 <= credential.index < MOST_STATUSES
        and len({claim.name for claim in said.claims}) == len(said.claims) <= MOST_CLAIMS
        and all(len(text) <= MOST_TEXT for text in texts)
    )


class Presentation(Record, frozen=True):
    """What the holder signs to show a credential to one verifier, once: `credential` is the SHA-256 of the signed one.

    `audience`: the verifier's key. `challenge`: what the verifier asked with, or the label of the exchange.
    """

    credential: bytes
    audience: bytes
    challenge: bytes


class Shown(Record, frozen=True):
    """What the holder hands over: the signed credential, and the signed presentation of it."""

    credential: bytes
    presentation: bytes


class StatusList(Record, frozen=True):
    """The issuer's word on all credentials of one list, as of `at` and good until `until`; bit i: i is revoked.

    One list for all holders: whoever fetches it tells nobody which credential is meant.
    """

    version: int
    issuer: bytes
    name: str
    at: int
    until: int
    count: int
    bits: bytes  # the lowest bit of the first byte is index 0

    def revoked(self, index: int) -> bool:
        """Say whether the credential at `index` is revoked; one that the list does not know counts as revoked."""
        known = 0 <= index < self.count and index // 8 < len(self.bits)
        return not known or bool(self.bits[index // 8] >> (index % 8) & 1)


class Token(Record, frozen=True):
    """An anonymous credential: the issuer's blind signature (RSABSSA-SHA384-PSS-Randomized) on `message`.

    `key`: SHA-256 of the issuer's public key for tokens of this kind and time.
    """

    version: int
    kind: str
    key: bytes
    message: bytes
    signature: bytes

"""What a label says of the parties, of the items, of their issuers and of the money held for them."""

from __future__ import annotations

from semper_host.model.encoding import Record
from semper_host.model.money import Money


class Party(Record, frozen=True):
    """One side's keys for this deal, or the trustee's: Ed25519 for signing, X25519 for sealing (32 bytes each)."""

    signing: bytes
    sealing: bytes


class Status(Record, frozen=True):
    """A credential's issuer (its signing key), and the index in its status list; without one nobody can revoke it."""

    issuer: bytes
    index: int | None = None


class ItemRef(Record, frozen=True):
    """An item as the label names it: family (money, credential, statement), kind, and what fixes it exactly.

    `digest` is SHA-256 of the item's description (statements, credentials); `amount` is set for money only. `form`
    says how a composed exchange hands it over (see `legs`), `status` who issued a credential and can revoke it.
    """

    family: str
    kind: str
    digest: bytes = b""
    amount: Money | None = None
    form: str | None = None
    status: Status | None = None


class HoldTerms(Record, frozen=True):
    """Money to be held under the label: at which payment system (its key), for whose account, how much, how long.

    `least_expiry` is the earliest moment (seconds since 1970) at which the hold may end by itself.
    """

    system: bytes
    payee: str
    amount: Money
    least_expiry: int


class Token(Record, frozen=True):
    """Something gained in an exchange, or proof of it: `name` says what it is, `data` are its exact bytes."""

    name: str
    data: bytes

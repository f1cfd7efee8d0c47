"""What a bundle may ask of the host: capabilities, granted at admission and enforced by the broker."""

from __future__ import annotations

from enum import StrEnum

from semper_host.model.encoding import Record
from semper_host.model.money import Money


class Capability(StrEnum):
    """Everything a bundle can ever be granted beyond computing and proposing."""

    ASK_BANK = "ask.bank"
    """Send a message to the bank of a purse, as the purse's holder."""
    COINS_HOLD = "coins.hold"
    """Have coins blinded and unblinded, and be handed coins that a mandate covers."""
    BANK_ISSUE = "bank.issue"
    """Sign blinded coins with the mint's keys, and check coins."""
    BANK_LEDGER = "bank.ledger"
    """Post to the bank's ledger."""
    BANK_ATTEST = "bank.attest"
    """Have the bank sign the state of a hold."""
    MONEY_PAY = "money.pay"
    """Have terms in which the role pays. The deal engine pays; the bundle never does."""
    MONEY_RECEIVE = "money.receive"
    """Have terms in which the role is paid."""
    STATEMENT_SIGN = "statement.sign"
    """Have terms in which the role signs statements."""
    INFORMATION_RELEASE = "information.release"
    """Have terms in which the role hands over information."""
    CREDENTIAL_SHOW = "credential.show"
    """Have terms in which the role shows a credential, and have a showing signed with the holder's key."""
    CREDENTIAL_ISSUE = "credential.issue"
    """Have credentials signed with the issuer's key, and revoke them."""
    CREDENTIAL_VERIFY = "credential.verify"
    """Look up what was revoked, and redeem what can be used once."""


class Grant(Record, frozen=True):
    """One capability, with the most money it may move in one deal (None: not about money) and how many calls."""

    capability: Capability
    most: Money | None = None
    calls: int | None = None


class Grants(Record, frozen=True):
    """All that one bundle may do in one home; `evaluated` says whether anybody trusted vouches for it."""

    items: tuple[Grant, ...] = ()
    evaluated: bool = False

    def allows(self, capability: Capability) -> bool:
        """Say whether `capability` was granted at all."""
        return any(grant.capability == capability for grant in self.items)


BASELINE = Grants()
"""What a bundle gets that nobody evaluated: compute, propose, keep small data of its own deal. Nothing else."""

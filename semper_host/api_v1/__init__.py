"""All that a bundle may import: `from semper_host.api_v1 import Money, Keep, Ask, ...`.

Nothing here touches the outside: requests are values that the host answers or refuses.
"""

from __future__ import annotations

from hashlib import sha256 as _sha256

from semper_host.api_v1.bank_holds import (
    capture_hold,
    held_of,
    hold_id,
    hold_records,
    kept_with,
    open_hold,
    release_hold,
    void_hold,
)
from semper_host.api_v1.calls import (
    Accepted,
    Article,
    Declined,
    HoldOrder,
    HoldStatus,
    Item,
    ItemTraits,
    Line,
    OfferView,
    Order,
    OrderLine,
    Paid,
    Parameter,
    PaymentTraits,
    Quote,
    Refused,
    Settled,
    Unknown,
    Wanted,
)
from semper_host.api_v1.wire import opened, pack, unpack
from semper_host.model.credential_requests import (
    Allot,
    BlindTokens,
    Certify,
    CheckToken,
    Prove,
    Redeem,
    Revoke,
    SignTokens,
    StatusOf,
    UnblindTokens,
)
from semper_host.model.credentials import (
    CREDENTIAL,
    PRESENTATION,
    Claim,
    Credential,
    Described,
    Presentation,
    Shown,
    Token,
)
from semper_host.model.encoding import decode, encode
from semper_host.model.holds import (
    CAPTURE_RIGHT,
    CAPTURED,
    DECISION,
    HELD,
    RELEASED,
    RENOUNCE,
    VOIDED,
    CaptureRight,
    DecidedHold,
    Decision,
    Held,
    Renounce,
    Settlement,
)
from semper_host.model.money import Money
from semper_host.model.requests import (
    Ask,
    Attest,
    Blind,
    BlindSign,
    CheckCoins,
    CheckOutputs,
    Coin,
    Drop,
    Entry,
    HoldRow,
    HoldState,
    Issued,
    Keep,
    Mint,
    MintView,
    Now,
    Output,
    Pay,
    Post,
    Posted,
    Random,
    Reblind,
    Recall,
    Reply,
    Spent,
    Unblind,
    Verify,
)


def digest(data: bytes) -> bytes:
    """Return the SHA-256 of `data` (32 bytes)."""
    return _sha256(data).digest()


__all__ = [
    "CAPTURED", "CAPTURE_RIGHT", "CREDENTIAL", "DECISION", "HELD", "PRESENTATION", "RELEASED", "RENOUNCE", "VOIDED",
    "Accepted", "Allot", "Article", "Ask", "Attest", "Blind", "BlindSign", "BlindTokens", "CaptureRight", "Certify",
    "CheckCoins", "CheckOutputs", "CheckToken", "Claim", "Coin", "Credential", "DecidedHold", "Decision",
    "Declined", "Described", "Drop", "Entry", "Held", "HoldOrder", "HoldRow", "HoldState", "HoldStatus", "Issued",
    "Item", "ItemTraits", "Keep", "Line", "Mint", "MintView", "Money", "Now", "OfferView", "Order", "OrderLine",
    "Output", "Paid", "Parameter", "Pay", "PaymentTraits", "Post", "Posted", "Presentation", "Prove", "Quote",
    "Random", "Reblind", "Recall", "Redeem", "Refused", "Renounce", "Reply", "Revoke", "Settled", "Settlement",
    "Shown", "SignTokens", "Spent", "StatusOf", "Token", "Unblind", "UnblindTokens", "Unknown", "Verify", "Wanted",
    "capture_hold", "decode", "digest", "encode", "held_of", "hold_id", "hold_records", "kept_with", "open_hold",
    "opened", "pack", "release_hold", "unpack", "void_hold",
]  # fmt: skip

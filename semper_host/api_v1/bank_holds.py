"""The life of a hold at a bank: held, then captured, released or voided, exactly one of them (DESIGN §6, §8).

The rules that every payment system with holds must keep, in one place; a system's bank side says where the money comes
from and where it goes back to. Each function is a generator of requests, to be used with `yield from`, and has one
commit point, its `Post`. What a hold's state does not allow moves nothing and is answered with the state.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from hashlib import sha256
from typing import Any, TypeVar

from semper_host.api_v1.calls import Refused
from semper_host.api_v1.wire import opened
from semper_host.model.encoding import MalformedEncoding, decode, encode
from semper_host.model.holds import (
    CAPTURE_RIGHT,
    CAPTURED,
    DECISION,
    HELD,
    RELEASED,
    RENOUNCE,
    VOIDED,
    CaptureRight,
    Decision,
    Held,
    Renounce,
    Settlement,
)
from semper_host.model.money import Money
from semper_host.model.requests import (
    Attest,
    Entry,
    HoldRow,
    HoldState,
    Mint,
    MintView,
    Now,
    Output,
    Post,
    Posted,
    Request,
    Verify,
)

HELD_BACK = "mint:held"
"""The bank's account that all held money stands in."""

ENDED = {"captured": CAPTURED, "released": RELEASED, "voided": VOIDED}
"""The states in which a hold ends, and the kind of statement that proves each."""

T = TypeVar("T")
Steps = Generator[Request, Any, T]
GiveBack = Callable[[HoldRow], tuple[str, list[Output]]]
"""Where a voided hold's money goes: an account, and the blinded outputs that it pays for (none for account money)."""


def open_hold(held: Held, request: bytes, source: str, spend: list[bytes], more: Any) -> Steps[HoldRow | Posted]:
    """Take the held amount from account `source`; `spend` are the coins used up, `request` the SHA-256 of the message.

    `more` is plain data of the payment system, kept with the hold (`kept_with`). Returns the hold under the label,
    or what stands in its place, or how posting was refused.
    """
    posted: Posted = yield Post(
        key=sha256(b"semper/hold/1" + request).digest(),
        entries=[Entry(source, -held.amount), Entry(HELD_BACK, held.amount)],
        spend=[_fence(held.label, held.trustee), *spend],
        label=held.label,
        expect="",
        become="held",
        detail=encode({"op": "hold", "request": request, "held": held, "more": more}),
    )  # COMMIT POINT
    row: HoldRow | None = yield HoldState(held.label)
    if row is None:
        row = yield HoldState(_tombstone(held.label, held.trustee))
    return posted if row is None else row


def release_hold(label: bytes, decision: bytes) -> Steps[HoldRow | Refused]:
    """Pay the money to the payee on the trustee's decision; RELEASED carries the key that the trustee sealed."""
    row: HoldRow | None = yield HoldState(label)
    if row is None:
        return Refused("HOLD_INVALID", "there is no hold under this label")
    if row.state != "held":
        return row
    held = held_of(row)
    said = opened(Decision, (yield Verify(decision, DECISION, held.trustee)))
    if said is None or said.label != label or said.verdict != "resolved":
        return Refused("SIG_INVALID", "this is not a decision of the hold's trustee to release it")
    if [each.amount for each in said.holds if (each.system, each.hold) == (held.system, held.hold)] != [held.amount]:
        return Refused("HOLD_INVALID", "the trustee's decision does not name this hold and its amount")
    return (yield from _end(row, "released", decision, said.sealed, held.payee, []))


def capture_hold(label: bytes, right: bytes) -> Steps[HoldRow | Refused]:
    """Pay the money to the payee on the payer's right to capture."""
    row: HoldRow | None = yield HoldState(label)
    if row is None:
        return Refused("HOLD_INVALID", "there is no hold under this label")
    if row.state != "held":
        return row
    held = held_of(row)
    given = opened(CaptureRight, (yield Verify(right, CAPTURE_RIGHT, held.payer)))
    if given is None or (given.label, given.hold) != (label, held.hold):
        return Refused("SIG_INVALID", "this is not the payer's right to capture this hold")
    return (yield from _end(row, "captured", right, b"", held.payee, []))


def void_hold(label: bytes, decision: bytes, renounce: bytes, give_back: GiveBack) -> Steps[HoldRow | Refused | None]:
    """Give the money back: on the trustee's decision, the payee's refusal, or, without either, since the hold expired.

    A trustee's decision to abort counts also before there is a hold: then none that names this trustee will ever be.
    """
    row: HoldRow | None = yield HoldState(label)
    if row is None and decision:
        return (yield from _forbid(label, decision, renounce, give_back))
    if row is None or row.state != "held":
        return row
    held = held_of(row)
    if decision:
        said = opened(Decision, (yield Verify(decision, DECISION, held.trustee)))
        right = said is not None and said.label == label and said.verdict == "aborted"
    elif renounce:
        given_up = opened(Renounce, (yield Verify(renounce, RENOUNCE, held.payee_key)))
        right = given_up is not None and (given_up.label, given_up.hold) == (label, held.hold)
    elif (yield Now()) < held.expiry:
        return row
    else:
        right = True
    if not right:
        return Refused("SIG_INVALID", "this is neither the trustee's decision to void the hold nor the payee's refusal")
    account, outputs = give_back(row)
    return (yield from _end(row, "voided", decision or renounce, b"", account, outputs))


def hold_records(row: HoldRow) -> Steps[list[bytes]]:
    """Return the bank's signed records on a hold: HELD if there was one, and how it ended if it did."""
    records = []
    if "held" in decode(row.details[0]):
        records.append((yield Attest(HELD, encode(held_of(row)))))
    if row.state in ENDED:
        records.append((yield Attest(ENDED[row.state], encode(settlement_of(row)))))
    return records


def held_of(row: HoldRow) -> Held:
    """Return the Held that the ledger keeps with a hold."""
    return Held.from_plain(decode(row.details[0])["held"])


def settlement_of(row: HoldRow) -> Settlement:
    """Return the Settlement that the ledger keeps with a hold that has ended."""
    return Settlement.from_plain(decode(row.details[-1])["settlement"])


def kept_with(row: HoldRow) -> Any:
    """Return the payment system's own data kept with a hold; None where an abort stands in its place."""
    return decode(row.details[0]).get("more")


def hold_id(label: bytes, system: bytes) -> bytes:
    """Return the id (16 bytes) of the one hold that there can be under `label` at the bank with this signing key."""
    return sha256(b"semper/hold-id/1" + encode([label, system])).digest()[:16]


def _forbid(label: bytes, decision: bytes, renounce: bytes, give_back: GiveBack) -> Steps[HoldRow | Refused | None]:
    """Void what is not there yet. Hold and abort use up one and the same key in the ledger, so only one can be."""
    trustee = _claimed_signer(decision)
    said = opened(Decision, (yield Verify(decision, DECISION, trustee))) if trustee else None
    if said is None or said.label != label or said.verdict != "aborted":
        return Refused("SIG_INVALID", "this is not a trustee's decision to abort the exchange under this label")
    bank: MintView = yield Mint()
    at: int = yield Now()
    nothing = Settlement(label, hold_id(label, bank.system), "", Money(0, bank.currency), at)
    yield Post(
        key=sha256(b"semper/forbid/1" + decision).digest(),
        entries=[],
        spend=[_fence(label, trustee)],
        label=_tombstone(label, trustee),
        expect="",
        become="voided",
        detail=encode({"op": "forbid", "request": sha256(decision).digest(), "settlement": nothing, "by": decision}),
    )  # COMMIT POINT
    row: HoldRow | None = yield HoldState(label)
    if row is not None:  # a hold came in between
        return (yield from void_hold(label, decision, renounce, give_back))
    row = yield HoldState(_tombstone(label, trustee))
    return row


def _end(
    row: HoldRow, become: str, by: bytes, sealed: bytes, account: str, outputs: list[Output]
) -> Steps[HoldRow | Refused]:
    """Move a hold from held to its end, its money to `account`. Whoever comes second gets the state as it is."""
    held = held_of(row)
    at: int = yield Now()
    settlement = Settlement(held.label, held.hold, held.payee, held.amount, at, sealed)
    yield Post(
        key=sha256(b"semper/hold-end/1" + encode([held.label, become, by])).digest(),
        entries=[Entry(HELD_BACK, -held.amount), Entry(account, held.amount)],
        label=held.label,
        expect="held",
        become=become,
        detail=encode({"op": "end", "settlement": settlement, "by": by}),
        issue=outputs,
    )  # COMMIT POINT
    after: HoldRow = yield HoldState(held.label)
    return after


def _claimed_signer(statement: bytes) -> bytes:
    """Return the key that a COSE_Sign1 says it is signed with (kid, RFC 9052 §3.1), unverified; b"" if it says none."""
    try:
        key = decode(decode(statement)[0])[4]
    except (MalformedEncoding, KeyError, IndexError, TypeError):
        return b""
    return key if type(key) is bytes else b""


def _fence(label: bytes, trustee: bytes) -> bytes:
    return sha256(b"semper/hold-fence/1" + encode([label, trustee])).digest()


def _tombstone(label: bytes, trustee: bytes) -> bytes:
    return sha256(b"semper/hold-tombstone/1" + encode([label, trustee])).digest()

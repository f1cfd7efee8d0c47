"""The payer's side of ecash. The host hands over coins that a mandate covers; the bank never learns who pays.

What is about to be sent is kept first, under a name that the same call finds again: a call repeated after a crash
or without an answer sends the same bytes, and the bank answers them as it did. `Unknown` means exactly that: call
again, or ask for the status; nothing is ever paid twice.
"""

from semper_host.api_v1 import (
    CAPTURED,
    HELD,
    RELEASED,
    VOIDED,
    Ask,
    Blind,
    Coin,
    Drop,
    Held,
    HoldOrder,
    HoldStatus,
    Keep,
    Money,
    Output,
    PaymentTraits,
    Reblind,
    Recall,
    Refused,
    Settled,
    Settlement,
    Unblind,
    Unknown,
    Verify,
    digest,
    encode,
    opened,
    pack,
    unpack,
)

FORMAT = "ecash/1"
CURRENCIES = (
    "AUD BGN BHD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF IDR ILS INR ISK JOD JPY KRW KWD MXN MYR NOK NZD OMR PHP PLN "
    "RON SEK SGD THB TND TRY UAH USD VND ZAR"
)
KINDS = {"held": HELD, "captured": CAPTURED, "released": RELEASED, "voided": VOIDED}
SILENCE = "the bank did not answer; ask for the status, do not pay again"
NONSENSE = "the bank's answer cannot be read; ask for the status, do not pay again"
UNSIGNED = "the bank's answer is not signed by the bank that the exchange names; ask for the status"

SENT = {
    "withdraw": {"amount": Money, "outputs": [Output]},
    "refresh": {"coins": [Coin], "outputs": [Output]},
    "hold": {"order": HoldOrder, "coins": [Coin], "outputs": [Output]},
}
ANSWERS = {
    "refused": {"code": str, "why": str, "proof": bytes},
    "signed": {"signatures": [bytes]},
    "restored": {"known": [bool], "signatures": [bytes]},
    "spent": {"spent": [bool]},
    "state": {"state": str, "records": [bytes], "refund": [bytes]},
}
CODES = [
    "DOUBLE_SPENT", "ENCODING_INVALID", "HOLD_INVALID", "PAYMENT_REFUSED", "SIG_INVALID", "TOO_LATE",
]  # fmt: skip


def traits():
    """Cash: exact amounts by exchanging coins, holds under an exchange's label, the payer unknown to the bank."""
    return PaymentTraits("ecash/1", "cash", CURRENCIES.split(), holds=True, anonymous=True, refreshes=True)


# --- coins


def withdraw(amount: Money, values: list[int]):
    """Turn `amount` of the account into coins of `values`. A withdrawal left without an answer is finished first."""
    pending = yield Recall("withdraw")
    if pending:
        ended = yield from finish("withdraw", pending)
        same = unpack(pending, FORMAT, SENT)["amount"] == amount
        if isinstance(ended, Unknown) or (isinstance(ended, Settled) and same):
            return ended
    outputs = yield Blind(values)
    message = pack({FORMAT: "withdraw", "amount": amount, "outputs": outputs})
    yield Keep("withdraw", message)
    return (yield from finish("withdraw", message))


def refresh(coins: list[Coin], values: list[int]):
    """Exchange `coins` for coins of `values` of the same sum. With the same coins again, it is the same exchange."""
    name = "refresh." + digest(pack(coins)).hex()
    message = yield Recall(name)
    if not message:
        outputs = yield Blind(values)
        message = pack({FORMAT: "refresh", "coins": coins, "outputs": outputs})
        yield Keep("sent." + digest(message).hex(), name.encode())
        yield Keep(name, message)
    return (yield from finish(name, message))


def finish(name, message):
    """Send a kept message that asks for new coins, put what comes back into the purse, and forget the message."""
    sent = unpack(message, FORMAT, SENT)
    coins = sent.get("coins", [])
    said = yield from tell(message, "signed", sent[FORMAT] == "withdraw")
    if isinstance(said, Unknown):
        return said
    if isinstance(said, Refused):
        yield from drop_spent(said, coins)
    elif len(said["signatures"]) != len(sent["outputs"]):
        return Unknown(NONSENSE)
    else:
        yield Unblind(sent["outputs"], said["signatures"])
        yield Drop(coins)
    yield Keep(name, b"")
    return said if isinstance(said, Refused) else Settled()


def drop_spent(refusal, coins):
    """Take coins out of the purse that were spent before. If it was we who exchanged them, get what they became."""
    if refusal.code != "DOUBLE_SPENT" or not coins:
        return
    first = unpack(refusal.proof, "op", {"exchange": {"request": bytes}})
    name = None if first is None else (yield Recall("sent." + first["request"].hex()))
    message = (yield Recall(name.decode())) if name else None
    if message:
        yield from finish(name.decode(), message)
    yield from drop_if_spent(coins)


def drop_if_spent(coins):
    """Ask which of the coins are spent and drop those; say whether the bank told."""
    said = yield from tell(pack({FORMAT: "spent", "keys": [digest(coin.message) for coin in coins]}), "spent")
    if not isinstance(said, dict) or len(said["spent"]) != len(coins):
        return False
    yield Drop([coins[place] for place in range(len(coins)) if said["spent"][place]])
    return True


def restore(value: int, first: int, count: int):
    """Find the coins of `value` that the seed gave at counters `first` to `first + count - 1`; keep the unspent.

    Returns how many the bank ever issued, also those spent since: where a long run has none, there are no more.
    """
    outputs = yield Reblind(value, first, count)
    said = yield from tell(pack({FORMAT: "restore", "outputs": outputs}), "restored")
    if not isinstance(said, dict):
        return Unknown(said.why)
    if len(said["known"]) != len(outputs):
        return Unknown(NONSENSE)
    found = [outputs[place] for place in range(len(outputs)) if said["known"][place]]
    if len(said["signatures"]) != len(found):
        return Unknown(NONSENSE)
    if found:
        coins = yield Unblind(found, said["signatures"])
        told = yield from drop_if_spent(coins)
        if not told:
            return Unknown("the bank did not tell which of the coins are spent; restore again")
    return len(found)


# --- holds


def hold(order: HoldOrder, coins: list[Coin], refund_values: list[int]):
    """Put `coins` into a hold under the order's label. Settled with the bank's HELD, checked to be this very hold."""
    name = "hold." + order.label.hex()
    message = yield Recall(name)
    if not message:
        outputs = yield Blind(refund_values)
        message = pack({FORMAT: "hold", "order": order, "coins": coins, "outputs": outputs})
        yield Keep(name, message)
    sent = unpack(message, FORMAT, SENT)
    if sent["order"] != order:
        return Refused("MESSAGE_UNEXPECTED", "another hold was ordered under this label before")
    said = yield from tell(message, "state")
    if isinstance(said, Refused):
        yield from drop_spent(said, sent["coins"])
        yield Keep(name, b"")
    if not isinstance(said, dict):
        return said
    proof = yield from proven(said, sent)
    if proof == HELD:
        yield Drop(sent["coins"], True)
        return Settled(said["records"][0])
    if not proof:
        return Unknown(UNSIGNED)
    if proof == "forbidden":
        yield Keep(name, b"")  # there never was a hold, and none can be: the coins are free
        return Refused("TOO_LATE", "the trustee aborted the exchange before the hold", said["records"][0])
    yield from drop_if_spent(sent["coins"])
    why = "the hold was given back; reclaim it" if proof == VOIDED else "the bank holds something else under this label"
    return Refused("HOLD_INVALID", why, said["records"][-1])


def proven(said, sent):
    """Return what the bank's records prove of the hold that we sent.

    HELD: it was made, and stands or was paid out. VOIDED: it was made and given back. "forbidden": it was aborted
    before it was made. "other": what the bank signed is not our hold. "": nothing.
    """
    order, records = sent["order"], said["records"]
    if not records:
        return ""
    if said["state"] == "voided":
        voided = opened(Settlement, (yield Verify(records[-1], VOIDED, order.system)))
        if voided is None or voided.label != order.label:
            return ""
        if len(records) == 1:
            return "forbidden"
    held = opened(Held, (yield Verify(records[0], HELD, order.system)))
    if held is None:
        return ""
    refund = digest(encode([[output.value, output.blinded] for output in sent["outputs"]]))
    ours = Held(
        order.label, held.hold, order.payee, order.amount, order.expiry,
        order.payer, order.payee_key, order.trustee, order.system, refund,
    )  # fmt: skip
    if held != ours:
        return "other"
    return VOIDED if said["state"] == "voided" else HELD


def status(label: bytes):
    """Ask the bank for the state of a hold; if this purse made it, the record is checked against the bank's key."""
    said = yield from tell(pack({FORMAT: "status", "label": label}), "state")
    if not isinstance(said, dict):
        return Unknown(said.why)
    message = yield Recall("hold." + label.hex())
    if message and said["state"] != "none":
        system = unpack(message, FORMAT, SENT)["order"].system
        last = yield Verify(said["records"][-1], KINDS[said["state"]], system)
        if last is None:
            return Unknown(UNSIGNED)
    return HoldStatus(said["state"], said["records"])


def reclaim(label: bytes):
    """Take the coins of a voided hold back into the purse; an expired hold is voided by this. Settled with VOIDED."""
    message = yield Recall("hold." + label.hex())
    if not message:
        return Refused("PAYMENT_REFUSED", "this purse made no hold under this label")
    said = yield from tell(pack({FORMAT: "void", "label": label, "decision": b"", "renounce": b""}), "state")
    if not isinstance(said, dict):
        return said
    sent = unpack(message, FORMAT, SENT)
    if said["state"] == "none":
        return Refused("PAYMENT_REFUSED", "the bank holds nothing under this label")
    proof = yield from proven(said, sent)
    if proof == VOIDED:
        if len(said["refund"]) != len(sent["outputs"]):
            return Unknown("the bank gave the hold back but not the coins; ask again")
        yield Unblind(sent["outputs"], said["refund"])
        return Settled(said["records"][-1])
    return Refused("PAYMENT_REFUSED", "the hold is not voided but " + said["state"], said["records"][-1])


# --- messages


def tell(message, wanted, account=False):
    """Send a message; return the bank's answer of the wanted kind, or the Refused or Unknown that it comes to."""
    reply = yield Ask(message, account)
    if not reply.ok:
        return Unknown(SILENCE)
    said = unpack(reply.message, FORMAT, ANSWERS)
    if said is not None and said[FORMAT] == "refused":
        return Refused(said["code"] if said["code"] in CODES else "PAYMENT_REFUSED", said["why"][:200], said["proof"])
    if said is None or said[FORMAT] != wanted:
        return Unknown(NONSENSE)
    if wanted == "state" and said["state"] != "none" and (said["state"] not in KINDS or not said["records"]):
        return Unknown(NONSENSE)
    return said

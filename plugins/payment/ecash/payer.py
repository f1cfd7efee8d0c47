"""The payer's side of ecash. The host hands over coins that a mandate covers; the bank learns coins and payee, never who pays.

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
    decode,
    digest,
    encode,
)

CURRENCIES = (
    "AUD BGN BHD BRL CAD CHF CNY CZK DKK EUR GBP HKD HUF IDR ILS INR ISK JOD JPY KRW KWD MXN MYR NOK NZD OMR PHP PLN "
    "RON SEK SGD THB TND TRY UAH USD VND ZAR"
)
KINDS = {"held": HELD, "captured": CAPTURED, "released": RELEASED, "voided": VOIDED}
SILENCE = "the bank did not answer; ask for the status, do not pay again"
NONSENSE = "the bank's answer cannot be read; ask for the status, do not pay again"


def traits():
    """Cash: exact amounts by exchanging coins, holds under an exchange's label, the payer unknown to the bank."""
    return PaymentTraits("ecash/1", "cash", CURRENCIES.split(), holds=True, anonymous=True, refreshes=True)


# --- coins


def withdraw(amount: Money, values: list[int]):
    """Turn `amount` of the account into coins of `values`. A withdrawal left without an answer is finished first."""
    pending = yield Recall("withdraw")
    if pending:
        ended = yield from finish("withdraw", pending, True)
        if not isinstance(ended, Refused) and decode(pending)["amount"] == amount.to_map():
            return ended
        if isinstance(ended, Unknown):
            return ended
    outputs = yield Blind(values)
    message = encode({"ecash": 1, "op": "withdraw", "amount": amount, "outputs": plain(outputs)})
    yield Keep("withdraw", message)
    return (yield from finish("withdraw", message, True))


def refresh(coins: list[Coin], values: list[int]):
    """Exchange `coins` for coins of `values`, of the same sum. Repeated with the same coins, it is the same exchange."""
    name = "refresh." + digest(encode(written(coins))).hex()
    message = yield Recall(name)
    if not message:
        outputs = yield Blind(values)
        message = encode({"ecash": 1, "op": "refresh", "coins": written(coins), "outputs": plain(outputs)})
        yield Keep(name, message)
    return (yield from finish(name, message, False))


def finish(name, message, account):
    """Send a kept message that asks for new coins, put what comes back into the purse, and forget the message."""
    said = yield from tell(message, account)
    if isinstance(said, Unknown):
        return said
    sent = decode(message)
    if isinstance(said, Refused):
        yield from drop_spent(said, read_coins(sent))
    elif said["re"] != "signed" or len(said["signatures"]) != len(sent["outputs"]):
        return Unknown(NONSENSE)
    else:
        yield Unblind(read_outputs(sent), said["signatures"])
        yield Drop(read_coins(sent))
    yield Keep(name, b"")
    return said if isinstance(said, Refused) else Settled()


def drop_spent(refusal, coins):
    """Take coins out of the purse that the bank says were spent before, so that they are not offered again."""
    if refusal.code != "DOUBLE_SPENT" or not coins:
        return
    said = yield from tell(encode({"ecash": 1, "op": "spent", "keys": [digest(coin.message) for coin in coins]}))
    if isinstance(said, dict) and said["re"] == "spent" and len(said["spent"]) == len(coins):
        yield Drop([coins[place] for place in range(len(coins)) if said["spent"][place]])


def restore(value: int, first: int, count: int):
    """Find the coins of `value` that the purse's seed gave at `first` to `first + count - 1`, and keep the unspent ones.

    Returns how many the bank ever issued, also those spent since: where a long run has none, there are no more.
    """
    outputs = yield Reblind(value, first, count)
    said = yield from tell(encode({"ecash": 1, "op": "restore", "outputs": plain(outputs)}))
    if isinstance(said, Refused):
        return Unknown(said.why)
    if isinstance(said, Unknown):
        return said
    if said["re"] != "restored" or len(said["known"]) != len(outputs):
        return Unknown(NONSENSE)
    found = [outputs[place] for place in range(len(outputs)) if said["known"][place]]
    if not found:
        return 0
    coins = yield Unblind(found, said["signatures"])
    said = yield from tell(encode({"ecash": 1, "op": "spent", "keys": [digest(coin.message) for coin in coins]}))
    if not isinstance(said, dict) or said["re"] != "spent" or len(said["spent"]) != len(coins):
        return Unknown("the bank did not tell which of the coins are spent; restore again")
    yield Drop([coins[place] for place in range(len(coins)) if said["spent"][place]])
    return len(found)


# --- holds


def hold(order: HoldOrder, coins: list[Coin], refund_values: list[int]):
    """Put `coins` into a hold under the order's label; Settled with the bank's HELD, which was checked to be this hold."""
    name = "hold." + order.label.hex()
    message = yield Recall(name)
    if not message:
        outputs = yield Blind(refund_values)
        message = encode(
            {"ecash": 1, "op": "hold", "order": listed(order), "coins": written(coins), "outputs": plain(outputs)}
        )
        yield Keep(name, message)
    sent = decode(message)
    if sent["order"] != decode(encode(listed(order))):
        return Refused("MESSAGE_UNEXPECTED", "another hold was ordered under this label before")
    said = yield from tell(message)
    if isinstance(said, Refused):
        yield from drop_spent(said, read_coins(sent))
        yield Keep(name, b"")
    if not isinstance(said, dict):
        return said
    if said["re"] != "state":
        return Unknown(NONSENSE)
    held = yield from proven(said, sent)
    if held == HELD:
        yield Drop(read_coins(sent))
        return Settled(said["records"][0])
    return (yield from not_held(said, held, name))


def not_held(said, proof, name):
    """Say why a hold is not ours, or not any more; where the bank proved that it never was, the message is forgotten."""
    if not proof:
        return Unknown("the bank's answer is not signed by the bank that the exchange names")
    if len(said["records"]) == 1 and proof == VOIDED:
        yield Keep(name, b"")
        return Refused("TOO_LATE", "the trustee aborted the exchange before the hold", said["records"][0])
    return Refused("HOLD_INVALID", "the bank holds something else under this label, or the hold has ended", said["records"][-1])


def proven(said, sent):
    """Return the kind that the bank's records prove: HELD if they prove our very hold and that it stands or was used.

    VOIDED if it was given back or forbidden, "other" if what is signed is not the hold we sent, "" if nothing is proved.
    """
    label, payee, amount, expiry, payer, payee_key, trustee, system = sent["order"]
    records = said["records"]
    if said["state"] == "none" or not records:
        return ""
    if said["state"] == "voided":
        voided = opened(Settlement, (yield Verify(records[-1], VOIDED, system)))
        return VOIDED if voided is not None and voided.label == label else ""
    held = opened(Held, (yield Verify(records[0], HELD, system)))
    if held is None:
        return ""
    ordered = [held.label, held.payee, held.amount.to_map(), held.expiry, held.payer, held.payee_key, held.trustee, held.system]
    same = ordered == sent["order"] and held.refund == digest(encode(sent["outputs"]))
    return HELD if same else "other"


def status(label: bytes):
    """Ask the bank for the state of a hold; where this purse made it, the records are checked against its bank's key."""
    said = yield from tell(encode({"ecash": 1, "op": "status", "label": label}))
    if not isinstance(said, dict):
        return Unknown(said.why)
    if said["re"] != "state":
        return Unknown(NONSENSE)
    message = yield Recall("hold." + label.hex())
    if message and said["state"] != "none":
        system = decode(message)["order"][7]
        last = yield Verify(said["records"][-1], KINDS[said["state"]], system)
        if last is None:
            return Unknown("the bank's answer is not signed by the bank that the exchange names")
    return HoldStatus(said["state"], said["records"])


def reclaim(label: bytes):
    """Take the coins of a voided hold back into the purse; an expired hold is voided by this. Settled with VOIDED."""
    message = yield Recall("hold." + label.hex())
    if not message:
        return Refused("PAYMENT_REFUSED", "this purse made no hold under this label")
    said = yield from tell(encode({"ecash": 1, "op": "void", "label": label, "decision": b"", "renounce": b""}))
    if not isinstance(said, dict):
        return said
    if said["re"] != "state":
        return Unknown(NONSENSE)
    sent = decode(message)
    proof = yield from proven(said, sent)
    if proof == VOIDED and said["refund"]:
        yield Unblind(read_outputs(sent), said["refund"])
        return Settled(said["records"][-1])
    if said["state"] == "none":
        return Refused("PAYMENT_REFUSED", "the bank holds nothing under this label")
    return Refused("PAYMENT_REFUSED", "the hold is not voided but " + said["state"], said["records"][-1])


# --- messages


def tell(message, account=False):
    """Send a message; return the bank's answer as a map, or the Refused or Unknown that it comes to."""
    reply = yield Ask(message, account)
    if not reply.ok:
        return Unknown(SILENCE)
    return read(reply.message)


def read(message):
    """Return the bank's answer as a map of the right types, or the Refused or Unknown that it is."""
    try:
        said = decode(message)
        if said["re"] == "refused":
            return refusal(said)
        for name, kind in LISTS[said["re"]].items():
            if not isinstance(said[name], list) or not all([isinstance(each, kind) for each in said[name]]):
                return Unknown(NONSENSE)
        if said["re"] == "state" and said["state"] != "none" and (said["state"] not in KINDS or not said["records"]):
            return Unknown(NONSENSE)
        return said
    except Exception:
        return Unknown(NONSENSE)


def refusal(said):
    """Return the bank's no; a code that the host does not know becomes the general one."""
    if not isinstance(said["why"], str) or not isinstance(said["proof"], bytes):
        return Unknown(NONSENSE)
    return Refused(said["code"] if said["code"] in CODES else "PAYMENT_REFUSED", said["why"][:200], said["proof"])


def opened(kind, payload):
    """Return the record in a verified payload, or None if there is none."""
    try:
        return None if payload is None else kind.decode(payload)
    except Exception:
        return None


CODES = [
    "DOUBLE_SPENT", "ENCODING_INVALID", "HOLD_INVALID", "PAYMENT_REFUSED", "SIG_INVALID", "TOO_LATE", "VERSION_UNSUPPORTED",
]  # fmt: skip

LISTS = {
    "signed": {"signatures": bytes},
    "restored": {"known": bool, "signatures": bytes},
    "spent": {"spent": bool},
    "state": {"records": bytes, "refund": bytes},
}


def listed(order):
    """Return a hold order as a list, in the order of its fields."""
    return [
        order.label, order.payee, order.amount, order.expiry,
        order.payer, order.payee_key, order.trustee, order.system,
    ]  # fmt: skip


def written(coins):
    """Return coins as plain data."""
    return [[coin.value, coin.message, coin.signature] for coin in coins]


def plain(outputs):
    """Return outputs as plain data."""
    return [[output.value, output.blinded] for output in outputs]


def read_coins(sent):
    """Return the coins of a message of ours, none if it has none."""
    return [Coin(value, message, signature) for value, message, signature in sent.get("coins", [])]


def read_outputs(sent):
    """Return the blinded outputs of a message of ours."""
    return [Output(value, blinded) for value, blinded in sent["outputs"]]

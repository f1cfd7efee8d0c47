"""The bank's side of ecash: `answer` takes a message and gives the bank's answer, the same bytes each time.

The format stands in docs/reference/ecash.md. Every operation has one commit point, the `Post`: nothing is signed
before it, and what is signed after it is computed from what the ledger keeps, so that a repeated message, also after a
crash between the two, gets the same bytes. How a hold lives and ends is common to all payment systems: api_v1 has it.
"""

from semper_host.api_v1 import (
    BlindSign,
    CheckCoins,
    CheckOutputs,
    Coin,
    Entry,
    Held,
    HoldOrder,
    HoldRow,
    HoldState,
    Issued,
    Mint,
    Money,
    Now,
    Output,
    Post,
    Refused,
    Spent,
    capture_hold,
    decode,
    digest,
    encode,
    hold_id,
    hold_records,
    kept_with,
    open_hold,
    pack,
    release_hold,
    unpack,
    void_hold,
)

FORMAT = "ecash/1"
MOST_COINS = 64
MOST_BYTES = 16_384
COIN_MESSAGE = 64
LONGEST_HOLD = 400 * 86_400
OUTSTANDING = "mint:outstanding"
PAID_BEFORE = "a new coin was paid for before: restore the purse, then try again"

SHAPES = {
    "withdraw": {"amount": Money, "outputs": [Output]},
    "refresh": {"coins": [Coin], "outputs": [Output]},
    "deposit": {"coins": [Coin]},
    "restore": {"outputs": [Output]},
    "spent": {"keys": [bytes]},
    "hold": {"order": HoldOrder, "coins": [Coin], "outputs": [Output]},
    "release": {"label": bytes, "decision": bytes},
    "capture": {"label": bytes, "right": bytes},
    "void": {"label": bytes, "decision": bytes, "renounce": bytes},
    "status": {"label": bytes},
}


def answer(message: bytes, account: str):
    """Answer one message; `account` signed it ("" for nobody). Always a map, whatever came in."""
    asked = unpack(message, FORMAT, SHAPES)
    if asked is None or not proper(asked):
        return pack(refused("ENCODING_INVALID", "the message is not of the format ecash/1"))
    said = yield from OPERATIONS[asked[FORMAT]](asked, digest(message), account)
    return pack(said)


def proper(asked):
    """Say whether all sizes are within bounds: so many coins, so long a text, 32 bytes for a label, digest or key."""
    coins, outputs, keys = asked.get("coins", []), asked.get("outputs", []), asked.get("keys", [])
    words = [asked[name] for name in ["decision", "right", "renounce"] if name in asked]
    names = keys + ([asked["label"]] if "label" in asked else [])
    if "order" in asked:
        order = asked["order"]
        names = [order.label, order.payer, order.payee_key, order.trustee, order.system]
        words = [*words, order.payee.encode()]
    for name in ["coins", "outputs", "keys"]:
        if name in asked and not 1 <= len(asked[name]) <= MOST_COINS:
            return False
    return (
        all(len(name) == 32 for name in names)
        and all(len(word) <= MOST_BYTES for word in words)
        and all(each.value > 0 for each in coins + outputs)
        and all(len(coin.message) == COIN_MESSAGE for coin in coins)
    )


# --- coins


def withdraw(asked, request, account):
    """Debit the account, and sign the blinded outputs."""
    amount, outputs = asked["amount"], asked["outputs"]
    if not account.startswith("customer:"):
        return refused("PAYMENT_REFUSED", "a withdrawal must be signed by the holder of an account")
    why = yield from why_not(amount, [], outputs)
    if why:
        return refused("PAYMENT_REFUSED", why)
    return (yield from exchange(request, account, [Entry(account, -amount), Entry(OUTSTANDING, amount)], [], outputs))


def refresh(asked, request, account):
    """Take coins and sign blinded outputs of the same sum."""
    coins, outputs = asked["coins"], asked["outputs"]
    mint = yield Mint()
    why = yield from why_not(Money(total(coins), mint.currency), coins, outputs)
    if why:
        return refused("PAYMENT_REFUSED", why)
    return (yield from exchange(request, "", [], coins, outputs))


def exchange(request, account, entries, coins, outputs):
    """Post, then sign: repeated, the post answers as before and the signatures are the same."""
    posted = yield Post(
        key=digest(encode(["ecash exchange", account, request])),
        entries=entries,
        spend=[digest(coin.message) for coin in coins],
        detail=encode({"op": "exchange", "request": request}),
        issue=outputs,
    )  # COMMIT POINT
    if not posted.done:
        return not_posted(posted)
    return {FORMAT: "signed", "signatures": (yield BlindSign(outputs))}


def deposit(asked, request, account):
    """Take coins and credit the account that signed the message."""
    coins = asked["coins"]
    mint = yield Mint()
    amount = Money(total(coins), mint.currency)
    if not account.startswith("customer:"):
        return refused("PAYMENT_REFUSED", "a deposit must be signed by the holder of an account")
    why = yield from why_not(amount, coins, [])
    if why:
        return refused("PAYMENT_REFUSED", why)
    posted = yield Post(
        key=digest(encode(["ecash deposit", account, request])),
        entries=[Entry(OUTSTANDING, -amount), Entry(account, amount)],
        spend=[digest(coin.message) for coin in coins],
        detail=encode({"op": "deposit", "request": request}),
    )  # COMMIT POINT
    return {FORMAT: "deposited", "amount": amount} if posted.done else not_posted(posted)


def restore(asked, request, account):
    """Say which of the blinded outputs were paid for before, and sign those again."""
    outputs = asked["outputs"]
    known = yield Issued(outputs)
    signatures = yield BlindSign([outputs[place] for place in range(len(outputs)) if known[place]])
    return {FORMAT: "restored", "known": known, "signatures": signatures}


def spent(asked, request, account):
    """Tell which of the coins, named by the digest of their message, were spent."""
    return {FORMAT: "spent", "spent": (yield Spent(asked["keys"]))}


# --- holds


def hold(asked, request, account):
    """Take coins into a hold under its label, with the payer's blinded outputs for the case that it is voided."""
    order, coins, outputs = asked["order"], asked["coins"], asked["outputs"]
    before = yield HoldState(order.label)
    if before is not None:
        return (yield from state(before))
    why = yield from why_not_held(order, coins)
    if not why:
        why = yield from why_not(order.amount, coins, outputs)
    if not why and any((yield Issued(outputs))):
        why = PAID_BEFORE
    if why:
        return refused("PAYMENT_REFUSED", why)
    plain = [[output.value, output.blinded] for output in outputs]
    held = Held(
        order.label, hold_id(order.label, order.system), order.payee, order.amount, order.expiry,
        order.payer, order.payee_key, order.trustee, order.system, digest(encode(plain)),
    )  # fmt: skip
    row = yield from open_hold(held, request, OUTSTANDING, [digest(coin.message) for coin in coins], plain)
    return (yield from state(row)) if isinstance(row, HoldRow) else not_posted(row)


def why_not_held(order, coins):
    """Say why there can't be such a hold, or ""."""
    mint = yield Mint()
    now = yield Now()
    if order.system != mint.system:
        return "the hold names another payment system"
    if not order.payee.startswith("customer:") or len(order.payee) > 200:
        return "the hold names no account to pay to"
    if not now < order.expiry <= now + LONGEST_HOLD:
        return "the hold's expiry has passed, or is more than 400 days away"
    return "" if total(coins) == order.amount.minor else "the coins do not add up to the amount to hold"


def release(asked, request, account):
    """Pay the held money out on the trustee's decision."""
    return (yield from state((yield from release_hold(asked["label"], asked["decision"]))))


def capture(asked, request, account):
    """Pay the held money out on the payer's right to capture."""
    return (yield from state((yield from capture_hold(asked["label"], asked["right"]))))


def void(asked, request, account):
    """Give the money back to the payer, in the coins that the payer's blinded outputs become."""
    return (yield from state((yield from void_hold(asked["label"], asked["decision"], asked["renounce"], give_back))))


def status(asked, request, account):
    """Tell the state of the hold under a label."""
    return (yield from state((yield HoldState(asked["label"]))))


def give_back(row):
    """Say where a voided hold's money goes: into coins again, those of the payer's refund outputs."""
    return OUTSTANDING, refund_of(row)


def refund_of(row):
    """Return the payer's blinded refund outputs that the ledger keeps with a hold; none with an abort in its place."""
    return [Output(value, blinded) for value, blinded in kept_with(row) or []]


def state(row):
    """Answer with a hold's state, the bank's signed records, and its signatures on the refund if it was voided."""
    if isinstance(row, Refused):
        return refused(row.code, row.why, row.proof)
    if row is None:
        return {FORMAT: "state", "state": "none", "records": [], "refund": []}
    records = yield from hold_records(row)
    refund = refund_of(row) if row.state == "voided" else []
    if refund:
        refund = yield BlindSign(refund)
    return {FORMAT: "state", "state": row.state, "records": records, "refund": refund}


# --- rules


def why_not(amount, coins, outputs):
    """Say why coins or outputs can't be taken for `amount`, or "": both are checked against the mint's keys."""
    mint = yield Mint()
    if amount.currency != mint.currency or amount.minor <= 0:
        return "this mint takes positive amounts of " + mint.currency + " only"
    if outputs and total(outputs) != amount.minor:
        return "the new coins do not add up to the amount"
    if len({coin.message: coin for coin in coins}) != len(coins):
        return "a coin is given twice"
    if len({output.blinded: output for output in outputs}) != len(outputs):
        return "a new coin is asked for twice"
    if not all((yield CheckCoins(coins))):
        return "a coin does not bear this mint's signature"
    if not all((yield CheckOutputs(outputs))):
        return "a new coin's value or blinded message is none that this mint can sign"
    return ""


def total(values):
    """Return the sum of coins or outputs in minor units."""
    return sum([each.value for each in values])


def refused(code, why, proof=b""):
    """Return the answer no: nothing moved."""
    return {FORMAT: "refused", "code": code, "why": why, "proof": proof}


def not_posted(posted):
    """Return the answer to what the ledger refused; the proof has the digest of the message that spent the coin."""
    if posted.why != "spent":
        return refused("PAYMENT_REFUSED", WHY.get(posted.why, "the ledger refused it"))
    first = decode(posted.proof)
    return refused("DOUBLE_SPENT", "a coin was spent before", encode({"op": first["op"], "request": first["request"]}))


WHY = {
    "funds": "the account holds less than that",
    "limit": "the account would hold more than it may",
    "conflict": "the same was asked for before with other fields",
    "issued": PAID_BEFORE,
}

OPERATIONS = {
    "withdraw": withdraw, "refresh": refresh, "deposit": deposit, "restore": restore, "spent": spent,
    "hold": hold, "release": release, "capture": capture, "void": void, "status": status,
}  # fmt: skip

"""The payee's side of ecash: take held money in, give a hold up, deposit coins. Each may be repeated without harm."""

from semper_host.api_v1 import Ask, Coin, HoldStatus, Refused, Settled, Unknown, decode, encode

SILENCE = "the bank did not answer; ask for the status"
NONSENSE = "the bank's answer cannot be read; ask for the status"


def capture(label: bytes, right: bytes):
    """Have the held money credited, with the payer's signed right. Settled with CAPTURED, or RELEASED if that came first."""
    said = yield from tell({"ecash": 1, "op": "capture", "label": label, "right": right})
    return ended(said, ["captured", "released"])


def renounce(label: bytes, refusal: bytes):
    """Give the hold back to the payer, with the payee's signed refusal. Settled with VOIDED."""
    said = yield from tell({"ecash": 1, "op": "void", "label": label, "decision": b"", "renounce": refusal})
    return ended(said, ["voided"])


def deposit(coins: list[Coin]):
    """Credit `coins` to the account, on line: a coin spent before is refused with the bank's proof."""
    coins = [[coin.value, coin.message, coin.signature] for coin in coins]
    said = yield from tell({"ecash": 1, "op": "deposit", "coins": coins}, True)
    if not isinstance(said, dict):
        return said
    return Settled() if said["re"] == "deposited" else Unknown(NONSENSE)


def status(label: bytes):
    """Ask the bank for the state of a hold, with its signed records; the host checks them against the bank's key."""
    said = yield from tell({"ecash": 1, "op": "status", "label": label})
    if not isinstance(said, dict):
        return Unknown(said.why)
    return HoldStatus(said["state"], said["records"]) if said["re"] == "state" else Unknown(NONSENSE)


def ended(said, wanted):
    """Return Settled with the bank's last record if the hold ended in a wanted state, else why it did not."""
    if not isinstance(said, dict):
        return said
    if said["re"] != "state":
        return Unknown(NONSENSE)
    proof = said["records"][-1] if said["records"] else b""
    if said["state"] in wanted and proof:
        return Settled(proof)
    return Refused("PAYMENT_REFUSED", "the state of the hold is: " + said["state"], proof)


def tell(message, account=False):
    """Send a message; return the bank's answer as a map, or the Refused or Unknown that it comes to."""
    reply = yield Ask(encode(message), account)
    if not reply.ok:
        return Unknown(SILENCE)
    return read(reply.message)


def read(message):
    """Return the bank's answer as a map of the right types, or the Refused or Unknown that it is."""
    try:
        said = decode(message)
        if said["re"] == "refused":
            return refusal(said)
        if said["re"] == "state":
            if said["state"] not in STATES or not all([isinstance(each, bytes) for each in said["records"]]):
                return Unknown(NONSENSE)
        return said
    except Exception:
        return Unknown(NONSENSE)


def refusal(said):
    """Return the bank's no; a code that the host does not know becomes the general one."""
    if not isinstance(said["why"], str) or not isinstance(said["proof"], bytes):
        return Unknown(NONSENSE)
    return Refused(said["code"] if said["code"] in CODES else "PAYMENT_REFUSED", said["why"][:200], said["proof"])


STATES = ["none", "held", "captured", "voided", "released"]

CODES = [
    "DOUBLE_SPENT", "ENCODING_INVALID", "HOLD_INVALID", "PAYMENT_REFUSED", "SIG_INVALID", "TOO_LATE", "VERSION_UNSUPPORTED",
]  # fmt: skip

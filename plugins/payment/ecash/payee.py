"""The payee's side of ecash: take held money in, give a hold up, deposit coins. Each may be repeated without harm."""

from semper_host.api_v1 import Ask, Coin, HoldStatus, Money, Refused, Settled, Unknown, pack, unpack

FORMAT = "ecash/1"
SILENCE = "the bank did not answer; ask for the status"
NONSENSE = "the bank's answer cannot be read; ask for the status"

ANSWERS = {
    "refused": {"code": str, "why": str, "proof": bytes},
    "deposited": {"amount": Money},
    "state": {"state": str, "records": [bytes], "refund": [bytes]},
}
STATES = ["none", "held", "captured", "voided", "released"]
CODES = [
    "DOUBLE_SPENT", "ENCODING_INVALID", "HOLD_INVALID", "PAYMENT_REFUSED", "SIG_INVALID", "TOO_LATE",
]  # fmt: skip


def capture(label: bytes, right: bytes):
    """Have the held money credited, with the payer's signed right. Settled with CAPTURED, or an earlier RELEASED."""
    said = yield from tell({FORMAT: "capture", "label": label, "right": right}, "state")
    return ended(said, ["captured", "released"])


def renounce(label: bytes, refusal: bytes):
    """Give the hold back to the payer, with the payee's signed refusal. Settled with VOIDED."""
    said = yield from tell({FORMAT: "void", "label": label, "decision": b"", "renounce": refusal}, "state")
    return ended(said, ["voided"])


def deposit(coins: list[Coin]):
    """Credit `coins` to the account, on line: a coin spent before is refused with the bank's proof."""
    said = yield from tell({FORMAT: "deposit", "coins": coins}, "deposited", True)
    return Settled() if isinstance(said, dict) else said


def status(label: bytes):
    """Ask the bank for the state of a hold, with its signed records; the host checks them against the bank's key."""
    said = yield from tell({FORMAT: "status", "label": label}, "state")
    if not isinstance(said, dict):
        return Unknown(said.why)
    return HoldStatus(said["state"], said["records"])


def ended(said, wanted):
    """Return Settled with the bank's last record if the hold ended in a wanted state, else why it did not."""
    if not isinstance(said, dict):
        return said
    proof = said["records"][-1] if said["records"] else b""
    if said["state"] in wanted and proof:
        return Settled(proof)
    return Refused("PAYMENT_REFUSED", "the state of the hold is: " + said["state"], proof)


def tell(message, wanted, account=False):
    """Send a message; return the bank's answer of the wanted kind, or the Refused or Unknown that it comes to."""
    reply = yield Ask(pack(message), account)
    if not reply.ok:
        return Unknown(SILENCE)
    said = unpack(reply.message, FORMAT, ANSWERS)
    if said is not None and said[FORMAT] == "refused":
        return Refused(said["code"] if said["code"] in CODES else "PAYMENT_REFUSED", said["why"][:200], said["proof"])
    if said is None or said[FORMAT] != wanted or (wanted == "state" and said["state"] not in STATES):
        return Unknown(NONSENSE)
    return said

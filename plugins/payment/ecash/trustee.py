"""The trustee's side of ecash: carry its signed decision to the bank. Repeated until the bank has answered."""

from semper_host.api_v1 import Ask, HoldStatus, Refused, Settled, Unknown, pack, unpack

FORMAT = "ecash/1"
SILENCE = "the bank did not answer; try again"
NONSENSE = "the bank's answer cannot be read; try again"

ANSWERS = {
    "refused": {"code": str, "why": str, "proof": bytes},
    "state": {"state": str, "records": [bytes], "refund": [bytes]},
}
STATES = ["none", "held", "captured", "voided", "released"]
CODES = [
    "DOUBLE_SPENT", "ENCODING_INVALID", "HOLD_INVALID", "PAYMENT_REFUSED", "SIG_INVALID", "TOO_LATE",
]  # fmt: skip


def release(label: bytes, decision: bytes):
    """Have the held money paid out on "resolved". Settled with RELEASED, or CAPTURED if the payee has it already."""
    said = yield from tell({FORMAT: "release", "label": label, "decision": decision}, "state")
    return ended(said, ["released", "captured"])


def void(label: bytes, decision: bytes):
    """Have the hold voided on "aborted"; where there is none yet, none will be. Settled with VOIDED."""
    said = yield from tell({FORMAT: "void", "label": label, "decision": decision, "renounce": b""}, "state")
    return ended(said, ["voided"])


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


def tell(message, wanted):
    """Send a message; return the bank's answer of the wanted kind, or the Refused or Unknown that it comes to."""
    reply = yield Ask(pack(message))
    if not reply.ok:
        return Unknown(SILENCE)
    said = unpack(reply.message, FORMAT, ANSWERS)
    if said is not None and said[FORMAT] == "refused":
        return Refused(said["code"] if said["code"] in CODES else "PAYMENT_REFUSED", said["why"][:200], said["proof"])
    if said is None or said[FORMAT] != wanted or (wanted == "state" and said["state"] not in STATES):
        return Unknown(NONSENSE)
    return said

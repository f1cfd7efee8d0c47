"""The trustee's side of ecash: carry its signed decision to the bank. Repeated until the bank has answered."""

from semper_host.api_v1 import Ask, HoldStatus, Refused, Settled, Unknown, decode, encode

SILENCE = "the bank did not answer; try again"
NONSENSE = "the bank's answer cannot be read; try again"


def release(label: bytes, decision: bytes):
    """Have the held money paid out on "resolved". Settled with RELEASED, or CAPTURED if the payee has it already."""
    said = yield from tell({"ecash": 1, "op": "release", "label": label, "decision": decision})
    return ended(said, ["released", "captured"])


def void(label: bytes, decision: bytes):
    """Have the hold voided on "aborted"; where there is none yet, none will be. Settled with VOIDED."""
    said = yield from tell({"ecash": 1, "op": "void", "label": label, "decision": decision, "renounce": b""})
    return ended(said, ["voided"])


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


def tell(message):
    """Send a message; return the bank's answer as a map, or the Refused or Unknown that it comes to."""
    reply = yield Ask(encode(message))
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

# attack: a result for a call that was not made
# must: BUNDLE_PROTOCOL call 7
import os


def attack(channel: int) -> object:
    body = b"\x13" + b"\0\0\0\7" + b"\x91\xa1x"
    os.write(channel, len(body).to_bytes(4, "big") + body)
    return ""

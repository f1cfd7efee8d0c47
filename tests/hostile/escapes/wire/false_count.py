# attack: an array that claims more elements than there are bytes
# must: BUNDLE_PROTOCOL result
import os


def attack(channel: int) -> object:
    body = b"\x13" + b"\0\0\0\1" + b"\xdd\xff\xff\xff\xff" + b"\x90" * 100
    os.write(channel, len(body).to_bytes(4, "big") + body)
    return ""

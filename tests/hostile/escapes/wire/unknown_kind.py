# attack: a frame of an unknown kind
# must: BUNDLE_PROTOCOL unknown kind
import os


def attack(channel: int) -> object:
    body = b"\x63" + b"\0\0\0\1" + b"\xc0"
    os.write(channel, len(body).to_bytes(4, "big") + body)
    return ""

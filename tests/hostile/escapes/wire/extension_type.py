# attack: a MessagePack extension
# must: BUNDLE_PROTOCOL result
import os


def attack(channel: int) -> object:
    body = b"\x13" + b"\0\0\0\1" + b"\x91\xd4\x01\x00"
    os.write(channel, len(body).to_bytes(4, "big") + body)
    return ""

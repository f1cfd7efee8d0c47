# attack: the same request number twice
# must: BUNDLE_PROTOCOL numbered
import os


def attack(channel: int) -> object:
    body = b"\x12" + b"\0\0\0\1" + b"\x81\xa4type\xa3Now"
    os.write(channel, (len(body).to_bytes(4, "big") + body) * 2)
    return ""

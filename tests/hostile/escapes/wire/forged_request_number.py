# attack: a request out of turn
# must: BUNDLE_PROTOCOL numbered
import os


def attack(channel: int) -> object:
    body = b"\x12" + b"\0\0\0\7" + b"\x81\xa4type\xa3Now"
    os.write(channel, len(body).to_bytes(4, "big") + body)
    return ""

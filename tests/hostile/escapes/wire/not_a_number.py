# attack: a float that is no number, where a whole number belongs
# must: BUNDLE_PROTOCOL float
import os


def attack(channel: int) -> object:
    body = b"\x12" + b"\0\0\0\1" + b"\x82\xa4type\xa6Random\xa5count\xcb\x7f\xf8\0\0\0\0\0\0"
    os.write(channel, len(body).to_bytes(4, "big") + body)
    return ""

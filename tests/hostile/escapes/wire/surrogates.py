# attack: text that is not UTF-8
# must: BUNDLE_PROTOCOL utf-8
import os


def attack(channel: int) -> object:
    body = b"\x13" + b"\0\0\0\1" + b"\x91\xa3\xed\xa0\x80"
    os.write(channel, len(body).to_bytes(4, "big") + body)
    return ""

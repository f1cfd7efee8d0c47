# attack: arrays nested sixty thousand deep
# must: BUNDLE_PROTOCOL nests
import os


def attack(channel: int) -> object:
    body = b"\x13" + b"\0\0\0\1" + b"\x91" * 60_000 + b"\xc0"
    data = len(body).to_bytes(4, "big") + body
    while data:
        data = data[os.write(channel, data) :]
    return ""

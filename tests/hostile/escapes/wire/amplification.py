# attack: sixty thousand empty arrays in one frame
# must: BUNDLE_PROTOCOL elements
import os


def attack(channel: int) -> object:
    body = b"\x13" + b"\0\0\0\1" + b"\xdc\xea\x60" + b"\x90" * 60_000
    data = len(body).to_bytes(4, "big") + body
    while data:
        data = data[os.write(channel, data) :]
    return ""

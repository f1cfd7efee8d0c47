# attack: the same in a frame large enough to be scanned
# must: BUNDLE_PROTOCOL more elements
import os


def attack(channel: int) -> object:
    body = b"\x13" + b"\0\0\0\1" + b"\xdd\xff\xff\xff\xff" + b"\x90" * 5000
    os.write(channel, len(body).to_bytes(4, "big") + body)
    return ""

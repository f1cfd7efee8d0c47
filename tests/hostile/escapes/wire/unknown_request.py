# attack: a request of an unknown type
# must: BUNDLE_PROTOCOL request
import os


def attack(channel: int) -> object:
    body = b"\x12" + b"\0\0\0\1" + b"\x81\xa4type\xa4Exec"
    os.write(channel, len(body).to_bytes(4, "big") + body)
    return ""

# attack: a request with a field that its type lacks
# must: BUNDLE_PROTOCOL unknown field
import os


def attack(channel: int) -> object:
    body = b"\x12" + b"\0\0\0\1" + b"\x82\xa4type\xa3Now\xa5extra\x01"
    os.write(channel, len(body).to_bytes(4, "big") + body)
    return ""

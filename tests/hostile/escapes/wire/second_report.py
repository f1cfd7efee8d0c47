# attack: claim that the walls are missing, to have the machine blamed
# must: BUNDLE_PROTOCOL unknown kind
import os


def attack(channel: int) -> object:
    body = b"\x11" + b"\0\0\0\1" + b"\x82\xa4wall\xa1x\xa5cause\xa1y"
    os.write(channel, len(body).to_bytes(4, "big") + body)
    return ""

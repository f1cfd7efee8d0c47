# attack: a frame that claims four GiB
# must: BUNDLE_PROTOCOL claims
import os


def attack(channel: int) -> object:
    os.write(channel, b"\xff\xff\xff\xff" + b"x" * 100)
    return ""

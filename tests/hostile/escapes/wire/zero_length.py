# attack: a frame without room for its head
# must: BUNDLE_PROTOCOL claims
import os


def attack(channel: int) -> object:
    os.write(channel, b"\0\0\0\0")
    return ""

# attack: a frame that ends early
# must: BUNDLE_KILLED exit code 0
import os


def attack(channel: int) -> object:
    os.write(channel, b"\0\0\x10\0" + b"x")
    os._exit(0)

# attack: a frame that never ends
# must: BUNDLE_KILLED over 1 seconds
import os


def attack(channel: int) -> object:
    os.write(channel, b"\0\0\x10\0" + b"x")
    while True:
        os.read(channel, 65536)

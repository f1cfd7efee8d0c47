# attack: a frame that comes byte by byte, so that no single wait is long
# must: BUNDLE_KILLED over 1 seconds
import os


def attack(channel: int) -> object:
    os.write(channel, b"\0\0\xff\0")
    while True:
        os.write(channel, b"x")
        sum(range(30_000))

# attack: write without end and never read
# must: BUNDLE_PROTOCOL
import os


def attack(channel: int) -> object:
    body = b"\x12" + b"\0\0\0\1" + b"\x81\xa4type\xa3Now"
    while True:
        os.write(channel, (len(body).to_bytes(4, "big") + body) * 1000)

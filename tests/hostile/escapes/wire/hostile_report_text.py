# attack: escape sequences where the worker reports an error
# must: BUNDLE_FAILED \x1b]0;
import os


def attack(channel: int) -> object:
    text = b"\x84\xa3how\xa6failed\xa4text\xa5\x1b]0;x\xa8filename\xa3\x1b[m\xa4line\x01"
    body = b"\x14" + b"\0\0\0\1" + text
    os.write(channel, len(body).to_bytes(4, "big") + body)
    return ""

# attack: findings of the dialect full of markup
# must: DIALECT_REFUSED \u202e
import os


def attack(channel: int) -> object:
    found = "\x85\xa8filename\xa1x\xa4line\x01\xa4rule\xa1x\xa7message\xa3".encode("latin-1") + "\u202e".encode()
    body = b"\x15" + b"\0\0\0\1" + b"\x91" + found + b"\xa4hint\xa1x"
    os.write(channel, len(body).to_bytes(4, "big") + body)
    return ""

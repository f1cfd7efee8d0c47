# attack: write to standard error
# must: SIGSYS
import os


def attack(channel: int) -> object:
    return os.write(2, b"hello")

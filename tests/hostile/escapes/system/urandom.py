# attack: true randomness
# must: SIGSYS
import os


def attack(channel: int) -> object:
    return os.urandom(16)

# attack: who am I
# must: SIGSYS
import os


def attack(channel: int) -> object:
    return os.getuid()

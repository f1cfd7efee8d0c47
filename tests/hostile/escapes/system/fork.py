# attack: fork
# must: SIGSYS
import os


def attack(channel: int) -> object:
    return os.fork()

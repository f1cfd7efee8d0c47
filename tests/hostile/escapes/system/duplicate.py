# attack: duplicate the channel
# must: SIGSYS
import os


def attack(channel: int) -> object:
    return os.dup(channel)

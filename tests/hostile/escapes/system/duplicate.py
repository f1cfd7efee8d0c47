# attack: duplicate the channel
# must: SIGSYS
import os


def attack(channel):
    return os.dup(channel)

# attack: true randomness
# must: SIGSYS
import os


def attack(channel):
    return os.urandom(16)

# attack: who am I
# must: SIGSYS
import os


def attack(channel):
    return os.getuid()

# attack: fork
# must: SIGSYS
import os


def attack(channel):
    return os.fork()

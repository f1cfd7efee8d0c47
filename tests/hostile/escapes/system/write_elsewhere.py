# attack: write to standard error
# must: SIGSYS
import os


def attack(channel):
    return os.write(2, b"hello")

# attack: an anonymous memory file
# must: SIGSYS
import os


def attack(channel):
    return os.memfd_create("x")

# attack: an anonymous memory file
# must: SIGSYS
import os


def attack(channel: int) -> object:
    return os.memfd_create("x")

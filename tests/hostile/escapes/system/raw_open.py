# attack: open a file
# must: SIGSYS
import os


def attack(channel: int) -> object:
    return os.open("/etc/passwd", os.O_RDONLY)

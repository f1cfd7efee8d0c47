# attack: create a file
# must: SIGSYS
import os


def attack(channel: int) -> object:
    return os.open("/tmp/semper-escape", os.O_CREAT | os.O_WRONLY)

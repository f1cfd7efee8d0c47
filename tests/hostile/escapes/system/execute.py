# attack: exec
# must: SIGSYS
import os


def attack(channel: int) -> object:
    os.execv("/bin/true", ["true"])

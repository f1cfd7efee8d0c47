# attack: kill the fork server
# must: SIGSYS
import os


def attack(channel: int) -> object:
    return os.kill(1, 9)

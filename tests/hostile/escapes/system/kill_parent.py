# attack: kill the fork server
# must: SIGSYS
import os


def attack(channel: int) -> object:
    os.kill(1, 9)
    return "killed"

# attack: kill the fork server
# must: SIGSYS
import os


def attack(channel):
    return os.kill(1, 9)

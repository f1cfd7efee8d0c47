# attack: exec
# must: SIGSYS
import os


def attack(channel):
    os.execv("/bin/true", ["true"])

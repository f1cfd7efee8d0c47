# attack: read the process's own memory map
# must: SIGSYS
import os


def attack(channel: int) -> object:
    return os.listdir("/proc/self")

# attack: read every other descriptor
# must: SIGSYS
import os


def attack(channel: int) -> object:
    return [os.read(descriptor, 1) for descriptor in range(4, 64)]

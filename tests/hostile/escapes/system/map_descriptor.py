# attack: map a descriptor
# must: SIGSYS
import ctypes


def attack(channel: int) -> object:
    return ctypes.CDLL(None).mmap(None, 4096, 1, 2, channel, 0)

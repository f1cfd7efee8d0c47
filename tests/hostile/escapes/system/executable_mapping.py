# attack: map executable memory
# must: SIGSYS
import ctypes


def attack(channel: int) -> object:
    return ctypes.CDLL(None).mmap(None, 4096, 7, 0x22, -1, 0)

# attack: sleeping as a clock
# must: SIGSYS
import ctypes
import struct

NANOSLEEP = 35


def attack(channel: int) -> object:
    return ctypes.CDLL(None).syscall(NANOSLEEP, struct.pack("qq", 0, 1000), 0)

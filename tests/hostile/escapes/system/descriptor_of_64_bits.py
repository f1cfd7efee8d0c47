# attack: a descriptor whose lower half is the channel's
# must: SIGSYS
import ctypes


def attack(channel: int) -> object:
    return ctypes.CDLL(None).syscall(1, ctypes.c_long((1 << 32) | channel), b"", ctypes.c_long(0))

# attack: a system call by its x32 number
# must: SIGSYS
import ctypes

X32_WRITE = 0x40000000 | 1


def attack(channel: int) -> object:
    return ctypes.CDLL(None).syscall(X32_WRITE, channel, b"", 0)

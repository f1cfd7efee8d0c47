# attack: load another filter
# must: SIGSYS
import ctypes


def attack(channel: int) -> object:
    return ctypes.CDLL(None).syscall(317, 0, 0, 0)

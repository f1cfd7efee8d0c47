# attack: ptrace
# must: SIGSYS
import ctypes


def attack(channel: int) -> object:
    return ctypes.CDLL(None).ptrace(0, 0, 0, 0)

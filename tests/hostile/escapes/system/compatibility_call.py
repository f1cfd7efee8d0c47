# attack: 32-bit system calls
# must: SIGSYS
import ctypes

MODIFY_LDT = 154


def attack(channel: int) -> object:
    return ctypes.CDLL(None).syscall(MODIFY_LDT, 0, 0, 0)

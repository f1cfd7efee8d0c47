# attack: System V shared memory
# must: SIGSYS
import ctypes

SHMGET = 29


def attack(channel: int) -> object:
    return ctypes.CDLL(None).syscall(SHMGET, 0, 4096, 0o1777)

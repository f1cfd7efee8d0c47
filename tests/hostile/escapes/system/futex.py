# attack: a futex with a timeout as a clock
# must: SIGSYS
import ctypes

FUTEX = 202


def attack(channel: int) -> object:
    return ctypes.CDLL(None).syscall(FUTEX, ctypes.create_string_buffer(8), 0, 0, 0)

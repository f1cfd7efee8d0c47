# attack: io_uring makes system calls without making them
# must: SIGSYS
import ctypes

IO_URING_SETUP = 425


def attack(channel: int) -> object:
    return ctypes.CDLL(None).syscall(IO_URING_SETUP, 1, 0)

# attack: the clock by its system call
# must: SIGSYS
import ctypes

CLOCK_GETTIME = 228


def attack(channel: int) -> object:
    return ctypes.CDLL(None).syscall(CLOCK_GETTIME, 0, ctypes.create_string_buffer(16))

# attack: true randomness by its system call
# must: SIGSYS
import ctypes
import platform

GETRANDOM = 318 if platform.machine() == "x86_64" else 278


def attack(channel: int) -> object:
    return ctypes.CDLL(None).syscall(GETRANDOM, ctypes.create_string_buffer(16), 16, 0)

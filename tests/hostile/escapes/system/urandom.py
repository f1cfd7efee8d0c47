# attack: true randomness: newer C libraries (glibc 2.41) draw it from the vDSO, without a system call; if not, by one
# must: SIGSYS
import ctypes
import os
import platform

LIBC = ctypes.CDLL(None)
GETRANDOM = {"x86_64": 318, "aarch64": 278}[platform.machine()]


def attack(channel: int) -> object:
    try:
        return os.urandom(16)
    except OSError:  # the vDSO is a stub, and the C library did not go on to ask the kernel
        return LIBC.syscall(GETRANDOM, bytes(16), 16, 0)

# attack: make existing memory executable
# must: SIGSYS
import ctypes

LIBC = ctypes.CDLL(None)
LIBC.mmap.restype = ctypes.c_void_p


def attack(channel: int) -> object:
    page = LIBC.mmap(None, 4096, 3, 0x22, -1, 0)
    return LIBC.mprotect(ctypes.c_void_p(page), 4096, 5)

# attack: all of the machine's memory
# must: refused
import ctypes

LIBC = ctypes.CDLL(None)
LIBC.mmap.restype = ctypes.c_void_p


def attack(channel: int) -> object:
    got = LIBC.mmap(None, ctypes.c_size_t(1 << 33), 3, 0x22, -1, 0)
    return "refused" if got == ctypes.c_void_p(-1).value else got

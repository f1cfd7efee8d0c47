# attack: the fixed page that once held gettimeofday
# must: SIGSEGV
# with a vsyscall page must: SIGSYS
# because: the kernel makes its calls there, and the filter sees them; without the page nothing is mapped
import ctypes

FUNCTION = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_char_p, ctypes.c_void_p)(0xFFFFFFFFFF600000)


def attack(channel: int) -> object:
    return FUNCTION(bytes(16), None)

# attack: the fixed page that once held gettimeofday
# must: killed
import ctypes

FUNCTION = ctypes.CFUNCTYPE(ctypes.c_long, ctypes.c_char_p, ctypes.c_void_p)(0xFFFFFFFFFF600000)


def attack(channel: int) -> object:
    return FUNCTION(bytes(16), None)

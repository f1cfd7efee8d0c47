# attack: the processor's time stamp counter, by code that was executable before
# must: SIGSEGV
import ctypes
import platform

LIBC = ctypes.CDLL(None)
LIBC.mmap.restype = ctypes.c_void_p
PAGE = LIBC.mmap(None, 4096, 7, 0x22, -1, 0)
READ_COUNTER = {
    "x86_64": bytes.fromhex("0f31c3"),  # rdtsc; ret
    "aarch64": bytes.fromhex("40e03bd5c0035fd6"),  # mrs x0, cntvct_el0; ret
}[platform.machine()]
ctypes.memmove(PAGE, READ_COUNTER, len(READ_COUNTER))
FUNCTION = ctypes.CFUNCTYPE(ctypes.c_uint)(PAGE)


def attack(channel: int) -> object:
    return FUNCTION()

# attack: move a page that was written to where code is, which is executable already
# must: SIGSEGV
import ctypes
import mmap
import platform

LIBC = ctypes.CDLL(None)
LIBC.mmap.restype = LIBC.mremap.restype = ctypes.c_void_p
LIBC.mmap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long]
LIBC.mremap.argtypes = [ctypes.c_void_p, ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int, ctypes.c_void_p]
RETURN = {"x86_64": bytes.fromhex("c3"), "aarch64": bytes.fromhex("c0035fd6")}[platform.machine()]
CODE = LIBC.mmap(None, 4096, mmap.PROT_READ | mmap.PROT_EXEC, mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS, -1, 0)
CALL = ctypes.CFUNCTYPE(ctypes.c_long)(CODE)
WRITABLE, PRIVATE_ANONYMOUS, MOVE_ONTO = 3, 0x22, 3


def attack(channel: int) -> object:
    page = LIBC.mmap(None, 4096, WRITABLE, PRIVATE_ANONYMOUS, -1, 0)
    ctypes.memmove(page, RETURN, len(RETURN))
    if LIBC.mremap(page, 4096, 4096, MOVE_ONTO, CODE) != CODE:
        return "not moved"
    return f"the new code came back with {CALL()}"

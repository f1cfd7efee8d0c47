# attack: set up io_uring by a raw system call
# must: DIALECT_REFUSED import
from ctypes import CDLL


def describe(item):
    return [str(CDLL(None).syscall(425, 8, bytes(120)))]

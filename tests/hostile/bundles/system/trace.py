# attack: trace another process by ctypes
# must: DIALECT_REFUSED import
import ctypes


def describe(item):
    return [str(ctypes.CDLL(None).ptrace(16, 1, 0, 0))]

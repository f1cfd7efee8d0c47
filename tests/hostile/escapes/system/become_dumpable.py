# attack: become dumpable again
# must: SIGSYS
import ctypes


def attack(channel: int) -> object:
    return ctypes.CDLL(None).prctl(4, 1, 0, 0, 0)

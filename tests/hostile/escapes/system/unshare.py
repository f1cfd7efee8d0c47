# attack: fresh namespaces, and with them fresh capabilities
# must: SIGSYS
import ctypes


def attack(channel: int) -> object:
    return ctypes.CDLL(None).unshare(0x10000000)

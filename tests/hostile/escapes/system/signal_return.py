# attack: forge a signal frame
# must: SIGSYS
import ctypes

RT_SIGRETURN = 15


def attack(channel: int) -> object:
    return ctypes.CDLL(None).syscall(RT_SIGRETURN)

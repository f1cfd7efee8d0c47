# attack: take a descriptor in over the channel (SCM_RIGHTS)
# must: SIGSYS
import ctypes

RECVMSG = 47


def attack(channel: int) -> object:
    return ctypes.CDLL(None).syscall(RECVMSG, channel, 0, 0)

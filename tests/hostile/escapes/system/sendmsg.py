# attack: pass a descriptor out over the channel (SCM_RIGHTS)
# must: SIGSYS
import ctypes

SENDMSG = 46


def attack(channel: int) -> object:
    return ctypes.CDLL(None).syscall(SENDMSG, channel, 0, 0)

# attack: fcntl on the channel
# must: SIGSYS
import fcntl


def attack(channel: int) -> object:
    return fcntl.fcntl(channel, fcntl.F_GETFL)

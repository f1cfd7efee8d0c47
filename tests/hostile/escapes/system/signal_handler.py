# attack: install a signal handler
# must: SIGSYS
import signal


def attack(channel: int) -> object:
    return signal.signal(signal.SIGXCPU, signal.SIG_IGN)

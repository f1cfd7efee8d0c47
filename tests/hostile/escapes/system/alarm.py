# attack: a timer as a clock
# must: SIGSYS
import signal


def attack(channel: int) -> object:
    return signal.alarm(1)

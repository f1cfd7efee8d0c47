# attack: a timer as a clock
# must: SIGSYS
import signal


def attack(channel):
    return signal.alarm(1)

# attack: sleeping as a clock
# must: SIGSYS
import time


def attack(channel):
    time.sleep(0.01)
    return "slept"

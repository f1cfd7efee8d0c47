# attack: the clocks that the vDSO reads without a system call
# must: no_clock
import contextlib
import time


def attack(channel: int) -> object:
    told = []
    for clock in (0, 1, 4, 5, 6, 7):
        with contextlib.suppress(OSError):
            told.append(time.clock_gettime(clock))
    return told or "no_clock"

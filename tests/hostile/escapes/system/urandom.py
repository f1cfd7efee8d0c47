# attack: true randomness, which newer C libraries (glibc 2.41) draw from the vDSO without a system call
# must: SIGSYS or refused
import os


def attack(channel: int) -> object:
    try:
        return os.urandom(16)
    except OSError:
        return "refused"

# attack: a thread
# must: SIGSYS
import _thread


def attack(channel: int) -> object:
    return _thread.start_new_thread(print, ())

# attack: a thread
# must: SIGSYS
import _thread


def attack(channel):
    return _thread.start_new_thread(print, ())

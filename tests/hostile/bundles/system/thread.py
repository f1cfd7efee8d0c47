# attack: start a thread
# must: DIALECT_REFUSED import
from _thread import start_new_thread


def describe(item):
    return [str(start_new_thread(describe, (item,)))]

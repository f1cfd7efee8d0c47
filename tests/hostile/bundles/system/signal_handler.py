# attack: a handler for the signal that ends it
# must: DIALECT_REFUSED import
import signal


def describe(item):
    signal.signal(24, describe)
    while True:
        pass

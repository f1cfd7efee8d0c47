# attack: reading the clock
# must: DIALECT_REFUSED import
import time


def describe(item):
    return [f"{time.time()}"]

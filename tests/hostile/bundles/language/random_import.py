# attack: true randomness by import
# must: DIALECT_REFUSED import
import os


def describe(item):
    return [os.urandom(8).hex()]

# attack: start another process
# must: DIALECT_REFUSED import
from os import fork


def describe(item):
    return [str(fork())]

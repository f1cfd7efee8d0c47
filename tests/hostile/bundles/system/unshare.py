# attack: a user namespace with all capabilities
# must: DIALECT_REFUSED import
from os import unshare


def describe(item):
    return [str(unshare(0x10000000))]

# attack: kill the fork server
# must: DIALECT_REFUSED import
import os


def describe(item):
    os.kill(os.getppid(), 9)
    return []

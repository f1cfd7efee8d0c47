# attack: close the interface's generators in the middle, and try to swallow the end of one's own
# must: HARMLESS both ended
from semper_host.api_v1 import void_hold


def clinging():
    while True:
        try:
            yield 1
        except (ValueError, LookupError, StopIteration, ArithmeticError, AssertionError, TypeError):
            yield 2


def describe(item):
    ended = []
    for each in (void_hold(b"label", b"", b"", describe), clinging()):
        next(each)
        each.close()
        try:
            next(each)
        except StopIteration as end:
            ended.append(end.value)
    return ["both ended" if ended == [None, None] else "one went on"]

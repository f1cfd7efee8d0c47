# attack: an error that nobody catches carries the address of an object to the host
# must: BUNDLE_FAILED Thing object at 0x?
class Thing:
    pass


def describe(item):
    return [Thing()(**{"a": 1}, **{"a": 2})]

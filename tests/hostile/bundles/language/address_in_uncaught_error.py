# attack: an error that nobody catches carries the address of an object to the host
# must: BUNDLE_FAILED object at 0x?
class Thing:
    pass


def describe(item):
    return [str([1].index(Thing()))]

# attack: a subclass of str whose format is found by another name
# must: BUNDLE_FAILED TypeError
class Mine(str):
    pass


def describe(item):
    return [Mine("{0.__class__}")]

# attack: an error of one's own above StopIteration, with a value that is a trusted function
# must: BUNDLE_FAILED generator raised StopIteration
class Over(StopIteration):
    pass


def turning():
    yield 1
    raise Over(len)


def describe(item):
    return [str(each) for each in turning()]

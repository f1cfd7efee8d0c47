# attack: a class decorator other than record
# must: DIALECT_REFUSED class-decorator
def grab(kind):
    return kind


@grab
class Evil:
    pass


def describe(item):
    return []

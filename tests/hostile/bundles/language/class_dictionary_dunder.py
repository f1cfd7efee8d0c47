# attack: a class body assigns a special method
# must: DIALECT_REFUSED underscore-name
class Evil:
    __slots__ = ["x"]


def describe(item):
    return []

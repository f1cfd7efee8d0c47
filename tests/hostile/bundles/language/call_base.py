# attack: a base class that is computed
# must: DIALECT_REFUSED class-base
class Evil(*[int]):
    pass


def describe(item):
    return []

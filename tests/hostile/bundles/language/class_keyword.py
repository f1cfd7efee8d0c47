# attack: class keywords vanish in RestrictedPython
# must: DIALECT_REFUSED class-keyword
class Base:
    pass


class Evil(Base, flag=True):
    pass


def describe(item):
    return []

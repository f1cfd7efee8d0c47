# attack: a class named like the metaclass hook
# must: DIALECT_REFUSED underscore-name
class __metaclass__:
    pass


def describe(item):
    return []

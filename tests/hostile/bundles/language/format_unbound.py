# attack: the unbound form of str.format
# must: DIALECT_REFUSED attribute
def describe(item):
    return [str.format("{0.__class__}", item)]

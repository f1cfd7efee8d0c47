# attack: throwing into a generator
# must: DIALECT_REFUSED attribute
def endless():
    yield 1


def describe(item):
    endless().throw(ValueError)
    return []

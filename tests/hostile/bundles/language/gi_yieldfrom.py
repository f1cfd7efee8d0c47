# attack: the delegate of a generator
# must: DIALECT_REFUSED attribute
def endless():
    yield from [1]


def describe(item):
    return [endless().gi_yieldfrom]

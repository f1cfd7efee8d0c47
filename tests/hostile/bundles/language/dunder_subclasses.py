# attack: object.__subclasses__ lists every class
# must: DIALECT_REFUSED underscore-attribute
def describe(item):
    return ().__class__.__base__.__subclasses__()

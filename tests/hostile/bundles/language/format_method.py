# attack: str.format reads attributes of its arguments
# must: DIALECT_REFUSED attribute
def describe(item):
    return ["{0.__class__}".format(item)]

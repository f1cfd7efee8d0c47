# attack: the one constant that has no text
# must: DIALECT_REFUSED statement
def describe(item):
    return [str(...)]

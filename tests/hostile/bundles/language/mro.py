# attack: mro() reaches object
# must: DIALECT_REFUSED attribute
def describe(item):
    return [int.mro()[1]]

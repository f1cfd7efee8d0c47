# attack: a generator's code object
# must: DIALECT_REFUSED attribute
def describe(item):
    return [(x for x in []).gi_code]

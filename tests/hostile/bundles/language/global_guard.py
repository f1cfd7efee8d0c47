# attack: a global declaration names a guard
# must: DIALECT_REFUSED underscore-name
def describe(item):
    global _write_
    return []

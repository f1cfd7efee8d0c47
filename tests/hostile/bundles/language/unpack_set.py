# attack: unpacking iterates without a guard
# must: DIALECT_REFUSED set
def describe(item):
    [a, b] = {"b", "a"}
    return [a, b]

# attack: yield from iterates without a guard
# must: DIALECT_REFUSED set
def describe(item):
    yield from {"b", "a"}

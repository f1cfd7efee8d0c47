# attack: [*x] iterates a set without a guard
# must: DIALECT_REFUSED set
def describe(item):
    return [*{"b", "a"}]

# attack: unpacking in a comprehension, past whoever looks at iteration
# must: DIALECT_REFUSED
def describe(item):
    return [*part for part in [["a"], ["b"]]]

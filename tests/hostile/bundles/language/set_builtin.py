# attack: set() and frozenset()
# must: DIALECT_REFUSED unknown-name
def describe(item):
    return list(set(["b", "a"])) + list(frozenset(["c"]))

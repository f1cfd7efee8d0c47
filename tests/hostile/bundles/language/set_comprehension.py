# attack: a set comprehension's order
# must: DIALECT_REFUSED set
def describe(item):
    return list({x for x in ["b", "a"]})

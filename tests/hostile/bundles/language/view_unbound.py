# attack: the unbound form of dict.keys gives a view
# must: DIALECT_REFUSED view
def describe(item):
    return list(dict.keys({"a": 1}) & dict.keys({"a": 1}))

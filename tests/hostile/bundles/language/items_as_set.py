# attack: the items of a dictionary act as a set, whose order hangs on addresses
# must: BUNDLE_FAILED unsupported operand
def describe(item):
    return [key for key, value in {"b": 1}.items() | {"a": 2}.items()]

# attack: type() makes a class without the metaclass
# must: DIALECT_REFUSED unknown-name
def describe(item):
    return [type("X", (), {"__eq__": 1})]

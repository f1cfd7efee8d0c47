# attack: format_map reads attributes of a mapping's values
# must: DIALECT_REFUSED attribute
def describe(item):
    return ["{x.__class__}".format_map({"x": item})]

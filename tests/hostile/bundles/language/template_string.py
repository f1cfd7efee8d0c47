# attack: template strings carry their values and source
# must: DIALECT_REFUSED
def describe(item):
    return [t"{item}"]

# attack: getattr with a computed name
# must: DIALECT_REFUSED unknown-name
def describe(item):
    return [getattr(item, "__class__")]

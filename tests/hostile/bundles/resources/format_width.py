# attack: an enormous width
# must: DIALECT_REFUSED format-width
def describe(item):
    return [f"{1:>9999999999d}"]

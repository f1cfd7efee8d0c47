# attack: an enormous precision, and a float presentation
# must: DIALECT_REFUSED format-width
def describe(item):
    return [f"{1:.999999999f}"]

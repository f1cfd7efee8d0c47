# attack: floats by true division
# must: DIALECT_REFUSED true-division
def describe(item):
    return [f"{1 / 3}"]

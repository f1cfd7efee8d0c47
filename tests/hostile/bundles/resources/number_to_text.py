# attack: the quadratic conversion of a number to text
# must: BUNDLE_FAILED ValueError
def describe(item):
    return [f"{1 << 100000}"]

# attack: floats by a negative exponent
# must: BUNDLE_FAILED `**` is for whole numbers
def describe(item):
    return [f"{2 ** -1}"]

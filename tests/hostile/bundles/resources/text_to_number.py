# attack: the quadratic conversion of text to a number
# must: BUNDLE_FAILED ValueError
def describe(item):
    return [f"{int('9' * 100000)}"]

# attack: the percent operator in place
# must: BUNDLE_FAILED `%` is for whole numbers
def describe(item):
    text = "%r"
    text %= (describe,)
    return [text]

# attack: a result of another type
# must: BUNDLE_PROTOCOL result
def describe(item):
    return 5

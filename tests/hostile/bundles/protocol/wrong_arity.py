# attack: an entry point that takes other arguments
# must: BUNDLE_FAILED TypeError
def describe(item, other):
    return []

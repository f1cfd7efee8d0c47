# attack: str as a function passed to map
# must: BUNDLE_FAILED has no text
def describe(item):
    return list(map(str, [describe]))

# attack: a result that cannot be written
# must: BUNDLE_FAILED TypeError
def describe(item):
    return [describe]

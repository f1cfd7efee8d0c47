# attack: a result over the frame limit
# must: BUNDLE_FAILED exceeds
def describe(item):
    return ["x" * 70_000]

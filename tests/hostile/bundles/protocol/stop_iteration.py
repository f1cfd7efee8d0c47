# attack: StopIteration out of a plain function
# must: BUNDLE_FAILED StopIteration
def describe(item):
    raise StopIteration(["forged"])

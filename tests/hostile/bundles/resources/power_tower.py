# attack: a power of a hundred million digits
# must: BUNDLE_FAILED the power is too large
def describe(item):
    return [f"{10**10**8}"]
